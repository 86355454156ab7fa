"""The neutral model as our people and on-call policy. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sothat.incidents.moving.neutral import (
    Chain,
    Group,
    Layer,
    Loss,
    Move,
    Person,
    Schedule,
    Step,
    Turn,
)
from sothat.incidents.moving.places import ADDRESS, Names, calendar_of, is_zone
from sothat.incidents.moving.rotating import (
    FORM,
    Members,
    overriding,
    sayable,
    windows,
    written_out,
)
from sothat.model.policy import (
    Calendar,
    Hours,
    Level,
    Override,
    Priority,
    Rotation,
    Seat,
    Team,
    Term,
)
from sothat.service_levels.zones import reaching

DUTY = "on-call"
_UTC = "UTC"
_NO_SHIFT = "1970-01-01T00:00"
_DAY = 86_400.0
_NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class User:
    """Somebody whom the policy asks.

    Attributes:
        roles: Further roles: the groups that they are in.
    """

    name: str
    person: Person
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is written: all by name.

    Attributes:
        comments: What does not carry over, by section and name of what it stands beside.
    """

    users: Mapping[str, User]
    teams: Mapping[str, Team]
    rotations: Mapping[str, Rotation]
    hours: Mapping[str, Hours]
    calendars: Mapping[str, Calendar]
    ladders: Mapping[str, tuple[Level, ...]]
    losses: tuple[Loss, ...]
    comments: Mapping[tuple[str, str], tuple[Loss, ...]]


def compose(move: Move, now: datetime) -> Configuration:
    """Return a move as our configuration.

    Args:
        move: What the export says.
        now: The aware moment from which on turns are written out that no rotation says.
    """
    return _Composer(move, now).composed()


@dataclass(slots=True)
class _Composer:
    """One configuration in the making."""

    move: Move
    now: datetime
    losses: list[Loss] = field(default_factory=list)
    rotations: dict[str, Rotation] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    hours: dict[str, Hours] = field(default_factory=dict)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    ladders: dict[str, tuple[Level, ...]] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    tracks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    beside: dict[str, tuple[str, str]] = field(default_factory=dict)
    members: Members = field(init=False)

    def __post_init__(self) -> None:
        self.members = Members(self.users)

    def composed(self) -> Configuration:
        self._take_people()
        used = {name for chain in self.move.chains for s in chain.steps for name in s.schedules}
        for schedule in self.move.schedules:
            self._take_schedule(schedule)
        for chain in self.move.chains:
            self._take_chain(chain)
        for schedule in self.move.schedules:
            if schedule.id not in used:
                self._take_unused(schedule)
        losses = tuple(dict.fromkeys((*self.move.losses, *self.losses)))
        return Configuration(
            users={user.name: user for user in self._users()},
            teams=self.teams,
            rotations=self.rotations,
            hours=self.hours,
            calendars=dict(sorted(self.calendars.items())),
            ladders=self.ladders,
            losses=losses,
            comments=self._comments(losses),
        )

    # People

    def _take_people(self) -> None:
        """Name everybody who is asked anywhere; the others are counted."""
        asked = dict.fromkeys(_asked(self.move))
        names = Names()
        for one in asked:
            person = self.people[one] = self._reachable(one)
            self.users[one] = names.take(person.name or person.email, "user")
        idle = len(self.move.people) - sum(one in self.move.people for one in asked)
        if idle:
            what = f"{idle} users whom no schedule and no chain asks are left out"
            self._lose("", what, "nobody pages them there either", kept=True)

    def _reachable(self, one: str) -> Person:
        """Return somebody with an address and a zone that are some, or without."""
        person = self.move.people.get(one)
        if person is None:
            self._lose("", f"the user '{one}' is not in the export", "add a contact by hand")
            return Person(one, one, "")
        if not ADDRESS.fullmatch(person.email):
            self._lose(person.place, "a user without an e-mail address", "add a contact")
            person = replace(person, email="")
        if person.zone and not is_zone(person.zone):
            what = f"'{person.zone:.60}' is no time zone: the user's is left out"
            self._lose(person.place, what, "name it as `time_zone`", kept=True)
            person = replace(person, zone="")
        for sort, _ in person.others:
            what = f"a way to reach a user: {sort}"
            self._lose(person.place, what, "see the comment in people.yaml, and docs/channels.md")
        return person

    def _users(self) -> Iterator[User]:
        for one, person in self.people.items():
            name = self.users[one]
            yield User(name, person, tuple(self.members.roles.get(name, ())))

    # Schedules

    def _take_schedule(self, schedule: Schedule) -> None:
        tops = []
        for number, track in enumerate(schedule.tracks or ((),)):
            suffix = f" also {number + 1}" if number else ""
            top = self._take_track(schedule, track, f"{schedule.name}{suffix}")
            tops += [top] if top else []
        self.tracks[schedule.id] = tuple(tops)
        if tops:
            self.beside[schedule.id] = ("rotations", tops[0])
        else:
            what = f"the schedule '{schedule.name}' has nobody in it"
            self._lose(schedule.place, what, "leave it out, or fill it", about=schedule.id)

    def _take_track(self, schedule: Schedule, track: Sequence[Layer], title: str) -> str:
        """Take the rotations of a track; return the name of the first, empty if there is none."""
        layers = [self._said(layer, schedule) for layer in track]
        made = [each for layer in layers for each in self._rotations(layer, title)]
        covers = [turn for turn in schedule.covers if turn.ends > self.now and turn.group]
        if covers and not made:
            made = [self._only_overrides(title, schedule.zone)]
        for number, each in enumerate(made):
            below = made[number + 1].name if number + 1 < len(made) else ""
            kept = replace(each, otherwise=below)
            if not number and covers:
                own = self._overrides(covers, schedule.zone, kept, schedule)
                kept = replace(kept, overrides=(*kept.overrides, *own))
            self.rotations[kept.name] = kept
        return made[0].name if made else ""

    def _said(self, layer: Layer, schedule: Schedule) -> Layer:
        """Return a layer that rotations can say: else its turns of the next time, written out."""
        if layer.starts.second or (layer.ends and layer.ends.second):
            what = "a hand-over within a minute is at its beginning here"
            self._lose(layer.place, what, "nothing, if seconds do not matter", schedule.id)
        if sayable(layer):
            return layer
        if not any(layer.groups):
            return replace(layer, groups=())
        written = written_out(layer, self.now) if _countable(layer) else replace(layer, groups=())
        until = f"written out until {written.turns[-1].ends:%Y-%m-%d}" if written.turns else "lost"
        what = f"'{layer.name}' has turns of nobody, or of an unusual length: {until}"
        self._lose(layer.place, what, "write it as a rotation before then", schedule.id)
        return written

    def _rotations(self, layer: Layer, title: str) -> Iterator[Rotation]:
        """Yield the rotations of a layer: one for each of its times of day."""
        turns = [turn for turn in layer.turns if turn.ends > self.now and turn.group]
        over = layer.ends is not None and reaching(ZoneInfo(layer.zone), layer.ends) <= self.now
        found = [] if over or not layer.groups else list(self._shifts(layer, title))
        if turns and not found:
            found = [self._only_overrides(title, layer.zone)]
        for number, each in enumerate(found):
            own = overriding(turns, layer.zone, self.members) if not number else ()
            yield replace(each, overrides=own)

    def _shifts(self, layer: Layer, title: str) -> Iterator[Rotation]:
        hours = windows(layer.spans)
        for window in hours:
            self.hours[window.name] = window.hours
        for name in [window.name for window in hours] or [""]:
            yield Rotation(
                name=self.names.take(title, "rotation"),
                team="",
                calendar=self._calendar(layer.zone),
                starts=layer.starts.strftime(FORM),
                shift=layer.shift.total_seconds(),
                members=tuple(self.members.of(group) for group in layer.groups),
                hours=name,
                ends=layer.ends.strftime(FORM) if layer.ends else "",
            )

    def _only_overrides(self, title: str, zone: str) -> Rotation:
        name = self.names.take(title, "rotation")
        return Rotation(name, "", self._calendar(zone), _NO_SHIFT, _DAY, ())

    def _overrides(
        self, covers: Iterable[Turn], zone: str, rotation: Rotation, schedule: Schedule
    ) -> tuple[Override, ...]:
        """Return overrides in the time of the rotation that they are put on."""
        place = self.calendars[rotation.calendar].time_zone or zone
        found = overriding(covers, place, self.members)
        for turn, made in zip(covers, found, strict=False):
            edges = ((turn.starts, made.starts), (turn.ends, made.ends))
            if any(reaching(ZoneInfo(place), datetime.fromisoformat(t)) != m for m, t in edges):
                what = f"an override's edge at {made.starts} or {made.ends} falls on a clock change"
                self._lose(schedule.place, what, "look at it in that night", schedule.id)
        return found

    def _calendar(self, zone: str) -> str:
        made = calendar_of(zone)
        self.calendars[made.name] = made
        return made.name

    # Chains

    def _take_chain(self, chain: Chain) -> None:
        steps = [step for step in (self._known(step, chain) for step in chain.steps) if step]
        name = self.names.take(chain.name, "team")
        if not steps:
            what = f"'{chain.name}' asks nobody"
            self._lose(chain.place, what, "give it somebody to ask, or leave it out")
            return
        self.beside[chain.id] = ("teams", name)
        if steps[0].after:
            what = f"'{chain.name}' waits {steps[0].after} before it asks anybody; here it does not"
            self._lose(chain.place, what, "delay the alert with its `for`", chain.id)
        levels = [_Level(f"{name}-1", _NOTHING, self._first(name, steps[0]))]
        levels += [
            _Level(f"{name}-{number}", step.after, self._seats(step, f"{name}-{number}"))
            for number, step in enumerate(steps[1:], 2)
        ]
        self._team(name, f"Imported: {chain.name}", [one for one in levels if one.seats])

    def _first(self, team: str, step: Step) -> tuple[Seat, ...]:
        """Take who is on call for a team; return who is asked besides at once."""
        tracks = [top for one in step.schedules for top in self.tracks.get(one, ())]
        own = self.names.take(f"{team} duty", "rotation")
        if not tracks:
            member = self.members.of(step.people)
            calendar = self._calendar(_UTC)
            made = Rotation(own, team, calendar, _NO_SHIFT, 7 * _DAY, (member,))
            self.rotations[own] = made
            return ()
        self._borrow(own, team, tracks[0])
        level = f"{team}-1"
        also = tuple(Seat(level, rotation=top) for top in tracks[1:])
        return (*also, *(Seat(level, role=self.users[one]) for one in step.people))

    def _borrow(self, name: str, team: str, top: str) -> None:
        calendar = self.rotations[top].calendar
        self.rotations[name] = Rotation(name, team, calendar, _NO_SHIFT, _DAY, (), otherwise=top)

    def _seats(self, step: Step, level: str) -> tuple[Seat, ...]:
        tracks = [top for one in step.schedules for top in self.tracks.get(one, ())]
        seats = [Seat(level, rotation=top) for top in tracks]
        seats += [Seat(level, role=self.users[one]) for one in step.people]
        return tuple(dict.fromkeys(seats))

    def _known(self, step: Step, chain: Chain) -> Step | None:
        """Return a step with the schedules that are there and have somebody; None if none is."""
        known = tuple(one for one in step.schedules if self.tracks.get(one))
        for one in step.schedules:
            if one not in self.tracks:
                what = f"the schedule '{one}' is not in the export"
                self._lose(step.place, what, "export it too", chain.id)
        return replace(step, schedules=known) if known or step.people else None

    def _take_unused(self, schedule: Schedule) -> None:
        """Give a schedule that no chain asks a team, so that one can ask who is on call."""
        if self.tracks[schedule.id]:
            name = self.names.take(f"{schedule.name} team", "team")
            also = self._first(name, Step(_NOTHING, (schedule.id,), (), schedule.place))
            levels = [_Level(f"{name}-1", _NOTHING, also)] if also else []
            description = f"Imported: the schedule {schedule.name}, which no chain asks"
            self._team(name, description, levels)

    def _team(self, name: str, description: str, levels: "Sequence[_Level]") -> None:
        self.teams[name] = Team(
            name=name,
            description=" ".join(description.split()),
            channels=dict.fromkeys(Priority, (DUTY,)),
            escalation=("Whoever is on call",),
            seats=tuple(seat for level in levels for seat in level.seats),
            ladders=(name,) if levels else (),
        )
        if levels:
            self.ladders[name] = tuple(level.made for level in levels)

    # What is said about it

    def _lose(
        self, place: str, what: str, instead: str, about: str = "", *, kept: bool = False
    ) -> None:
        self.losses.append(Loss(place, what, instead, about, kept))

    def _comments(self, losses: Iterable[Loss]) -> Mapping[tuple[str, str], tuple[Loss, ...]]:
        found: dict[tuple[str, str], tuple[Loss, ...]] = {}
        for loss in losses:
            if loss.about in self.beside:
                key = self.beside[loss.about]
                found[key] = (*found.get(key, ()), loss)
        return found


@dataclass(frozen=True, slots=True)
class _Level:
    """A step with its seats, and when it is asked."""

    name: str
    after: timedelta
    seats: tuple[Seat, ...]

    @property
    def made(self) -> Level:
        term = Term("", self.after.total_seconds())
        return Level(self.name, dict.fromkeys(Priority, term))


def _countable(layer: Layer) -> bool:
    """Return whether a layer's turns can be counted, though no rotation says them."""
    return sayable(replace(layer, groups=tuple(g or ("nobody",) for g in layer.groups)))


def _asked(move: Move) -> Iterator[str]:
    """Yield the ids of all who are on call or asked, in the order of the export."""
    groups: list[Group] = []
    for schedule in move.schedules:
        for track in schedule.tracks:
            for layer in track:
                groups += [*layer.groups, *(turn.group for turn in layer.turns)]
        groups += [turn.group for turn in schedule.covers]
    groups += [step.people for chain in move.chains for step in chain.steps]
    for group in groups:
        yield from group
