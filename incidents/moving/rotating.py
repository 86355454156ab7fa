"""Layers as rotations of ours, and what they come to: who has the duty in a time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sothat.incidents.moving.neutral import Group, Layer, Span, Turn
from sothat.incidents.moving.places import calendar_of
from sothat.model.policy import Hours, Override, Policy, Rotation
from sothat.service_levels.calendars import DAYS
from sothat.service_levels.intervals import Interval, common
from sothat.service_levels.on_call import duties_by
from sothat.service_levels.zones import reaching

_DAY = 24 * 60
_WEEK = 7 * _DAY
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=366)
FORM = "%Y-%m-%dT%H:%M"
# How far ahead is written out what no rotation of ours says.
AHEAD = timedelta(weeks=26)


@dataclass(frozen=True, slots=True)
class Window:
    """A time of day on some days of the week, as `Hours` have it."""

    days: tuple[str, ...]
    start: str
    end: str

    @property
    def hours(self) -> Hours:
        """Return the hours."""
        return Hours(self.days, self.start, self.end, holidays=True)

    @property
    def name(self) -> str:
        """Return a name such as ``mon-fri-0900-1700``."""
        short = [day[:3] for day in self.days]
        days = "daily" if len(short) == len(DAYS) else "-".join(short)
        return f"{days}-{self.start}-{self.end}".replace(":", "")


def windows(spans: Sequence[Span]) -> tuple[Window, ...]:
    """Return times of the week as hours: one for each time of day, whole days for what is longer.

    None at all stands for always.
    """
    if _covers_all(spans):
        return ()
    days: dict[tuple[int, int], set[int]] = {}
    for span in spans:
        for piece in _daily(span):
            days.setdefault((piece.start, piece.minutes), set()).add(piece.day)
    return tuple(
        Window(tuple(DAYS[day] for day in sorted(found)), _clock(start), _clock(start + minutes))
        for (start, minutes), found in sorted(days.items())
    )


def _covers_all(spans: Sequence[Span]) -> bool:
    """Return whether times of the week leave nothing of it out."""
    first = sorted((span.day * _DAY + span.start, span.minutes) for span in spans)
    again = [(start + _WEEK, minutes) for start, minutes in first]
    return bool(first) and _unbroken([*first, *again], first[0][0])


def _unbroken(spans: Sequence[tuple[int, int]], edge: int) -> bool:
    """Return whether times that begin at an edge leave no gap for a week."""
    reached = edge
    for start, minutes in spans:
        if start > reached:
            return False
        reached = max(reached, start + minutes)
    return reached >= edge + _WEEK


def _daily(span: Span) -> Iterator[Span]:
    """Yield the pieces of a time, each a day long at most."""
    for number in range(-(-span.minutes // _DAY)):
        left = span.minutes - number * _DAY
        yield Span((span.day + number) % 7, span.start, min(left, _DAY))


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def sayable(layer: Layer) -> bool:
    """Return whether a rotation can say a layer: nobody's turn is empty, none too long or short."""
    return all(layer.groups) and _SHORTEST <= layer.shift <= _LONGEST


def duties_of(layer: Layer, bounds: Interval) -> Iterator[Turn]:
    """Yield who has the duty by a layer in bounds, without the turns that are written out."""
    members = [str(number) for number in range(len(layer.groups))]
    hours = {window.name: window.hours for window in windows(layer.spans)}
    calendar = calendar_of(layer.zone)
    policy = Policy({}, {}, (), hours=hours, calendars={calendar.name: calendar})
    for name in hours or ("",):
        rotation = Rotation(
            name="layer",
            team="",
            calendar=calendar.name,
            starts=layer.starts.strftime(FORM),
            shift=layer.shift.total_seconds(),
            members=tuple(members),
            hours=name,
            ends=layer.ends.strftime(FORM) if layer.ends else "",
        )
        for duty in duties_by(policy, rotation, bounds):
            for part in common((duty.interval,), (bounds,)):
                yield Turn(part.start, part.end, layer.groups[int(duty.member)])


def written_out(layer: Layer, now: datetime) -> Layer:
    """Return a layer whose turns of the next time are written out instead of its groups."""
    found = duties_of(layer, Interval(now, now + AHEAD))
    turns = sorted((turn for turn in found if turn.group), key=lambda turn: turn.starts)
    return replace(layer, groups=(), spans=(), ends=None, turns=(*turns, *layer.turns))


def begun(layer: Layer, begins: datetime, now: datetime) -> Layer:
    """Return a layer that has nobody before a local time, though its turns count from earlier.

    What lies in the past is of no interest; the rest of a turn that is cut is written out.
    """
    start = reaching(ZoneInfo(layer.zone), begins)
    if begins <= layer.starts or start <= now or not layer.groups or layer.shift < _SHORTEST:
        return layer
    number = -((layer.starts - begins) // layer.shift)
    first = layer.starts + number * layer.shift
    index = number % len(layer.groups)
    groups = (*layer.groups[index:], *layer.groups[:index])
    rest = Interval(start, reaching(ZoneInfo(layer.zone), first))
    turns = tuple(duties_of(layer, rest)) if rest.start < rest.end else ()
    return replace(layer, starts=first, groups=groups, turns=(*turns, *layer.turns))


def later(local: datetime, months: int) -> datetime:
    """Return a local time some months later; a day that the month has not is one of the next."""
    index = local.year * 12 + local.month - 1 + months
    first = local.replace(year=index // 12, month=index % 12 + 1, day=1)
    return first + timedelta(days=local.day - 1)


def busy(layer: Layer, bounds: Interval) -> tuple[Interval, ...]:
    """Return when a layer has anybody, within bounds."""
    turns = (*duties_of(layer, bounds), *layer.turns) if sayable(layer) else layer.turns
    return tuple(Interval(turn.starts, turn.ends) for turn in turns if turn.group)


def overriding(turns: Iterable[Turn], zone: str, members: "Members") -> tuple[Override, ...]:
    """Return turns as overrides in the local time of a zone."""
    place = ZoneInfo(zone)
    return tuple(
        Override(
            turn.starts.astimezone(place).strftime(FORM),
            turn.ends.astimezone(place).strftime(FORM),
            members.of(turn.group),
        )
        for turn in turns
        if turn.group
    )


class Members:
    """Names groups: a user by their name, several by a role that all of them get.

    Args:
        users: The names of users by the ids of the other system.
    """

    def __init__(self, users: "dict[str, str]") -> None:
        self._users = users
        self.roles: dict[str, list[str]] = {}

    def of(self, group: Group) -> str:
        """Return the member of a rotation that a group is."""
        names = list(dict.fromkeys(self._users[each] for each in group))
        if len(names) == 1:
            return names[0]
        role = " and ".join(names)
        for name in names:
            roles = self.roles.setdefault(name, [])
            if role not in roles:
                roles.append(role)
        return role
