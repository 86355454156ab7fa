"""The same deadlines as `clocks`, without the explanation and much faster.

Whoever opens thousands of incidents a second cannot count each deadline day by day. The open time
of a year is laid out once, with how much of it lies before each stretch; a deadline is then two
searches and a subtraction. Moments and durations are whole microseconds, since 1970 in UTC.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import accumulate, pairwise
from math import lcm

from sothat.model.policy import Calendar, Hours, Term
from sothat.model.problem import unusable
from sothat.service_levels.calendars import shifts_within
from sothat.service_levels.intervals import Interval, clipped

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Hours that are not open for so many years never will be.
_NEVER = 3
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Scale:
    """What the open time of a year amounts to, in whole numbers: they are compared a lot.

    Attributes:
        unit: How many of them one microsecond is, or one working day.
        weights: How many of them a microsecond of each stretch is.
        before: How many of them lie before each stretch; one entry more than there are stretches.
    """

    unit: int
    weights: tuple[int, ...]
    before: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Year:
    """The open time of a year in UTC: stretches in order."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    time: _Scale
    days: _Scale


class Timetable:
    """When hours are open in a calendar."""

    def __init__(self, hours: Hours, calendar: Calendar) -> None:
        self._hours = hours
        self._calendar = calendar
        self._years: dict[int, _Year] = {}

    def counted(self, since: int, until: int) -> int:
        """Return for how long the hours are open between two moments."""
        return int(self._sum(since, until, in_days=False))

    def days(self, since: int, until: int) -> Fraction:
        """Return how many working days lie between two moments."""
        return self._sum(since, until, in_days=True)

    def due(self, since: int, amount: int) -> int:
        """Return when so much time has counted; for none at all, when the hours are next open.

        Raises:
            Unusable: The hours do not open again.
        """
        return self._due(since, amount, in_days=False)

    def due_days(self, since: int, days: Fraction | int) -> int:
        """Return when so many working days have counted, rounded up; see `due`."""
        return self._due(since, days, in_days=True)

    def _due(self, since: int, amount: Fraction | int, *, in_days: bool) -> int:
        first = number = _year_of(since)
        left, closed = amount, 0
        while closed <= _NEVER:
            year = self._year(number)
            scale = year.days if in_days else year.time
            gone = _before(year, scale, since) if number == first else 0
            whole = scale.before[-1] - gone
            wanted = _plain(left * scale.unit)
            if wanted <= whole and (wanted or _opens(year, since)):
                return _reach(year, scale, gone + wanted, since)
            left -= Fraction(whole, scale.unit)
            number, closed = number + 1, 0 if whole else closed + 1
        message = f"hours of '{self._calendar.name}' do not open in three years"
        raise unusable("hours-never-open", message, hint="look at their days and holidays")

    def _sum(self, since: int, until: int, *, in_days: bool) -> Fraction:
        found = Fraction(0)
        for number in range(_year_of(since), _year_of(until) + 1):
            year = self._year(number)
            scale = year.days if in_days else year.time
            amount = _before(year, scale, until) - _before(year, scale, since)
            found += Fraction(amount, scale.unit)
        return found

    def _year(self, number: int) -> _Year:
        if number not in self._years:
            self._years[number] = _lay_out(self._hours, self._calendar, number)
        return self._years[number]


def _lay_out(hours: Hours, calendar: Calendar, number: int) -> _Year:
    bounds = Interval(datetime(number, 1, 1, tzinfo=UTC), datetime(number + 1, 1, 1, tzinfo=UTC))
    found = sorted(
        (instant(part.start), instant(part.end), sum(one.microseconds for one in shift.intervals))
        for shift in shifts_within(hours, calendar, bounds)
        for part in clipped(shift.intervals, bounds)
    )
    starts, ends, lengths = (tuple(one[column] for one in found) for column in range(3))
    spans = [end - start for start, end in zip(starts, ends, strict=True)]
    unit = lcm(*lengths)
    return _Year(
        starts=starts,
        ends=ends,
        time=_scale(1, [1] * len(spans), spans),
        days=_scale(unit, [unit // length for length in lengths], spans),
    )


def _scale(unit: int, weights: Sequence[int], spans: Sequence[int]) -> _Scale:
    amounts = (weight * span for weight, span in zip(weights, spans, strict=True))
    return _Scale(unit, tuple(weights), tuple(accumulate(amounts, initial=0)))


def _opens(year: _Year, since: int) -> bool:
    """Return whether the hours are open at or after a moment."""
    return bool(year.ends) and year.ends[-1] > since


def _before(year: _Year, scale: _Scale, moment: int) -> int:
    """Return how much of a year's open time lies before a moment."""
    index = bisect_right(year.starts, moment) - 1
    if index < 0:
        return 0
    if moment >= year.ends[index]:
        return scale.before[index + 1]
    return scale.before[index] + (moment - year.starts[index]) * scale.weights[index]


def _reach(year: _Year, scale: _Scale, amount: Fraction | int, since: int) -> int:
    """Return the first moment, not before ``since``, before which so much of a year was open."""
    # Of the stretches that begin with this much, the one before has just ended with it.
    index = max(0, bisect_right(scale.before, amount) - 1)
    rest = amount - scale.before[index]
    if index and not rest and year.ends[index - 1] > since:
        return year.ends[index - 1]
    return max(since, year.starts[index] + -(-rest // scale.weights[index]))


def _plain(amount: Fraction | int) -> Fraction | int:
    """Return a whole number as one: nothing is quicker."""
    return amount.numerator if amount.denominator == 1 else amount


@dataclass(frozen=True, slots=True)
class Held:
    """A promise that holds from a moment on, with the timetable of its hours."""

    since: int
    term: Term
    timetable: Timetable

    def share(self, since: int, until: int) -> Fraction:
        """Return the share of the promise that the time between two moments uses up."""
        if self.term.days:
            return self.timetable.days(since, until) / self.term.days
        counted = self.timetable.counted(since, until)
        promised = self._promised()
        return Fraction(counted, promised) if promised else Fraction(int(counted > 0))

    def due(self, since: int, left: Fraction | int = 1) -> int:
        """Return when a share of the promise is used up: all of it if nothing else is said."""
        if self.term.days:
            return self.timetable.due_days(since, left * self.term.days)
        amount = self._promised() if left == 1 else left * self._promised()
        return self.timetable.due(since, -(-amount.numerator // amount.denominator))

    def _promised(self) -> int:
        return round(self.term.seconds * 1_000_000)


def due_of(promises: Sequence[Held], pauses: Sequence[Span] = ()) -> int:
    """Return when a clock is due whose promise changed on the way: that of `clocks.deadline_of`.

    Args:
        promises: The first from the clock's start, in order; each holds until the next one.
        pauses: When it did not count, in order and apart.

    Raises:
        Unusable: The hours never open (again).
    """
    left = Fraction(1)
    for promise, since, until in _running(promises, pauses):
        if until is None:
            return promise.due(since, left)
        share = promise.share(since, until)
        if share >= left:
            return promise.due(since, left)
        left -= share
    raise ValueError("a clock without a promise")


def _running(
    promises: Sequence[Held], pauses: Sequence[Span]
) -> Iterator[tuple[Held, int, int | None]]:
    """Yield the stretches in which a clock runs; the last one has no end."""
    for promise, following in pairwise(promises):
        for since, until in _between(promise.since, following.since, pauses):
            yield promise, since, until
    for last in promises[-1:]:
        end = max([last.since, *(pause[1] for pause in pauses)])
        for since, until in _between(last.since, end, pauses):
            yield last, since, until
        yield last, end, None


def _between(since: int, until: int, pauses: Sequence[Span]) -> Iterator[Span]:
    """Yield what pauses leave of the time between two moments."""
    for start, end in pauses:
        if since < min(start, until):
            yield since, min(start, until)
        since = max(since, end)
    if since < until:
        yield since, until


def instant(moment: datetime) -> int:
    """Return an aware moment in microseconds."""
    return (moment - _EPOCH) // _MICROSECOND


def _year_of(moment: int) -> int:
    return (_EPOCH + moment * _MICROSECOND).year
