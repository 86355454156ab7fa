"""An incident's clocks as they are shown: when each is due, how it stands, and why. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from sothat.incidents.deadlines import Running, deadlines, moment
from sothat.incidents.incident import Incident, Rules
from sothat.incidents.times import format_time
from sothat.incidents.web import models
from sothat.service_levels.contracts import Clock as Name
from sothat.service_levels.deadline import standing
from sothat.service_levels.plain import timestamp

_TITLES = {
    Name.ACKNOWLEDGE: "Acknowledge",
    Name.UPDATE: "Update",
    Name.RESOLVE: "Resolve",
    Name.RESPONSE: "Contract: respond",
    Name.RESOLUTION: "Contract: resolve",
}
_NANO = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline as it is shown; moments in nanoseconds.

    Attributes:
        met: When it was met, None if it was not yet.
        missed: Whether the deadline has passed before that.
        why: Why it is due then, line by line.
    """

    name: str
    due: int
    met: int | None
    missed: bool
    paused: bool
    why: Sequence[str] = ()


def clocks_of(incident: Incident, now: int, rules: Rules) -> tuple[Clock, ...]:
    """Return the clocks of an incident, in the order in which they matter."""
    found = deadlines(incident, now, rules).clocks
    return tuple(_clock(one) for one in found if not (one.clock is Name.UPDATE and incident.over))


def next_clock(clocks: Sequence[Clock]) -> Clock | None:
    """Return the clock that is to be met next; what stands still comes last."""
    waiting = [clock for clock in clocks if clock.met is None]
    return min(waiting, key=lambda clock: (clock.paused, clock.due), default=None)


def deadline_shapes(incident: Incident, now: int, rules: Rules) -> list[models.Deadline]:
    """Return the clocks of an incident as the JSON API shows them."""
    return [_shape(one, now) for one in deadlines(incident, now, rules).clocks]


def _clock(one: Running) -> Clock:
    return Clock(
        name=_TITLES[one.clock],
        due=round(one.deadline.at.timestamp() * _NANO),
        met=None if one.met_at is None else round(one.met_at.timestamp() * _NANO),
        missed=one.breached,
        paused=one.paused,
        why=[line.text for line in one.deadline.lines],
    )


def _shape(one: Running, now: int) -> models.Deadline:
    at = moment(now) if one.met_at is None else one.met_at
    stands = standing(one.deadline, at)
    return models.Deadline(
        clock=one.clock,
        due=timestamp(one.deadline.at),
        started=timestamp(one.deadline.started),
        met_at=None if one.met_at is None else timestamp(one.met_at),
        breached=one.breached,
        paused=one.paused,
        elapsed_seconds=stands.elapsed,
        remaining_seconds=stands.remaining,
        overdue_seconds=stands.overdue,
        calendar=one.deadline.version,
        as_of=format_time(now),
        why=[
            models.Reason(
                kind=line.kind,
                since=timestamp(line.interval.start),
                until=timestamp(line.interval.end),
                seconds=line.seconds,
                text=line.text,
            )
            for line in one.deadline.lines
        ],
    )
