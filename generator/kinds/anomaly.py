"""A figure strays further from what is usual than it ever should: a robust z-score."""

from sothat.generator.conventions import record_name
from sothat.generator.kind import Expansion, Form, Kind
from sothat.generator.kinds._history import AGAINST, figure_of, usual
from sothat.generator.kinds._plain import THRESHOLD, threshold_of
from sothat.generator.kinds._plain import expand as expand_plain
from sothat.generator.thresholds import format_number, parse_amount

_SIGMAS = {
    "type": "string",
    "pattern": r"^>=?\s*[0-9]+(\.[0-9]+)?\s*(sigma)?$",
    "description": "a number of sigmas such as > 4 sigma",
}
_SIDES = {"above": "{}", "below": "-{}", "both": "abs({})"}


def expand(form: Form) -> Expansion:
    """Return the distance from the centre in sigmas, none smaller than the floor.

    Without ``against`` the query says by itself what is out of the ordinary.
    """
    if "against" not in form.settings:
        return expand_plain(form)
    figure = figure_of(form)
    floor = parse_amount(form.settings["floor"])
    centre, sigma = (record_name(form.alert, name) for name in ("centre", "sigma"))
    least = f"clamp_min({sigma}, {format_number(floor.value)})"
    score = f"(({figure.series} - {centre}) / {least})"
    return Expansion(
        query=_SIDES[form.settings.get("side", "both")].format(score),
        threshold=threshold_of(form),
        records=(*figure.records, *usual(form, figure, spread=True)),
        amounts=(floor,),
    )


KIND = Kind(
    help="A figure strays from what is usual by more than some sigmas.",
    expand=expand,
    properties={
        **THRESHOLD,
        "against": AGAINST,
        "floor": {"$ref": "#/$defs/amount"},
        "side": {"enum": list(_SIDES)},
    },
    rules={
        "dependentRequired": {
            "against": ["threshold", "floor"],
            "floor": ["against"],
            "side": ["against"],
        },
        "if": {"required": ["against"]},
        "then": {"properties": {"threshold": _SIGMAS}},
    },
)
