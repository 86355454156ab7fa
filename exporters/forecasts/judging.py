"""One series' forecast: when it is full, with a band, and the errors beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sothat.exporters.forecasts.model import (
    HOUR,
    HOURS_OF_DAY,
    Line,
    Tested,
    Values,
    fitted,
    past_lines,
    spread,
    tested,
)

# Farther than so many days nobody can say.
HORIZON_DAYS = 365
# How far ahead errors are looked at, in days; the last ones need as much history besides.
LEADS = (1, 3, 7, 14, 28)


@dataclass(frozen=True, slots=True)
class Expected:
    """A forecast, and the edges of its band; shares of all there is."""

    early: float
    expected: float
    late: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What can be said of one series.

    Attributes:
        full: Seconds until all is used, by the band's name; without those beyond the horizon.
        used: By days ahead.
        tests: By days ahead; those that the history is too short for are not there.
        history: Seconds.
    """

    full: Mapping[str, float]
    used: Mapping[int, Expected]
    tests: Mapping[int, Tested]
    history: float


def forecast(
    values: Values, limit: float = 1.0, aheads: Sequence[int] = (7, 28)
) -> Forecast | None:
    """Return the forecast of a series of hours.

    Args:
        values: Shares of all there is, the last one now.
        limit: What counts as full.
        aheads: Days ahead for which it is told what will be used.

    Returns:
        None where there is too little of the past.
    """
    line = fitted(values)
    lines = past_lines(values)
    known = {days: tested(values, days * HOURS_OF_DAY, lines) for days in LEADS}
    tests = {days: found for days, found in known.items() if found}
    if line is None or not tests:
        return None
    by_hours = {days * HOURS_OF_DAY: found for days, found in tests.items()}
    return Forecast(
        full=dict(_full(line, by_hours, limit)),
        used={days: _expected(line, by_hours, days * HOURS_OF_DAY) for days in aheads},
        tests=tests,
        history=len(values) * HOUR,
    )


def _expected(line: Line, tests: Mapping[int, Tested], ahead: int) -> Expected:
    low, high = spread(tests, ahead)
    value = line.at(ahead)
    return Expected(
        early=max(0.0, value + high), expected=max(0.0, value), late=max(0.0, value + low)
    )


def _full(line: Line, tests: Mapping[int, Tested], limit: float) -> Sequence[tuple[str, float]]:
    edges: Mapping[str, Callable[[Expected], float]] = {
        "early": lambda one: one.early,
        "expected": lambda one: one.expected,
        "late": lambda one: one.late,
    }
    found: dict[str, float] = {}
    for ahead in range(1, HORIZON_DAYS * HOURS_OF_DAY + 1):
        if len(found) == len(edges):
            break
        one = _expected(line, tests, ahead)
        for name, edge in edges.items():
            if name not in found and edge(one) >= limit:
                found[name] = ahead * HOUR
    return [*found.items()]
