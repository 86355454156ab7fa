"""The forecast itself: trend and weekly season, and a band made of the errors it made before.

All pure and in plain Python: eight weeks of hours are 1,344 numbers. Points are equally spaced
(`grid`), ``None`` where nothing was measured.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

HOUR = 3600.0
HOURS_OF_DAY = 24
HOURS_OF_WEEK = 168
# Less than two weeks tell no season from a trend.
LEAST_HOURS = 2 * HOURS_OF_WEEK
# The band holds four of five: an edge is left on each side by one of ten.
COVERAGE = 0.8
_LEAST_ORIGINS = 5
# A day of which less than half was measured says nothing of its middle.
_LEAST_OF_DAY = 12

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Line:
    """A trend with its season.

    Attributes:
        level: At the last hour of the history.
        slope: Change an hour.
        season: What is added at each hour of the week, counted from the last hour of the history.
    """

    level: float
    slope: float
    season: Sequence[float]

    def at(self, ahead: int) -> float:
        """Return the value so many hours after the history."""
        return self.level + self.slope * ahead + self.season[ahead % HOURS_OF_WEEK]


@dataclass(frozen=True, slots=True)
class Tested:
    """What the method would have made of the past, a number of hours ahead.

    Attributes:
        low: What a tenth of the errors (truth less forecast) lie below.
        high: What a tenth of them lie above.
        error: Mean absolute error.
        naive: That of the forecast that all will be as a week ago, at this hour.
        hits: Share that came out in the band of the others: each origin is left out of its own.
    """

    low: float
    high: float
    error: float
    naive: float
    hits: float


def fitted(values: Values) -> Line | None:
    """Return trend and season of a history; None where it is too short or too patchy."""
    if len(values) < LEAST_HOURS:
        return None
    days = [*_daily(values)]
    if len(days) < 2 * 7:
        return None
    slope = _slope(days)
    last = len(values) - 1
    level = median(middle - slope * (hour - last) for hour, middle in days)
    season = _season(values, level, slope)
    return Line(level, slope, season)


def _daily(values: Values) -> Iterator[tuple[float, float]]:
    """Yield each whole day, counted back from the end: its middle hour, and its median."""
    for end in range(len(values), HOURS_OF_DAY - 1, -HOURS_OF_DAY):
        known = [one for one in values[end - HOURS_OF_DAY : end] if one is not None]
        if len(known) >= _LEAST_OF_DAY:
            yield end - (HOURS_OF_DAY + 1) / 2, median(known)


def _slope(days: Sequence[tuple[float, float]]) -> float:
    """Return the median slope between days that are whole weeks apart (Theil and Sen by season).

    A day of the week has nothing to say of another one. Where too many of the slopes lead the
    other way, there is no trend: 0.
    """
    ranked = sorted(
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for number, later in enumerate(days)
        for earlier in days[number + 1 :]
        if (later[0] - earlier[0]) % HOURS_OF_WEEK == 0
    )
    # Few pairs agree by chance: of those more must.
    against = 0.1 if len(ranked) < 3 * 7 else 0.25
    if not ranked or quantile(ranked, against) * quantile(ranked, 1 - against) <= 0:
        return 0.0
    return median(ranked)


def _season(values: Values, level: float, slope: float) -> tuple[float, ...]:
    """Return the median distance from the trend, by hour of the week after the history."""
    last = len(values) - 1
    found: list[list[float]] = [[] for _ in range(HOURS_OF_WEEK)]
    for hour, value in enumerate(values):
        if value is not None:
            found[(hour - last) % HOURS_OF_WEEK].append(value - level - slope * (hour - last))
    whole = [median(one) if one else 0.0 for one in found]
    middle = fmean(whole)
    return tuple(one - middle for one in whole)


def past_lines(values: Values) -> Mapping[int, Line]:
    """Return what would have been fitted on each day of the past, by the hours known then."""
    origins = range(LEAST_HOURS, len(values), HOURS_OF_DAY)
    found = ((origin, fitted(values[:origin])) for origin in origins)
    return {origin: line for origin, line in found if line is not None}


def tested(values: Values, ahead: int, lines: Mapping[int, Line]) -> Tested | None:
    """Return how wrong the method would have been; None where the past is too short to say.

    Args:
        values: The history.
        ahead: Hours.
        lines: What was fitted from what was known then; each is held against what came.
    """
    errors: list[float] = []
    naive: list[float] = []
    for origin, line in lines.items():
        truth = values[origin - 1 + ahead] if origin - 1 + ahead < len(values) else None
        if truth is None:
            continue
        errors.append(truth - line.at(ahead))
        before = _week_before(values[:origin], ahead)
        if before is not None:
            naive.append(abs(truth - before))
    if len(errors) < _LEAST_ORIGINS or not naive:
        return None
    return Tested(
        *band(errors),
        fmean(abs(error) for error in errors),
        fmean(naive),
        _hits(errors),
    )


def _week_before(values: Values, ahead: int) -> float | None:
    """Return the last known value at this hour of the week."""
    back = HOURS_OF_WEEK - ahead % HOURS_OF_WEEK
    places = range(len(values) - 1 - back % HOURS_OF_WEEK, -1, -HOURS_OF_WEEK)
    return next((found for place in places if (found := values[place]) is not None), None)


def band(errors: Sequence[float]) -> tuple[float, float]:
    """Return the edges between which four of five errors lie; never on one side of none at all."""
    ranked = sorted(errors)
    edge = (1 - COVERAGE) / 2
    low, high = quantile(ranked, edge), quantile(ranked, 1 - edge)
    return min(low, 0.0), max(high, 0.0)


def quantile(ranked: Sequence[float], share: float) -> float:
    """Return what a share of values lie below, between two of them by their distance."""
    place = share * (len(ranked) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (ranked[above] - ranked[below]) * (place - below)


def _hits(errors: Sequence[float]) -> float:
    inside = 0
    for number, error in enumerate(errors):
        low, high = band([*errors[:number], *errors[number + 1 :]])
        inside += low <= error <= high
    return inside / len(errors)


def spread(leads: Mapping[int, Tested], ahead: int) -> tuple[float, float]:
    """Return the band so many hours ahead, between and beyond the leads that were tested.

    Beyond the last it goes on widening as it did up to there.
    """
    known = sorted(leads)
    place = bisect_left(known, ahead)
    if place == 0:
        return leads[known[0]].low, leads[known[0]].high
    if place == len(known):
        grown = ahead / known[-1]
        return leads[known[-1]].low * grown, leads[known[-1]].high * grown
    left, right = known[place - 1], known[place]
    part = (ahead - left) / (right - left)
    one, other = leads[left], leads[right]
    return one.low + (other.low - one.low) * part, one.high + (other.high - one.high) * part


def grid(points: Sequence[tuple[float, float]], end: float, hours: int) -> list[float | None]:
    """Return one value for each of the last hours before a moment, None where there is none.

    Args:
        points: Times in seconds, and values.
        end: The moment.
        hours: How many; the last one ends at the moment.
    """
    found: list[list[float]] = [[] for _ in range(hours)]
    for at, value in points:
        place = hours - 1 - math.floor((end - at) / HOUR)
        if 0 <= place < hours and math.isfinite(value):
            found[place].append(value)
    values: list[float | None] = [fmean(one) if one else None for one in found]
    start = next((place for place, one in enumerate(values) if one is not None), hours)
    return values[start:]
