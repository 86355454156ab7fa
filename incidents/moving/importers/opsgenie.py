"""Opsgenie: users, schedules with rotations, overrides, escalations; see docs/moving/opsgenie.md.

All rotations of a schedule are on call at once; each hands over by the clock of the schedule's
zone, and a time restriction leaves out what lies outside it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

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
from sothat.incidents.moving.stacking import stacked

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MINUTES = {"minutes": 1, "hours": 60, "days": 1440}
_LENGTHS = {"hourly": 1, "daily": 24, "weekly": 168}
_DAY, _WEEK = 1440, 7 * 1440


def _sort(value: Mapping[str, Any]) -> str:
    """Return what a record of the REST API is."""
    if "participants" in value and "startDate" in value:
        return "rotation"
    if "timezone" in value and ("rotations" in value or "enabled" in value):
        return "schedule"
    if "username" in value and ("fullName" in value or "role" in value):
        return "user"
    if "rules" in value and "id" in value:
        return "chain"
    if "startDate" in value and "user" in value:
        return "override"
    return "team" if "members" in value and "id" in value else ""


_SHAPES = Shapes(
    sort=_sort,
    lists=dict.fromkeys(("data", "schedules", "users", "escalations", "overrides", "teams"), ""),
    terraform={
        "opsgenie_user": "state user",
        "opsgenie_schedule": "state schedule",
        "opsgenie_schedule_rotation": "state rotation",
        "opsgenie_escalation": "state chain",
        "opsgenie_team": "state team",
    },
)


@dataclass(frozen=True, slots=True)
class Opsgenie:
    """Reads answers of the REST API v2 and Terraform's state."""

    title: str = "Opsgenie"
    hint: str = "answers of GET /v2/users, /v2/schedules?expand=rotation, /v2/escalations"

    def read(self, exports: Sequence[Node], now: datetime) -> Move:
        """Return what exports say; see `Importer`."""
        records = {sort: list(nodes) for sort, nodes in gather(exports, _SHAPES).items()}
        for sort in ("user", "schedule", "rotation", "chain", "team"):
            state = records.pop(f"state {sort}", [])
            records.setdefault(sort, []).extend(_as_api(sort, node) for node in state)
        return _Reading(records, now).move()


@dataclass(slots=True)
class _Reading:
    """One reading of all records."""

    records: Mapping[str, Sequence[Node]]
    now: datetime
    losses: list[Loss] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    teams: dict[str, Group] = field(default_factory=dict)

    def move(self) -> Move:
        people = {p.id: p for node in self.of("user") for p in (_person(node),)}
        # A user may be named by either.
        self.ids = {p.email: p.id for p in people.values()}
        for node in self.of("team"):
            members = tuple(self.user(m.child("user")) for m in node.items("members"))
            self.teams[node.text("id")] = self.teams[node.text("name", "")] = members
        found = (self.schedule(node) for node in self.of("schedule"))
        schedules = tuple(schedule for schedule in found if schedule)
        by_name = {schedule.name: schedule.id for schedule in schedules}
        chains = tuple(self.chain(node, by_name) for node in self.of("chain"))
        self.losses += (*self.strays(), *strange(self.records))
        return Move(MappingProxyType(people), schedules, chains, tuple(self.losses))

    def strays(self) -> Iterator[Loss]:
        """Yield what belongs to a schedule that is not there."""
        known = {node.text("id") for node in self.of("schedule")}
        for sort in ("rotation", "override"):
            for node in self.of(sort):
                if not any(_is_of(node, one) for one in known):
                    what = f"a record of the sort '{sort}', whose schedule is not in the export"
                    yield Loss(node.place, what, "export the schedule, too")

    def of(self, sort: str) -> Sequence[Node]:
        return self.records.get(sort, ())

    def user(self, node: Node) -> str:
        """Return the id of a user who is named by it or by their user name."""
        name = node.text("username", "") or node.text("name", "")
        return node.text("id", "") or self.ids.get(name, name)

    # Schedules

    def schedule(self, node: Node) -> Schedule | None:
        name, own = node.text("name"), node.text("id")
        if not node.true("enabled", default=True):
            what = f"the schedule '{name}' is switched off"
            self.losses.append(Loss(node.place, what, "nobody is on call by it there", kept=True))
            return None
        zone = node.zone("timezone")
        if not node.has("rotations") and not any(_is_of(each, own) for each in self.of("rotation")):
            what = f"the rotations of '{name}' are not in the export"
            self.losses.append(Loss(node.place, what, "GET /v2/schedules?expand=rotation", own))
        rotations = [*node.items("rotations")]
        rotations += [each for each in self.of("rotation") if _is_of(each, own)]
        for each in rotations:
            if not each.true("enabled", default=True):
                what = f"the rotation '{each.text('name', '?')}' is switched off"
                note = Loss(each.place, what, "nobody has turns by it there", own, kept=True)
                self.losses.append(note)
        rotations = [each for each in rotations if each.true("enabled", default=True)]
        layers = {
            each.text("id", str(n)): self.layer(each, zone, own) for n, each in enumerate(rotations)
        }
        covers = self.covers(node, own, layers)
        tracks, _ = stacked([tuple(layers.values())], self.now)
        return Schedule(own, name, node.place, zone, tracks, covers)

    def layer(self, node: Node, zone: str, schedule: str) -> Layer:
        sort = node.text("type", "daily")
        if sort not in _LENGTHS:
            raise node.child("type").wrong(f"'{sort:.20}' is none of {', '.join(_LENGTHS)}")
        hours = _LENGTHS[sort] * max(1, node.whole("length", 1, most=8_000))
        parts = node.items("participants")
        return Layer(
            name=node.text("name", "a rotation"),
            place=node.place,
            zone=zone,
            starts=node.local("startDate", zone),
            shift=timedelta(hours=hours),
            groups=tuple(self.group(part, schedule) for part in parts),
            spans=_spans(node.child("timeRestriction")),
            ends=node.local("endDate", zone) if node.has("endDate") else None,
        )

    def group(self, node: Node, schedule: str) -> Group:
        """Return who a participant is: a user, a team's members; nobody for what is none."""
        sort = node.text("type", "user")
        if sort == "user":
            return (self.user(node),)
        members = self.teams.get(node.text("id", ""), ()) or self.teams.get(
            node.text("name", ""), ()
        )
        if sort == "team" and members:
            what = "a team has turns: here all of its members are on call then, without its routing"
            self.losses.append(Loss(node.place, what, "name those who are meant", schedule))
            return members
        if sort != "none":
            what = f"a participant that is of the sort '{sort}': nobody here"
            self.losses.append(Loss(node.place, what, "name the people who are meant", schedule))
        return ()

    def covers(self, node: Node, schedule: str, layers: dict[str, Layer]) -> tuple[Turn, ...]:
        """Return overrides of the whole schedule; put those of some rotations on their layers."""
        found = []
        for each in (
            *node.items("overrides"),
            *(o for o in self.of("override") if _is_of(o, schedule)),
        ):
            turn = Turn(*each.period("startDate", "endDate"), (self.user(each.child("user")),))
            some = [rotation.text("id", "") for rotation in each.items("rotations")]
            if not some or set(some) >= set(layers):
                found.append(turn)
                continue
            for name in set(some) - set(layers):
                what = f"an override of the rotation '{name}', which is not in the export"
                self.losses.append(Loss(each.place, what, "look whether it counts", schedule))
            for name in set(some) & set(layers):
                layers[name] = replace(layers[name], turns=(*layers[name].turns, turn))
        return tuple(found)

    # Escalations

    def chain(self, node: Node, schedules: Mapping[str, str]) -> Chain:
        own = node.text("id")
        steps = [self.step(rule, own, schedules) for rule in node.items("rules")]
        repeat = node.child("repeat")
        if repeat.value is not None:
            last = max((step.after for step in steps), default=timedelta())
            every = last + timedelta(minutes=max(1, repeat.whole("waitInterval", 0, most=100_000)))
            # Without a wait nothing is repeated.
            times = repeat.whole("count", 0, most=100) if repeat.whole("waitInterval", 0) else 0
            steps = [*repeated(steps, every, times)]
            if repeat.true("closeAlertAfterAll", default=False):
                what = "the alert is closed when all have been asked"
                self.losses.append(
                    Loss(repeat.place, what, "an incident ends when the alert does", own)
                )
        return Chain(own, node.text("name", own), node.place, merged(steps))

    def step(self, rule: Node, chain: str, schedules: Mapping[str, str]) -> Step:
        after = timedelta(minutes=_delay(rule.child("delay")))
        for key, usual in (("condition", "if-not-acked"), ("notifyType", "default")):
            if rule.text(key, usual) != usual:
                what = f"{key} '{rule.text(key)}': here '{usual}'"
                self.losses.append(
                    Loss(rule.place, what, "ask by a role or a rotation of its own", chain)
                )
        asked: list[str] = []
        people: list[str] = []
        for to in self.recipients(rule):
            match to.text("type", "user"):
                case "user":
                    people.append(self.user(to))
                case "schedule":
                    asked.append(to.text("id", "") or schedules.get(to.text("name", ""), "?"))
                case "team" if members := self.teams.get(to.text("id", ""), ()):
                    people += members
                    what = "a team is asked: here all of its members, without its routing"
                    self.losses.append(Loss(to.place, what, "name a schedule of the team", chain))
                case sort:
                    what = f"a recipient of the sort '{sort}'"
                    self.losses.append(Loss(to.place, what, "name a schedule or users", chain))
        return Step(after, tuple(asked), tuple(people), rule.place)

    @staticmethod
    def recipients(rule: Node) -> Iterable[Node]:
        found = rule.child("recipient")
        return found.listed() if isinstance(found.value, list) else (found,)


def _person(node: Node) -> Person:
    others = tuple(
        (contact.text("contactMethod", "contact"), contact.text("to"))
        for contact in node.items("userContacts")
        if contact.text("contactMethod", "") in {"sms", "voice"} and contact.has("to")
    )
    name = node.text("username")
    zone = node.text("timeZone", "")
    return Person(
        node.text("id", name), node.text("fullName", name), node.place, name, zone, others
    )


def _is_of(node: Node, schedule: str) -> bool:
    """Return whether a record of its own says that it belongs to a schedule."""
    if node.has("_parent"):
        return node.child("_parent").text("id", "") == schedule
    return node.text("schedule_id", "") == schedule


def _delay(node: Node) -> int:
    """Return minutes of ``{"timeAmount": …, "timeUnit": …}``, or of a number of them."""
    if not isinstance(node.value, dict):
        return Node({"delay": node.value}, node.file, node.pointer).whole("delay", 0, most=100_000)
    unit = node.text("timeUnit", "minutes").lower()
    if unit not in _MINUTES:
        raise node.child("timeUnit").wrong(f"'{unit:.20}' is none of {', '.join(_MINUTES)}")
    return node.whole("timeAmount", 0, most=100_000) * _MINUTES[unit]


def _spans(node: Node) -> tuple[Span, ...]:
    if node.value is None:
        return ()
    sort = node.text("type", "")
    if sort == "time-of-day":
        each = node.child("restriction")
        times = each.listed() if isinstance(each.value, list) else (each,)
        return tuple(span for one in times for span in _every_day(one))
    if sort not in {"", "weekday-and-time-of-day"}:
        raise node.child("type").wrong(f"'{sort:.40}' is no sort of a restriction")
    found = []
    for each in node.items("restrictions"):
        day = _day(each.child("startDay"))
        start = _minute(each, "start")
        end = _day(each.child("endDay")) * _DAY + _minute(each, "end")
        found.append(Span(day, start, (end - day * _DAY - start) % _WEEK or _WEEK))
    return tuple(found)


def _every_day(node: Node) -> Iterator[Span]:
    start, end = _minute(node, "start"), _minute(node, "end")
    for day in range(7):
        yield Span(day, start, (end - start) % _DAY or _DAY)


def _minute(node: Node, edge: str) -> int:
    return node.whole(f"{edge}Hour", 0, most=23) * 60 + node.whole(f"{edge}Min", 0, most=59)


def _day(node: Node) -> int:
    name = node.as_text().lower()
    if name not in _DAYS:
        raise node.wrong(f"'{name:.20}' is no day of the week")
    return _DAYS.index(name)


# The names of Terraform's attributes, as the API has them.
_RENAMED = {
    "full_name": "fullName",
    "start_date": "startDate",
    "end_date": "endDate",
    "participant": "participants",
    "time_restriction": "timeRestriction",
    "start_hour": "startHour",
    "start_min": "startMin",
    "end_hour": "endHour",
    "end_min": "endMin",
    "start_day": "startDay",
    "end_day": "endDay",
    "notify_type": "notifyType",
    "wait_interval": "waitInterval",
    "close_alert_after_all": "closeAlertAfterAll",
    "member": "members",
}
# Blocks of which Terraform makes lists of one.
_SINGLE = frozenset({"timeRestriction", "repeat", "delay"})


def _as_api(sort: str, node: Node) -> Node:
    """Return a resource's attributes in the API's shape."""
    value = _renamed(node.value, 0)
    if isinstance(value, dict) and sort == "user":
        value["timeZone"] = value.get("timezone")
    if isinstance(value, dict) and sort == "team" and isinstance(value.get("members"), list):
        value["members"] = [{"user": member} for member in value["members"]]
    return Node(value, node.file, node.pointer)


def _renamed(value: Any, depth: int) -> Any:
    if isinstance(value, list) and depth < 8:  # noqa: PLR2004 – no block lies deeper
        return [_renamed(item, depth + 1) for item in value]
    if not isinstance(value, dict) or depth >= 8:  # noqa: PLR2004
        return value
    found = {_RENAMED.get(key, key): _renamed(item, depth + 1) for key, item in value.items()}
    for key in _SINGLE & set(found):
        if isinstance(found[key], list):
            found[key] = found[key][0] if found[key] else None
    return found


IMPORTER: Importer = Opsgenie()
