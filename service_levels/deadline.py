"""A deadline with everything that led to it: why 10:42?"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sothat.model.policy import Calendar, Hours, Term
from sothat.service_levels.intervals import Interval, clipped, merged, total, utc


@dataclass(frozen=True, slots=True)
class Promise:
    """A term that holds from a moment on.

    Attributes:
        since: An aware moment, kept in UTC.
        term: What is promised.
        hours: The hours of the term.
        reason: Why it holds, such as ``P2``; empty when that goes without saying.

    Raises:
        ValueError: The moment has no time zone.
    """

    since: datetime
    term: Term
    hours: Hours
    reason: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "since", utc(self.since))


@dataclass(frozen=True, slots=True)
class Counted:
    """Time that counted, the share of the promise that it used up, and the sum of shares so far."""

    interval: Interval
    promise: Promise
    share: Fraction
    used: Fraction


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an explanation.

    Attributes:
        kind: What it tells: of a deadline ``due``, ``promise``, ``counted``, ``paused``,
            ``closed``, ``moved``; of availability ``availability``, ``planned``, ``outage``,
            ``unknown``, ``budget``.
        interval: The time that it speaks of.
        seconds: How much of it counted, or would have without the pause.
        text: The line for people, in local time.
    """

    kind: str
    interval: Interval
    seconds: float
    text: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a promise is due, and why.

    Attributes:
        at: The moment, in UTC; the promise is kept up to and including it.
        promises: What was promised, the first from the clock's start.
        counted: What counted, in order; it ends at the deadline.
        pauses: When it did not count.
        calendar: In whose time it was counted.
        version: What the calendar was when it was counted.
        lines: Why it is due then: a headline, then a line for each interval, in order.
    """

    at: datetime
    promises: tuple[Promise, ...]
    counted: tuple[Counted, ...]
    pauses: tuple[Interval, ...]
    calendar: Calendar
    version: str
    lines: tuple[Line, ...]

    @property
    def started(self) -> datetime:
        """Return when the clock started."""
        return self.promises[0].since

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """Return the time that counted, in order and apart."""
        return merged(one.interval for one in self.counted)

    @property
    def explanation(self) -> str:
        """Return why it is due then, in plain words."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a clock stands at a moment; seconds of the time that counts.

    Attributes:
        elapsed: What has counted so far; at most all of it.
        remaining: What is left until the deadline.
        overdue: Seconds of any time since the deadline; 0 before it.
        breached: Whether the deadline has passed.
        paused: Whether a pause holds the clock, or has held it until this very moment.
    """

    elapsed: float
    remaining: float
    overdue: float
    breached: bool
    paused: bool


def standing(deadline: Deadline, now: datetime) -> Standing:
    """Return how a clock stands at a moment.

    Raises:
        ValueError: The moment has no time zone.
    """
    moment = utc(now)
    past = Interval(min(deadline.started, moment), moment)
    elapsed = total(clipped(deadline.intervals, past))
    late = (moment - deadline.at).total_seconds()
    return Standing(
        elapsed=elapsed,
        remaining=total(deadline.intervals) - elapsed,
        overdue=max(late, 0.0),
        breached=late > 0,
        paused=late <= 0 and any(p.start <= moment <= p.end for p in deadline.pauses),
    )
