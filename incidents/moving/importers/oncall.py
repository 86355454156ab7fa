"""Grafana OnCall: users, shifts, schedules, escalation chains; see docs/moving/oncall.md.

Shifts lie on the wall clock of their zone. Of shifts that meet those of the highest level count,
and all of one level are on call at once. Turns change with the period of the shift: each hour, day,
week, month.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sothat.incidents.moving.neutral import (
    Chain,
    Group,
    Importer,
    Layer,
    Loss,
    Move,
    Person,
    Schedule,
    Span,
    Step,
    Turn,
    strange,
)
from sothat.incidents.moving.reading import Node, Shapes, gather
from sothat.incidents.moving.repeating import merged, repeated
from sothat.incidents.moving.rotating import AHEAD, begun
from sothat.incidents.moving.stacking import stacked
from sothat.service_levels.zones import reaching

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SHIFTS = frozenset({"single_event", "recurrent_event", "rolling_users", "override"})
_SCHEDULES = frozenset({"ical", "calendar", "web"})
_FREQUENCIES = ("hourly", "daily", "weekly", "monthly")
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_MINUTE = timedelta(minutes=1)
# Hours of ten years: an older shift by the hour counts from there.
_MOST = 90_000
_REPEATS = 5


def _sort(value: Mapping[str, Any]) -> str:
    """Return what a record of the HTTP API is."""
    kind = value.get("type")
    if isinstance(kind, str) and "start" in value and kind in _SHIFTS:
        return "shift"
    if "escalation_chain_id" in value:
        return "step"
    if "user_id" in value and "important" in value:
        return "rule"
    if isinstance(kind, str) and "name" in value and kind in _SCHEDULES:
        return "schedule"
    if "username" in value and "email" in value:
        return "user"
    return "chain" if {"id", "name"} <= set(value) <= {"id", "name", "team_id"} else ""


_SHAPES = Shapes(
    sort=_sort,
    lists={
        **dict.fromkeys(("results", "users", "on_call_shifts", "schedules"), ""),
        **dict.fromkeys(("escalation_policies", "personal_notification_rules"), ""),
        "escalation_chains": "chain",
    },
    terraform={
        "grafana_oncall_schedule": "schedule",
        "grafana_oncall_on_call_shift": "shift",
        "grafana_oncall_escalation_chain": "chain",
        "grafana_oncall_escalation": "step",
        "grafana_oncall_user": "user",
    },
)


@dataclass(frozen=True, slots=True)
class OnCall:
    """Reads answers of the HTTP API and Terraform's state."""

    title: str = "Grafana OnCall"
    hint: str = "answers of GET /api/v1/users, on_call_shifts, schedules, escalation_chains, …"

    def read(self, exports: Sequence[Node], now: datetime) -> Move:
        """Return what exports say; see `Importer`."""
        return _Reading(gather(exports, _SHAPES), now).move()


@dataclass(slots=True)
class _Reading:
    """One reading of all records."""

    records: Mapping[str, Sequence[Node]]
    now: datetime
    losses: list[Loss] = field(default_factory=list)
    shifts: dict[str, Node] = field(init=False)

    def __post_init__(self) -> None:
        self.shifts = {node.text("id"): node for node in self.of("shift")}

    def of(self, sort: str) -> Sequence[Node]:
        return self.records.get(sort, ())

    def lose(self, node: Node, what: str, instead: str, about: str = "") -> None:
        self.losses.append(Loss(node.place, what, instead, about))

    def move(self) -> Move:
        people = {p.id: p for node in self.of("user") for p in (_person(node),)}
        schedules = tuple(self.schedule(node) for node in self.of("schedule"))
        chains = tuple(self.chain(node) for node in self.of("chain"))
        rules: dict[str, list[Node]] = {}
        for node in self.of("rule"):
            rules.setdefault(node.text("user_id", "?"), []).append(node)
        for own in rules.values():
            what = f"{len(own)} personal notification rules of a user"
            self.lose(own[0], what, "write `contacts` and `notify` in people.yaml")
        known = {chain.id for chain in chains}
        for node in self.of("step"):
            if node.text("escalation_chain_id") not in known:
                self.lose(node, "a step, whose escalation chain is not in the export", "export it")
        self.losses += strange(self.records)
        return Move(MappingProxyType(people), schedules, chains, tuple(self.losses))

    # Schedules

    def schedule(self, node: Node) -> Schedule:
        own = node.text("id")
        zone = node.zone("time_zone") if node.has("time_zone") else "UTC"
        name = node.text("name")
        for key in ("ical_url_primary", "ical_url_overrides", "ical_url"):
            if node.has(key):
                what = f"shifts of '{name}' that come from a calendar ({key})"
                self.lose(node, what, "fetch it, then: sothat import ical FILE.ics", own)
        levels: dict[int, list[Layer]] = {}
        covers: list[Turn] = []
        for shift in self.shifts_of(node, own):
            if shift.text("type") == "override":
                covers += _single(shift, zone)
            else:
                layer = self.layer(shift, zone, own)
                levels.setdefault(shift.whole("level", 0), []).append(layer)
        tracks, exact = stacked([levels[level] for level in sorted(levels, reverse=True)], self.now)
        if not exact:
            what = f"'{name}' has several on call at once on some level, and others below"
            instead = "compare who is on call; give those who share a turn one shift with both"
            self.lose(node, what, instead, own)
        return Schedule(own, name, node.place, zone, tracks, tuple(covers))

    def shifts_of(self, node: Node, own: str) -> Iterator[Node]:
        """Yield the shifts that a schedule names, and those that name it."""
        names = dict.fromkeys(item.as_text() for item in node.items("shifts"))
        for name in names:
            if name in self.shifts:
                yield self.shifts[name]
            else:
                self.lose(node, f"the shift '{name}' is not in the export", "export it", own)
        for name, shift in self.shifts.items():
            if name not in names and shift.text("schedule", "") == own:
                yield shift

    def layer(self, node: Node, zone: str, schedule: str) -> Layer:
        if node.text("type") == "single_event":
            return Layer(
                node.text("name", "a shift"),
                node.place,
                _zone(node, zone),
                turns=_single(node, zone),
            )
        shift = _Shift.of(node, _zone(node, zone))
        layer = shift.layer()
        if layer is None:
            turns = tuple(shift.turns(self.now))
            until = max((turn.ends for turn in turns), default=self.now)
            what = f"'{shift.name}' repeats as no rotation does: written out until {until:%Y-%m-%d}"
            self.lose(node, what, "write it as a rotation of days or weeks before then", schedule)
            return Layer(shift.name, node.place, shift.zone, turns=turns)
        return begun(layer, max(shift.start, shift.begins), self.now)

    # Chains

    def chain(self, node: Node) -> Chain:
        own = node.text("id")
        nodes = [step for step in self.of("step") if step.text("escalation_chain_id") == own]
        after, steps, times = timedelta(), list[Step](), 0
        for each in sorted(nodes, key=lambda step: step.whole("position", 0)):
            match each.text("type"):
                case "wait":
                    after += timedelta(seconds=each.whole("duration", 60, most=10**7))
                case "repeat_escalation":
                    times = _REPEATS
                case sort:
                    steps += self.step(each, sort, after, own)
        every = after or _MINUTE
        return Chain(own, node.text("name"), node.place, merged(repeated(steps, every, times)))

    def step(self, node: Node, sort: str, after: timedelta, chain: str) -> Iterator[Step]:
        if node.true("important", default=False):
            what = "important: the other set of somebody's notification rules"
            self.lose(node, what, "a priority does that here: `notify: {P1: …}`", chain)
        people: Group = ()
        if sort in {"notify_persons", "notify_person_next_each_time"}:
            key = "persons_to_notify" + ("_next_each_time" if sort.endswith("time") else "")
            people = tuple(item.as_text() for item in node.items(key))
        if sort == "notify_person_next_each_time":
            what = "one of them in turn: here all of them are asked"
            self.lose(node, what, "make a rotation of them", chain)
        if people:
            yield Step(after, (), people, node.place)
        elif sort == "notify_on_call_from_schedule" and node.has(sort):
            yield Step(after, (node.text(sort),), (), node.place)
        else:
            self.lose(node, f"a step of the sort '{sort}'", _INSTEAD.get(sort, "look at it"), chain)


_INSTEAD = {
    "notify_if_time_from_to": "give a rotation `hours`; here what follows is asked at any time",
    "notify_if_num_alerts_in_window": "let the alert's `for` wait",
    "notify_whole_channel": "name the room's channel in the team's `channels`",
    "notify_user_group": "name the people of the group",
    "notify_team_members": "name the people of the team",
    "trigger_webhook": "add a channel of the type `webhook`",
    "resolve": "an incident ends when its alert does",
    "declare_incident": "see docs/major-incidents.md",
}


def _person(node: Node) -> Person:
    name = node.text("username")
    email, zone = node.text("email", ""), node.text("timezone", "")
    return Person(node.text("id"), name, node.place, email, zone)


def _zone(node: Node, usual: str) -> str:
    return node.zone("time_zone") if node.has("time_zone") else usual


def _single(node: Node, zone: str) -> tuple[Turn, ...]:
    """Return the turn of an event that does not repeat."""
    place = _zone(node, zone)
    start = _local(node, "start")
    ends = start + timedelta(seconds=node.whole("duration", most=10**8))
    groups = _groups(node)
    group = tuple(dict.fromkeys(one for each in groups[:1] for one in each))
    first, last = (reaching(ZoneInfo(place), edge) for edge in (start, ends))
    return (Turn(first, last, group),) if group and first < last else ()


def _local(node: Node, key: str) -> datetime:
    """Return a local time: an offset, which the API writes as Z, means nothing there."""
    return node.local(key, "UTC")


def _until(node: Node, zone: str) -> datetime:
    """Return the local time of the end of a rule, which is a moment in UTC."""
    return node.moment("until").astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _groups(node: Node) -> tuple[Group, ...]:
    if node.items("rolling_users"):
        lists = [each.listed() for each in node.items("rolling_users")]
        first = node.whole("start_rotation_from_user_index", 0) % max(1, len(lists))
        lists = [*lists[first:], *lists[:first]]
        return tuple(tuple(user.as_text() for user in each) for each in lists)
    users = tuple(user.as_text() for user in node.items("users"))
    return (users,) if users else ()


@dataclass(frozen=True, slots=True)
class _Shift:
    """A shift that repeats; all times are local.

    Attributes:
        days: Days of the week, 0 is Monday; empty: no restriction to some.
        first: Day of the week on which weeks begin.
        begins: Nobody is on call before.
    """

    name: str
    place: str
    zone: str
    start: datetime
    begins: datetime
    until: datetime | None
    duration: timedelta
    frequency: str
    interval: int
    groups: tuple[Group, ...]
    days: tuple[int, ...]
    first: int
    months: tuple[int, ...]
    monthdays: tuple[int, ...]

    @classmethod
    def of(cls, node: Node, zone: str) -> "_Shift":
        frequency = node.text("frequency")
        if frequency not in _FREQUENCIES:
            raise node.child("frequency").wrong(f"expected one of {', '.join(_FREQUENCIES)}")
        start = _local(node, "start")
        days = tuple(sorted({_day(day) for day in node.items("by_day")}))
        shift = cls(
            name=node.text("name", "a shift"),
            place=node.place,
            zone=zone,
            start=start,
            begins=_local(node, "rotation_start") if node.has("rotation_start") else start,
            until=_until(node, zone) if node.has("until") else None,
            duration=timedelta(seconds=node.whole("duration", most=10**8)),
            frequency=frequency,
            interval=max(1, node.whole("interval", 1, most=10_000)),
            groups=_groups(node),
            days=() if len(days) == len(_DAYS) and frequency != "weekly" else days,
            first=_day(node.child("week_start")) if node.has("week_start") else 6,
            months=tuple(_number(item, 1) for item in node.items("by_month")),
            monthdays=tuple(_number(item, -31) for item in node.items("by_monthday")),
        )
        return shift._aligned()

    def _aligned(self) -> "_Shift":
        """Return the shift with a start that is on one of its days, if it has some."""
        if not self.days or self.start.weekday() in self.days:
            return self
        week = [(self.first + number) % 7 for number in range(7)]
        wanted = next(day for day in week if day in self.days)
        return replace(self, start=self.start + (wanted - self.start.weekday()) % 7 * _DAY)

    def layer(self) -> Layer | None:
        """Return the shift as a layer of rotations, None if none says it."""
        if self.months or self.monthdays or not self.duration:
            return None
        match self.frequency:
            case "hourly" if self.duration == self.interval * timedelta(hours=1) and not self.days:
                return self._made(self.start, self.duration)
            case "daily":
                return self._daily()
            case "weekly":
                return self._weekly()
        return None

    def _daily(self) -> Layer | None:
        if self.days:
            plain = len(self.groups) == 1 and self.interval == 1 and self.duration <= _DAY
            return self._made(self.start, _DAY, self.days) if plain else None
        if self.duration == self.interval * _DAY:
            return self._made(self.start, self.duration)
        plain = self.interval == 1 and self.duration < _DAY
        return self._made(self.start, _DAY, range(7)) if plain else None

    def _weekly(self) -> Layer | None:
        if len(self.days) <= 1:
            if self.duration == self.interval * _WEEK:
                return self._made(self.start, self.duration)
            plain = self.interval == 1 and self.duration < _WEEK
            return self._made(self.start, _WEEK, [self.start.weekday()]) if plain else None
        if self.interval > 1 or self.duration > _DAY:
            return None
        back = (self.start.weekday() - self.first) % 7
        return self._made(self.start - back * _DAY, _WEEK, self.days)

    def _made(self, starts: datetime, shift: timedelta, days: Sequence[int] = ()) -> Layer:
        start, minutes = self.start.hour * 60 + self.start.minute, self.duration // _MINUTE
        return Layer(
            name=self.name,
            place=self.place,
            zone=self.zone,
            starts=starts,
            shift=shift,
            groups=self.groups,
            spans=tuple(Span(day, start, minutes) for day in days),
            ends=self._ends(),
        )

    def _ends(self) -> datetime | None:
        """Return when the last turn is over: one that has begun by then is not cut."""
        if self.until is None:
            return None
        starts = [start for _, start in self._events(self.until)]
        return max(starts, default=self.start - self.duration) + self.duration

    def turns(self, now: datetime) -> Iterator[Turn]:
        """Yield the turns of the next time, written out."""
        zone = ZoneInfo(self.zone)
        local = now.astimezone(zone).replace(tzinfo=None)
        for number, start in self._events(local + AHEAD):
            ends = start + self.duration
            if start >= self.begins and ends > local and start < ends and self.groups:
                group = self.groups[number % len(self.groups)]
                yield Turn(reaching(zone, start), reaching(zone, ends), group)

    def _events(self, last: datetime) -> Iterator[tuple[int, datetime]]:
        """Yield when it begins, and the number of the turn that each belongs to."""
        end = min(last, self.until or last)
        if self.frequency == "hourly":
            step = self.interval * timedelta(hours=1)
            for number in range(min(_MOST, (end - self.start) // step + 1)):
                start = self.start + number * step
                if not self.days or start.weekday() in self.days:
                    yield number, start
            return
        count = 0
        for number in range((end - self.start) // _DAY + 1):
            start = self.start + number * _DAY
            period = self._period(start.date())
            daily_on_days = self.frequency == "daily" and self.days
            if self._on(start.date()) and (daily_on_days or period % self.interval == 0):
                turn = count if daily_on_days else period
                yield turn // self.interval, start
                count += 1

    def _period(self, day: date) -> int:
        """Return the number of the day, week or month that a day is in."""
        first = self.start.date()
        if self.frequency == "monthly":
            return (day.year - first.year) * 12 + day.month - first.month
        if self.frequency == "daily":
            return (day - first).days
        back = (first.weekday() - self.first) % 7
        return ((day - first).days + back) // 7

    def _on(self, day: date) -> bool:
        if self.months and day.month not in self.months:
            return False
        if self.days and day.weekday() not in self.days:
            return False
        if self.monthdays:
            length = ((day.replace(day=28) + 4 * _DAY).replace(day=1) - _DAY).day
            return day.day in self.monthdays or day.day - length - 1 in self.monthdays
        if self.days or self.frequency == "daily":
            return True
        same = day.day if self.frequency == "monthly" else day.weekday()
        return same == (self.start.day if self.frequency == "monthly" else self.start.weekday())


def _day(node: Node) -> int:
    name = node.as_text()
    if name not in _DAYS:
        raise node.wrong(f"'{name:.20}' is none of {', '.join(_DAYS)}")
    return _DAYS.index(name)


def _number(node: Node, least: int) -> int:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 31:  # noqa: PLR2004
        raise node.wrong("expected the number of a month or of a day of it")
    return value


IMPORTER: Importer = OnCall()
