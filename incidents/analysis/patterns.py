"""What comes again: the same alert, at the same site, for the same outcome. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import pairwise

from sothat.incidents.analysis.figures import WEEKDAYS, Case, Spread, spread
from sothat.incidents.times import SECOND

# Intervals that differ so little from each other are a rhythm.
_REGULAR = 0.25
_FEWEST_FOR_RHYTHM = 3
# So large a share at one weekday or hour is no coincidence.
_CONCENTRATED = 0.6
# A day has 24 hours: what comes twice in the same one is soon a coincidence.
_FEWEST_FOR_HABIT = 4


@dataclass(frozen=True, slots=True)
class Pattern:
    """Incidents that are the same, again and again.

    Attributes:
        incidents: Their numbers, in order.
        intervals: Seconds from one opening to the next.
        every: Seconds of its rhythm; None: it has none.
        habits: When it mostly comes, such as ``Monday`` or ``02:00 to 03:00``.
        first: When the first was opened, nanoseconds; ``last`` likewise.
    """

    kind: str
    site: str
    outcome: str
    incidents: tuple[int, ...]
    intervals: Spread
    every: float | None
    habits: tuple[str, ...]
    first: int
    last: int


def patterns(cases: Iterable[Case], least: int = 3, zone: tzinfo = UTC) -> tuple[Pattern, ...]:
    """Return what came at least so often, the most frequent first.

    Args:
        cases: The incidents.
        least: How often, from 2.
        zone: Whose clock hours and weekdays are read from.
    """
    same: defaultdict[tuple[str, str, str], list[Case]] = defaultdict(list)
    for case in cases:
        same[case.kind, case.site, case.outcome].append(case)
    found = [_pattern(group, zone) for group in same.values() if len(group) >= max(2, least)]
    return tuple(sorted(found, key=lambda one: (-len(one.incidents), one.kind, one.site)))


def _pattern(group: list[Case], zone: tzinfo) -> Pattern:
    group.sort(key=lambda case: (case.opened, case.id))
    gaps = [(after.opened - before.opened) / SECOND for before, after in pairwise(group)]
    intervals = spread(gaps)
    assert intervals is not None  # noqa: S101 – two cases have an interval between them
    first = group[0]
    return Pattern(
        kind=first.kind,
        site=first.site,
        outcome=first.outcome,
        incidents=tuple(case.id for case in group),
        intervals=intervals,
        every=rhythm(gaps),
        habits=tuple(_habits(group, zone)),
        first=first.opened,
        last=group[-1].opened,
    )


def rhythm(gaps: Sequence[float]) -> float | None:
    """Return the mean of intervals that are much the same; None: they are not, or too few."""
    if len(gaps) < _FEWEST_FOR_RHYTHM:
        return None
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    return mean if mean and deviation / mean <= _REGULAR else None


def _habits(group: Sequence[Case], zone: tzinfo) -> Iterator[str]:
    if len(group) < _FEWEST_FOR_HABIT:
        return
    times = [datetime.fromtimestamp(case.opened // SECOND, UTC).astimezone(zone) for case in group]
    day, days = Counter(time.weekday() for time in times).most_common(1)[0]
    if days / len(times) >= _CONCENTRATED:
        yield WEEKDAYS[day]
    hour, count = Counter(time.hour for time in times).most_common(1)[0]
    if count / len(times) >= _CONCENTRATED:
        yield f"{hour:02d}:00 to {(hour + 1) % 24:02d}:00"
