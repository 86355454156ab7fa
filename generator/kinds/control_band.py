"""A figure leaves the band of tolerance around its centre, as on a control chart."""

from collections.abc import Mapping
from types import MappingProxyType

from sothat.generator.conventions import record_name
from sothat.generator.kind import Expansion, Form, Kind, Record
from sothat.generator.kinds._history import AGAINST, Figure, figure_of, usual
from sothat.generator.thresholds import format_number, parse_amount
from sothat.model.alert import Threshold

_SIDES: Mapping[str, str] = MappingProxyType(
    {
        "above": "{figure} > {upper}",
        "below": "{figure} < {lower}",
        "both": "{figure} > {upper} or {figure} < {lower}",
    }
)


def expand(form: Form) -> Expansion:
    """Return the figure outside its band; the centre and both limits are recorded for panels."""
    figure, tolerance = figure_of(form), parse_amount(form.settings["tolerance"])
    upper, lower = (record_name(form.alert, name) for name in ("upper", "lower"))
    sides = _SIDES[form.settings.get("side", "both")]
    return Expansion(
        query=sides.format(figure=figure.series, upper=upper, lower=lower),
        records=(*figure.records, *_centre(form, figure, tolerance), *_limits(form, tolerance)),
        amounts=(*_fixed(form), *(() if _is_relative(tolerance) else (tolerance,))),
    )


def _fixed(form: Form) -> tuple[Threshold, ...]:
    centre = form.settings.get("centre")
    return () if centre is None else (parse_amount(centre),)


def _is_relative(tolerance: Threshold) -> bool:
    return tolerance.text.endswith(("%", "sigma"))


def _centre(form: Form, figure: Figure, tolerance: Threshold) -> tuple[Record, ...]:
    for fixed in _fixed(form):
        words = f"The centre that is set for the figure that {form.alert} watches"
        centre = f"0 * {figure.series} + {format_number(fixed.value)}"
        return (Record("centre", centre, words),)
    return usual(form, figure, spread=tolerance.text.endswith("sigma"))


def _limits(form: Form, tolerance: Threshold) -> tuple[Record, ...]:
    centre, size = record_name(form.alert, "centre"), format_number(tolerance.value)
    if tolerance.text.endswith("sigma"):
        width = f"{size} * {record_name(form.alert, 'sigma')}"
    else:
        width = f"{size} * abs({centre})" if _is_relative(tolerance) else size
    return tuple(
        Record(name, f"{centre} {sign} {width}", f"The {name} limit of what {form.alert} tolerates")
        for name, sign in (("upper", "+"), ("lower", "-"))
    )


KIND = Kind(
    help="A figure leaves the band of tolerance around its centre.",
    expand=expand,
    properties={
        "tolerance": {
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)?\s*(%|sigma|ms|s|m|h|d|B|kB|MB|GB|TB|KiB|MiB|GiB|TiB"
            r"|W|kW|J|kWh|MWh)?$",
            "description": "a tolerance such as 10% (of the centre), 3 sigma or 250ms",
        },
        "centre": {"$ref": "#/$defs/amount"},
        "against": AGAINST,
        "side": {"enum": list(_SIDES)},
    },
    required=("tolerance",),
    rules={
        "oneOf": [{"required": ["centre"]}, {"required": ["against"]}],
        "allOf": [
            {
                "not": {
                    "required": ["centre", "tolerance"],
                    "properties": {"tolerance": {"type": "string", "pattern": "sigma$"}},
                },
                "x-problem": {
                    "code": "bad-value",
                    "message": "a sigma is that of a past: there is none of a centre that is set",
                    "hint": "write the tolerance as a quantity or in %, or 'against' for 'centre'",
                },
            }
        ],
    },
)
