"""Stretches of time and what sets of them have in common; all in UTC."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A stretch of time: its start belongs to it, its end does not.

    Attributes:
        start: An aware moment, kept in UTC.
        end: An aware moment not before the start, kept in UTC.

    Raises:
        ValueError: A moment has no time zone, or the end is before the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        # Almost all are made of others: what is in UTC already is not converted again.
        if self.start.tzinfo is not UTC:
            object.__setattr__(self, "start", utc(self.start))
        if self.end.tzinfo is not UTC:
            object.__setattr__(self, "end", utc(self.end))
        if self.end < self.start:
            raise ValueError(f"an interval ends before it starts: {self.start} to {self.end}")

    @property
    def seconds(self) -> float:
        """Return how long it is."""
        return (self.end - self.start).total_seconds()

    @property
    def microseconds(self) -> int:
        """Return how long it is, exactly."""
        return (self.end - self.start) // _MICROSECOND

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def utc(moment: datetime) -> datetime:
    """Return an aware moment in UTC.

    Raises:
        ValueError: It has no time zone, so nobody can say when it is.
    """
    if moment.utcoffset() is None:
        raise ValueError(f"a moment without a time zone: {moment}")
    return moment.astimezone(UTC)


def after(moment: datetime, microseconds: int) -> datetime:
    """Return the moment so many microseconds later."""
    return moment + microseconds * _MICROSECOND


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the same time as intervals in order that neither touch nor overlap."""
    found: list[Interval] = []
    for one in sorted(intervals):
        if one.start == one.end:
            continue
        if found and one.start <= found[-1].end:
            found[-1] = Interval(found[-1].start, max(found[-1].end, one.end))
        else:
            found.append(one)
    return tuple(found)


def clipped(intervals: Iterable[Interval], bounds: Interval) -> Iterator[Interval]:
    """Yield the parts of intervals that lie within bounds."""
    for one in intervals:
        start, end = max(one.start, bounds.start), min(one.end, bounds.end)
        if start < end:
            yield Interval(start, end)


def common(one: Sequence[Interval], other: Sequence[Interval]) -> tuple[Interval, ...]:
    """Return the time that lies in both sets."""
    return merged(part for bounds in merged(other) for part in clipped(merged(one), bounds))


def without(intervals: Iterable[Interval], removed: Sequence[Interval]) -> tuple[Interval, ...]:
    """Return the time of intervals that lies in none of those to be removed."""
    holes = merged(removed)
    return tuple(part for one in merged(intervals) for part in _remains(one, holes))


def _remains(whole: Interval, holes: Sequence[Interval]) -> Iterator[Interval]:
    """Yield what holes, in order and apart, leave of an interval."""
    start = whole.start
    for hole in clipped(holes, whole):
        if start < hole.start:
            yield Interval(start, hole.start)
        start = hole.end
    if start < whole.end:
        yield Interval(start, whole.end)


def total(intervals: Iterable[Interval]) -> float:
    """Return the seconds that intervals cover, each moment once."""
    return sum(one.microseconds for one in merged(intervals)) / 1_000_000
