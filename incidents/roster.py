"""Who is asked, and when they may be: duty, seats, stand-ins, quiet hours, maintenance.

What is found is remembered for the minute that it was asked about: in a storm of alerts the rota is
computed once a minute and team, not once an alert.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sothat.incidents.people import People, User
from sothat.incidents.times import SECOND, seconds
from sothat.model.policy import Override, Policy, Priority, Rotation, Seat, Term
from sothat.model.problem import Unusable
from sothat.service_levels.calendars import clock_time
from sothat.service_levels.clocks import deadline
from sothat.service_levels.contracts import ALWAYS, calendar_named, hours_named
from sothat.service_levels.intervals import Interval
from sothat.service_levels.maintenance import windows
from sothat.service_levels.on_call import on_call, on_call_by
from sothat.service_levels.zones import reaching, showing, zone_named

_MINUTE = 60 * SECOND
_MICROSECOND = 1_000
_DAY = timedelta(days=1)
# More than teams, levels and users of an hour; then all is forgotten.
_REMEMBERED = 8192
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class StandIn:
    """Somebody is on call instead of whoever a rotation names; moments in nanoseconds."""

    rotation: str
    person: str
    starts_at: int
    ends_at: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who is to be asked.

    Attributes:
        member: The role or name; empty if nobody is there.
        users: Who that is.
        why: In words why nobody can be reached, if so.
    """

    member: str
    users: tuple[User, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """Until when something waits, and why."""

    until: int
    why: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What the answers depend on, and those that were found for it.

    Attributes:
        muting: The labels that windows of maintenance ask for.
    """

    policy: Policy
    found: dict[Any, Any] = field(default_factory=dict)
    muting: tuple[str, ...] = ()


class Roster:
    """A policy's rota and the people in it.

    Args:
        policy: The compiled policy.
        people: Who can be reached.
        duty: Names of the channels that reach whoever is on call.
        last_resort: Channels that are told when nobody else is left.
    """

    def __init__(
        self,
        policy: Policy,
        people: People | None = None,
        duty: Iterable[str] = (),
        last_resort: Iterable[str] = (),
    ) -> None:
        self.people = people or People()
        self.duty_channels = frozenset(duty)
        self.last_resort = tuple(last_resort)
        self._plain = policy
        self._known = _known(policy)

    @property
    def policy(self) -> Policy:
        """Return the policy with the stand-ins in it."""
        return self._known.policy

    def take_stand_ins(self, rows: Iterable[StandIn]) -> None:
        """Go by these stand-ins from now on, the later ones before the earlier."""
        self._known = _known(with_stand_ins(self._plain, rows))

    def on_duty(self, team: str, at: int) -> Asked:
        """Return who is on call for a team."""
        known = self._known
        return _remembered(
            known, ("duty", team, at // _MINUTE), lambda: self._duty(known, team, at)
        )

    def seated(self, team: str, level: str, at: int) -> tuple[Asked, ...]:
        """Return whom a team asks at a level of the escalation: its own seats, or the level's."""
        known = self._known
        key = ("seat", team, level, at // _MINUTE)
        return _remembered(known, key, lambda: self._seats(known, team, level, at))

    def known(self, member: str) -> Asked:
        """Return who is known as a user or by a role."""
        return self._person(member)

    def sitting(self, seat: Seat, at: int) -> Asked:
        """Return who has a seat: whoever has its role, or is on call by its rotation."""
        return self._sits(self._known.policy, seat, at)

    def due_at(self, term: Term, since: int, pauses: tuple[tuple[int, int], ...] = ()) -> int:
        """Return when a time is over, in its hours: exact at all hours, else to the minute."""
        known = self._known
        always = not term.hours or hours_named(known.policy, term.hours) == ALWAYS
        if always and not term.days:
            return since + seconds(term.seconds) + sum(end - start for start, end in pauses)
        start = -(-since // _MINUTE) * _MINUTE
        key = (term, start, pauses)
        return _remembered(known, key, lambda: _due(known.policy, term, start, pauses))

    def held(self, user: User, priority: Priority, at: int) -> Held | None:
        """Return until when a user's preferences hold a message back, None if they do not."""
        if not user.quiet and not user.digest:
            return None
        key = ("held", user.name, priority, at // _MINUTE)
        return _remembered(self._known, key, lambda: _held(user, priority, at))

    def muted(self, labels: Mapping[str, str], at: int) -> Held | None:
        """Return until when a maintenance window mutes alerts with labels, None if none does."""
        for name, starts, ends in self._windows(labels, at, at):
            if starts <= at < ends:
                return Held(ends, f"maintenance window '{name}'")
        return None

    def muted_times(
        self, labels: Mapping[str, str], since: int, until: int
    ) -> tuple[tuple[int, int], ...]:
        """Return the windows that mute alerts with labels and touch a time."""
        return tuple((start, end) for _, start, end in self._windows(labels, since, until))

    def _windows(
        self, labels: Mapping[str, str], since: int, until: int
    ) -> Iterable[tuple[str, int, int]]:
        known = self._known
        values = tuple(labels.get(name) for name in known.muting)
        key: tuple[object, ...] = ("muting", values)
        names = _remembered(known, key, lambda: _muting(known.policy, labels))
        if not names:
            return ()
        key = ("windows", since // _MINUTE, until // _MINUTE)
        found = _remembered(known, key, lambda: _windows(known.policy, since, until))
        return [window for window in found if window[0] in names]

    def user_of(self, channel: str) -> User | None:
        """Return the user whose contact a channel is."""
        return self.people.users.get(channel.partition("/")[0]) if "/" in channel else None

    def _duty(self, known: _Known, team: str, at: int) -> Asked:
        if team not in known.policy.teams:
            return Asked("", why=f"'{team}' is no team of the policy")
        return self._somebody(known.policy, team, at)

    def _somebody(self, policy: Policy, team: str, at: int) -> Asked:
        try:
            duty = on_call(policy, team, moment(at))
        except Unusable as error:
            return Asked("", why=error.problems[0].message)
        return self._person(duty.member) if duty else Asked("", why=f"nobody is on call for {team}")

    def _person(self, member: str) -> Asked:
        users = self.people.known_as(member)
        return Asked(member, users, "" if users else f"no contact of '{member}' is known")

    def _seats(self, known: _Known, team: str, level: str, at: int) -> tuple[Asked, ...]:
        own = known.policy.teams[team].seats if team in known.policy.teams else ()
        found = tuple(self._sits(known.policy, seat, at) for seat in own if seat.level == level)
        ladders = known.policy.escalation.values()
        levels = [each for ladder in ladders for each in ladder if each.name == level]
        return found or tuple(self._person(role) for each in levels for role in each.roles)

    def _sits(self, policy: Policy, seat: Seat, at: int) -> Asked:
        if seat.rotation:
            return self._on_rotation(policy, seat.rotation, at)
        return self._person(seat.role)

    def _on_rotation(self, policy: Policy, name: str, at: int) -> Asked:
        rotation = policy.rotations.get(name)
        if rotation is None:
            return Asked("", why=f"'{name}' is no rotation of the policy")
        try:
            duty = on_call_by(policy, rotation, moment(at))
        except Unusable as error:
            return Asked("", why=error.problems[0].message)
        nobody = Asked("", why=f"nobody is on call for {rotation.team or name}")
        return self._person(duty.member) if duty else nobody


def moment(at: int) -> datetime:
    """Return nanoseconds as a moment, to the microsecond."""
    return datetime.fromtimestamp(at // SECOND, UTC) + timedelta(
        microseconds=at % SECOND // _MICROSECOND
    )


def nanoseconds(at: datetime) -> int:
    """Return a moment in nanoseconds."""
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (since // timedelta(microseconds=1)) * _MICROSECOND


def with_stand_ins(policy: Policy, rows: Iterable[StandIn]) -> Policy:
    """Return a policy whose rotations have stand-ins as overrides; of unknown ones none."""
    rotations = dict(policy.rotations)
    for row in rows:
        rotation = rotations.get(row.rotation)
        if rotation is not None:
            rotations[row.rotation] = _with(rotation, row)
    return replace(policy, rotations=rotations)


def _with(rotation: Rotation, row: StandIn) -> Rotation:
    starts, ends = (moment(at).isoformat() for at in (row.starts_at, row.ends_at))
    override = Override(starts, ends, row.person, row.reason)
    return replace(rotation, overrides=(*rotation.overrides, override))


def _remembered(known: _Known, key: Any, find: Callable[[], _T]) -> _T:
    try:
        found: _T = known.found[key]
    except KeyError:
        if len(known.found) >= _REMEMBERED:
            known.found.clear()
        found = known.found[key] = find()
    return found


def _due(policy: Policy, term: Term, since: int, pauses: Iterable[tuple[int, int]]) -> int:
    held = [Interval(moment(start), moment(end)) for start, end in pauses]
    hours = hours_named(policy, term.hours)
    found = deadline(term, calendar_named(policy), moment(since), held, hours=hours)
    return nanoseconds(found.at)


def _known(policy: Policy) -> _Known:
    windows = policy.maintenance.values()
    labels = {name for window in windows for mute in window.mutes for name in mute}
    return _Known(policy, muting=tuple(sorted(labels)))


def _muting(policy: Policy, labels: Mapping[str, str]) -> frozenset[str]:
    """Return the names of the windows that mute alerts with labels."""
    planned = policy.maintenance.items()
    return frozenset(n for n, w in planned if any(_matches(labels, mute) for mute in w.mutes))


def _windows(policy: Policy, since: int, until: int) -> tuple[tuple[str, int, int], ...]:
    """Return the windows that touch the minutes from one moment to another."""
    first, last = since // _MINUTE * _MINUTE, (until // _MINUTE + 1) * _MINUTE
    return tuple(
        (w.name, nanoseconds(w.interval.start), nanoseconds(w.interval.end))
        for w in windows(policy, Interval(moment(first), moment(last)))
    )


def apart(pauses: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return the same time as pauses in order that do not overlap."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(pauses):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def _matches(labels: Mapping[str, str], mute: Mapping[str, tuple[str, ...]]) -> bool:
    return all(labels.get(name) in values for name, values in mute.items())


def _held(user: User, priority: Priority, at: int) -> Held | None:
    now = moment(at)
    if priority in user.digest:
        return Held(nanoseconds(_next(user.zone, user.digest[priority], now)), "digest")
    quiet = user.quiet
    if quiet is None or priority not in quiet.priorities:
        return None
    zone = zone_named(user.zone)
    today = datetime.combine(now.astimezone(zone).date(), datetime.min.time())
    for day in (today - _DAY, today):
        start = clock_time(day.date(), quiet.start)
        end = clock_time(day.date(), quiet.end)
        for interval in showing(zone, start, end if end > start else end + _DAY):
            if now in interval:
                return Held(nanoseconds(interval.end), "quiet hours")
    return None


def _next(zone: str, time: str, now: datetime) -> datetime:
    """Return the next moment at which a wall clock shows a time of the day."""
    place = zone_named(zone)
    today = now.astimezone(place).date()
    for days in range(3):
        found = reaching(place, clock_time(today + days * _DAY, time))
        if found > now:
            return found
    raise AssertionError("a wall clock shows each time of the day within three days")
