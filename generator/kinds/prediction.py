"""Something runs out: how long what is left will last at the pace of the last hours."""

from sothat.generator.kind import Expansion, Form, Kind
from sothat.generator.kinds._history import figure_of
from sothat.generator.kinds._plain import THRESHOLD
from sothat.generator.kinds._plain import expand as expand_plain
from sothat.model.alert import Threshold
from sothat.model.duration import format_duration, parse_duration


def expand(form: Form) -> Expansion:
    """Return the seconds that are left, for what shrinks and has a past to tell it from.

    Without ``within`` the query says by itself how long something lasts.
    """
    if "within" not in form.settings:
        return expand_plain(form)
    figure, over = figure_of(form), form.settings["over"]
    half = format_duration(parse_duration(over) / 2)
    shrinking = f"-(deriv({figure.series}[{over}]) < 0)"
    left = f"{figure.series} / {shrinking} and {figure.series} offset {half}"
    within = form.settings["within"]
    limit = Threshold("<", parse_duration(within), "seconds", f"< {within}")
    return Expansion(left, limit, figure.records)


KIND = Kind(
    help="What is left lasts for less than a time, at the pace of the last hours.",
    expand=expand,
    properties={
        **THRESHOLD,
        "within": {"$ref": "#/$defs/duration"},
        "over": {"$ref": "#/$defs/duration"},
    },
    rules={
        "dependentRequired": {"within": ["over"], "over": ["within"]},
        "not": {"required": ["within", "threshold"]},
    },
)
