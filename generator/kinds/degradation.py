"""A figure is worse than it usually is: its ratio to what is usual."""

from sothat.generator.conventions import record_name
from sothat.generator.kind import Expansion, Form, Kind
from sothat.generator.kinds._history import AGAINST, figure_of, usual
from sothat.generator.kinds._plain import expand as expand_plain
from sothat.generator.kinds._plain import threshold_of
from sothat.generator.thresholds import format_number, parse_amount


def expand(form: Form) -> Expansion:
    """Return the ratio to what is usual; without ``against`` the query as it stands.

    For a figure that is bad when it is high, the floor is the least centre: twice of nearly
    nothing is no trouble. For one that is bad when it is low, smaller centres are left out.
    """
    if "against" not in form.settings:
        return expand_plain(form)
    figure, threshold = figure_of(form), threshold_of(form)
    floor = parse_amount(form.settings["floor"])
    centre, least = record_name(form.alert, "centre"), format_number(floor.value)
    low_is_bad = threshold is not None and threshold.operator.startswith("<")
    base = f"({centre} >= {least})" if low_is_bad else f"clamp_min({centre}, {least})"
    return Expansion(
        query=f"{figure.series} / {base}",
        threshold=threshold,
        records=(*figure.records, *usual(form, figure, spread=False)),
        amounts=(floor,),
    )


KIND = Kind(
    help="A figure is worse than it usually is.",
    expand=expand,
    properties={
        "threshold": {"$ref": "#/$defs/threshold"},
        "against": AGAINST,
        "floor": {"$ref": "#/$defs/amount"},
    },
    rules={"dependentRequired": {"against": ["threshold", "floor"], "floor": ["against"]}},
)
