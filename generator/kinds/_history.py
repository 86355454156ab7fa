"""A figure's past: what is usual, and how far it usually strays."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sothat.generator.conventions import record_name
from sothat.generator.kind import Form, Record
from sothat.generator.promql import is_selector
from sothat.model.duration import format_duration, parse_duration

# The inter-quartile range of a normal distribution in standard deviations.
IQR_SIGMAS = 1.349
# Steps at which the past is sampled, and how many of them a window should hold.
_STEPS = (60, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_SAMPLES = 120
_LEAST_SHARE = 0.5
_HOUR = 3600.0
_SEASON = "season"

AGAINST: Mapping[str, Any] = MappingProxyType(
    {
        "type": "object",
        "additionalProperties": False,
        "description": "what is usual: the median over a window, or of the same hour in "
        "earlier seasons",
        "properties": {
            "window": {"$ref": "#/$defs/duration"},
            "offset": {"$ref": "#/$defs/duration"},
            "season": {"$ref": "#/$defs/duration"},
            "seasons": {"type": "integer", "minimum": 2, "maximum": 12},
        },
        "oneOf": [{"required": ["window"]}, {"required": ["season"]}],
        "dependentSchemas": {
            "season": {"properties": {"offset": False}},
            "seasons": {"required": ["season"]},
        },
    }
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that has a past: its series, and the rules that record it."""

    series: str
    records: tuple[Record, ...]


def figure_of(form: Form) -> Figure:
    """Return the figure of a form: the series that it names, or else its query, recorded."""
    if is_selector(form.query):
        return Figure(form.query, ())
    record = Record("figure", form.query, f"What {form.alert} watches")
    return Figure(record_name(form.alert, "figure"), (record,))


def usual(form: Form, figure: Figure, *, spread: bool) -> tuple[Record, ...]:
    """Return the rules that record a figure's centre, and with ``spread`` its sigma.

    Both are robust: a past incident moves a median and quartiles little. Without half of the
    past there is no centre, and so no verdict.
    """
    against = form.settings["against"]
    if _SEASON in against:
        return _seasonal(form, figure, spread=spread)
    past = _past(figure.series, against["window"], against.get("offset", ""))
    least = _LEAST_SHARE * parse_duration(against["window"]) / _step(against["window"])
    known = f"count_over_time({past}) >= {math.ceil(least)}"
    centre = f"quantile_over_time(0.5, {past}) and {known}"
    sigma = f"(quantile_over_time(0.75, {past}) - quantile_over_time(0.25, {past})) / {IQR_SIGMAS}"
    return _records(form, centre, sigma if spread else "")


def _seasonal(form: Form, figure: Figure, *, spread: bool) -> tuple[Record, ...]:
    """Return the rules over the same hour of earlier seasons, told apart by a label."""
    against = form.settings["against"]
    length, count = parse_duration(against["season"]), against.get("seasons", 4)
    hours = [
        f"avg_over_time({_past(figure.series, '1h', format_duration(n * length - _HOUR / 2))})"
        for n in range(1, count + 1)
    ]
    union = " or ".join(
        f'label_replace({hour}, "{_SEASON}", "{n}", "", "")' for n, hour in enumerate(hours, 1)
    )
    series = record_name(form.alert, "seasons")
    known = f"count without ({_SEASON}) ({series}) >= {math.ceil(_LEAST_SHARE * count)}"
    upper, centre, lower = (
        f"quantile without ({_SEASON}) ({share}, {series})" for share in (0.75, 0.5, 0.25)
    )
    sigma = f"({upper} - {lower}) / {IQR_SIGMAS}"
    seasons = Record("seasons", union, f"The same hour in the seasons before, for {form.alert}")
    return (seasons, *_records(form, f"{centre} and {known}", sigma if spread else ""))


def _records(form: Form, centre: str, sigma: str) -> tuple[Record, ...]:
    usual_one = Record("centre", centre, f"What is usual for the figure that {form.alert} watches")
    if not sigma:
        return (usual_one,)
    words = f"How far the figure that {form.alert} watches usually strays: a robust sigma"
    return (usual_one, Record("sigma", sigma, words))


def _past(series: str, window: str, offset: str = "") -> str:
    step = format_duration(_step(window))
    return f"{series}[{window}:{step}]" + (f" offset {offset}" if offset else "")


def _step(window: str) -> float:
    """Return the step at which a window is sampled, so that long ones stay cheap."""
    wanted = parse_duration(window) / _SAMPLES
    return next((step for step in _STEPS if step >= wanted), _STEPS[-1])
