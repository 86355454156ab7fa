"""Frequency, times between and to, distributions: figures over many incidents. Pure.

Drills and incidents that were merged into others are no cases. Means stand beside medians and the
90th percentile: times of incidents are skewed, and a mean alone says little of them.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import pairwise

from sothat.incidents.times import SECOND

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Case:
    """One incident as figures see it; moments in nanoseconds.

    Attributes:
        key: What makes two incidents the same matter.
        acknowledged: The first acknowledgement ever; None: there was none.
        ended: When the outcome was there again; None: it is not.
        kind: The name of its alert.
        cause: The kind of cause that its published review names; empty: none does.
    """

    id: int
    key: str
    opened: int
    acknowledged: int | None
    ended: int | None
    priority: str
    team: str
    site: str
    outcome: str
    kind: str
    title: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """How some durations are spread, in seconds.

    Attributes:
        count: Of how many.
    """

    count: int
    mean: float
    median: float
    p90: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures over the cases of a time.

    Attributes:
        days: Length of the time.
        between: From the end of one to the opening of the next of the same matter (MTBF).
        to_acknowledge: From the opening (MTTA); ``to_resolve`` likewise (MTTR).
        by: How many by each distribution's values, the most frequent first; weekdays and hours
            in their order.
    """

    count: int
    days: float
    per_week: float
    between: Spread | None
    to_acknowledge: Spread | None
    to_resolve: Spread | None
    by: Mapping[str, Mapping[str, int]]


def figures(cases: Sequence[Case], since: int, until: int, zone: tzinfo = UTC) -> Figures:
    """Return the figures of cases.

    Args:
        cases: Opened within the time.
        since: Its beginning.
        until: Its end.
        zone: Whose clock hours and weekdays are read from.
    """
    days = max(0, until - since) / SECOND / 86_400
    return Figures(
        count=len(cases),
        days=days,
        per_week=len(cases) / days * 7 if days else 0.0,
        between=spread(between(cases)),
        to_acknowledge=spread(_to(cases, lambda case: case.acknowledged)),
        to_resolve=spread(_to(cases, lambda case: case.ended)),
        by=_distributions(cases, zone),
    )


def spread(durations: Iterable[float]) -> Spread | None:
    """Return how durations are spread; None where there are none."""
    found = sorted(durations)
    if not found:
        return None
    return Spread(len(found), sum(found) / len(found), quantile(found, 0.5), quantile(found, 0.9))


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return a quantile of values in order, between two of them in proportion."""
    place = share * (len(ordered) - 1)
    low, high = math.floor(place), math.ceil(place)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def between(cases: Iterable[Case]) -> list[float]:
    """Return the seconds from the end of each case to the next opening of the same matter."""
    by_key: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_key[case.key].append(case)
    found: list[float] = []
    for same in by_key.values():
        same.sort(key=lambda case: case.opened)
        for one, following in pairwise(same):
            if one.ended is not None and one.ended <= following.opened:
                found.append((following.opened - one.ended) / SECOND)
    return found


def _to(cases: Iterable[Case], moment: Callable[[Case], int | None]) -> list[float]:
    ends = ((case.opened, moment(case)) for case in cases)
    return [max(0, end - opened) / SECOND for opened, end in ends if end is not None]


def _distributions(cases: Sequence[Case], zone: tzinfo) -> Mapping[str, Mapping[str, int]]:
    times = [datetime.fromtimestamp(case.opened // SECOND, UTC).astimezone(zone) for case in cases]
    weekdays = Counter(WEEKDAYS[time.weekday()] for time in times)
    hours = Counter(time.hour for time in times)
    return {
        "kind": _counted(case.kind for case in cases),
        "priority": _counted(case.priority for case in cases),
        "team": _counted(case.team for case in cases),
        "site": _counted(case.site for case in cases),
        "outcome": _counted(case.outcome for case in cases),
        "cause": _counted(case.cause for case in cases),
        "weekday": {day: weekdays[day] for day in WEEKDAYS},
        "hour": {f"{hour:02d}": hours[hour] for hour in range(24)},
    }


def _counted(values: Iterable[str]) -> Mapping[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0])))
