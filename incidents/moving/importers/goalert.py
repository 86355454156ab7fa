"""GoAlert: users, rotations, schedules, overrides, escalation policies; see docs/moving/goalert.md.

All targets of a schedule whose rules hold are on call at once. Rotations hand over by the wall
clock of their own zone, rules lie in that of the schedule; a temporary schedule takes the place of
both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sothat.incidents.moving.neutral import (
    Chain,
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
from sothat.incidents.moving.rotating import AHEAD, busy, duties_of, later
from sothat.incidents.moving.stacking import stacked
from sothat.service_levels.intervals import Interval, common, without
from sothat.service_levels.zones import reaching

_HOURS = {"hourly": 1, "daily": 24, "weekly": 168}
_DAY = 1440
# A policy that repeats for ever is written out so often.
_FOR_EVER = 5


def _sort(value: Mapping[str, Any]) -> str:
    """Return what an object of the GraphQL API is."""
    if "userIDs" in value and "shiftLength" in value:
        return "rotation"
    if "steps" in value:
        return "chain"
    if "addUserID" in value or "removeUserID" in value:
        return "override"
    if "email" in value and "id" in value:
        return "user"
    return "schedule" if "timeZone" in value and "targets" in value else ""


_SHAPES = Shapes(
    sort=_sort,
    lists=dict.fromkeys(
        (
            *("data", "nodes", "users", "rotations", "schedules", "userOverrides"),
            *("escalationPolicies", "rotation", "schedule", "escalationPolicy", "user"),
        ),
        "",
    ),
    terraform={},
)


@dataclass(frozen=True, slots=True)
class GoAlert:
    """Reads answers of the GraphQL API."""

    title: str = "GoAlert"
    hint: str = "answers of POST /api/graphql to the query in docs/moving/goalert.md"

    def read(self, exports: Sequence[Node], now: datetime) -> Move:
        """Return what exports say; see `Importer`."""
        return _Reading(gather(exports, _SHAPES), now).move()


@dataclass(slots=True)
class _Reading:
    """One reading of all records."""

    records: Mapping[str, Sequence[Node]]
    now: datetime
    losses: list[Loss] = field(default_factory=list)
    rotations: dict[str, Node] = field(init=False)

    def __post_init__(self) -> None:
        self.rotations = {node.text("id"): node for node in self.of("rotation")}

    def of(self, sort: str) -> Sequence[Node]:
        return self.records.get(sort, ())

    def lose(self, node: Node, what: str, instead: str, about: str = "") -> None:
        self.losses.append(Loss(node.place, what, instead, about))

    def move(self) -> Move:
        people = {p.id: p for node in self.of("user") for p in (_person(node),)}
        schedules = [self.schedule(node) for node in self.of("schedule")]
        alone = self.alone()
        chains = tuple(self.chain(node) for node in self.of("chain"))
        known = {schedule.id for schedule in schedules}
        for node in self.of("override"):
            if node.child("target").text("id", "") not in known:
                self.lose(
                    node, "an override, whose schedule is not in the export", "export it, too"
                )
        self.losses += strange(self.records)
        made = (*schedules, *alone)
        return Move(MappingProxyType(people), made, chains, tuple(self.losses))

    def alone(self) -> list[Schedule]:
        """Return rotations that a chain asks without a schedule."""
        targets = [
            t for c in self.of("chain") for s in c.items("steps") for t in s.items("targets")
        ]
        asked = {t.text("id") for t in targets if t.text("type") == "rotation"}
        return [
            Schedule(one, node.text("name"), node.place, node.zone("timeZone"), ((layer,),))
            for one, node in self.rotations.items()
            if one in asked
            for layer in (self.rotation(node),)
        ]

    # Schedules

    def schedule(self, node: Node) -> Schedule:
        own, zone = node.text("id"), node.zone("timeZone")
        found = (self.layer(target, zone, own) for target in node.items("targets"))
        layers = [layer for layer in found if layer]
        layers, added = self.replaced(node, layers, own)
        tracks, _ = stacked([[*layers, *added]], self.now)
        covers = self.temporary(node, own)
        return Schedule(own, node.text("name"), node.place, zone, tracks, covers)

    def layer(self, target: Node, zone: str, schedule: str) -> Layer | None:
        spans, always = [], False
        for rule in target.items("rules"):
            found, all_of_it = _rule(rule)
            spans += found
            always = always or all_of_it
        if not spans and not always:
            return None
        what = target.child("target")
        if what.text("type") == "user":
            name = what.text("name", what.text("id"))
            alone = ((what.text("id"),),)
            return Layer(
                name, target.place, zone, groups=alone, spans=() if always else tuple(spans)
            )
        rotation = self.rotations.get(what.text("id"))
        if rotation is None:
            self.lose(
                what,
                f"the rotation '{what.text('id')}' is not in the export",
                "export it",
                schedule,
            )
            return None
        layer = self.rotation(rotation)
        return layer if always else self.ruled(layer, tuple(spans), zone, schedule)

    def ruled(self, layer: Layer, spans: tuple[Span, ...], zone: str, schedule: str) -> Layer:
        """Return a rotation within rules, which lie in the zone of the schedule."""
        if layer.groups and zone == layer.zone:
            return replace(layer, spans=spans)
        rules = busy(Layer("rules", "", zone, groups=(("x",),), spans=spans), self.ahead)
        own = (*duties_of(layer, self.ahead), *layer.turns)
        turns = tuple(
            Turn(part.start, part.end, turn.group)
            for turn in own
            for part in common((Interval(turn.starts, turn.ends),), rules)
        )
        if layer.groups:
            what = (
                f"'{layer.name}' hands over in {layer.zone}, its rules lie in {zone}: written out "
            )
            what += f"until {self.ahead.end:%Y-%m-%d}"
            self.losses.append(Loss(layer.place, what, "give both one zone before then", schedule))
        return replace(layer, groups=(), turns=turns)

    @property
    def ahead(self) -> Interval:
        return Interval(self.now, self.now + AHEAD)

    def rotation(self, node: Node) -> Layer:
        """Return a rotation as a layer; who has the turn is told by the index of who is active."""
        zone, sort = node.zone("timeZone"), node.text("type")
        users = tuple((user.as_text(),) for user in node.items("userIDs"))
        layer = Layer(node.text("name"), node.place, zone, node.local("start", zone))
        length = max(1, node.whole("shiftLength", 1, most=9_000))
        if sort == "monthly":
            return self.monthly(node, layer, users, length)
        if sort not in _HOURS:
            raise node.child("type").wrong(f"'{sort:.20}' is no sort of a rotation")
        shift = timedelta(hours=_HOURS[sort] * length)
        at = self.handed_over(node, zone, layer.starts, shift)
        active = max(0, _index(node))
        turned = tuple(users[(active + n) % len(users)] for n in range(len(users))) if users else ()
        return replace(layer, starts=at, shift=shift, groups=turned)

    def handed_over(self, node: Node, zone: str, starts: datetime, shift: timedelta) -> datetime:
        """Return when the turn that is under way began, by the next hand-over or by the clock."""
        following = node.items("nextHandoffTimes")
        if following:
            first = Node({"at": following[0].value}, node.file, following[0].pointer)
            return first.local("at", zone) - shift
        local = self.now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        return starts + (local - starts) // shift * shift

    def monthly(
        self, node: Node, layer: Layer, users: tuple[tuple[str, ...], ...], length: int
    ) -> Layer:
        """Return a rotation by months, which ours do not have: its turns are written out."""
        zone = ZoneInfo(layer.zone)
        local = self.now.astimezone(zone).replace(tzinfo=None)
        number = 0
        while later(layer.starts, length * (number + 1)) <= local:
            number += 1
        active, turns = max(0, _index(node)), []
        for offset in range(8):
            edges = (later(layer.starts, length * (number + offset + n)) for n in range(2))
            starts, ends = (reaching(zone, edge) for edge in edges)
            if users and starts < self.ahead.end:
                turns.append(Turn(starts, ends, users[(active + offset) % len(users)]))
        until = turns[-1].ends if turns else self.now
        what = f"'{layer.name}' is handed over by months: written out until {until:%Y-%m-%d}"
        self.lose(node, what, "make it weeks, or write it out again before then")
        return replace(layer, turns=tuple(turns))

    # Overrides

    def replaced(
        self, node: Node, layers: list[Layer], own: str
    ) -> tuple[list[Layer], list[Layer]]:
        """Return layers with the overrides of users in them, and layers of those who are added."""
        overrides = [o for o in self.of("override") if o.child("target").text("id", "") == own]
        added = []
        for each in sorted(overrides, key=lambda o: o.moment("start")):
            starts, ends = each.period("start", "end")
            if ends <= self.now or starts == ends:
                continue
            gone, come = each.text("removeUserID", ""), each.text("addUserID", "")
            if not gone:
                turn = Turn(starts, ends, (come,))
                added.append(Layer("added", each.place, node.zone("timeZone"), turns=(turn,)))
            elif not come:
                self.lose(each, "somebody is taken off: here they stay", "add who is there", own)
            else:
                span = Interval(starts, ends)
                layers = [_in_place_of(layer, gone, come, span) for layer in layers]
        return layers, added

    def temporary(self, node: Node, own: str) -> tuple[Turn, ...]:
        """Return the shifts of temporary schedules: they take the place of everything."""
        found: list[Turn] = []
        for each in node.items("temporarySchedules"):
            starts, ends = each.period("start", "end")
            if ends <= self.now:
                continue
            turns = [
                Turn(*s.period("start", "end"), (s.text("userID"),)) for s in each.items("shifts")
            ]
            taken = [Interval(t.starts, t.ends) for t in turns if t.starts < t.ends]
            if starts < ends and without((Interval(starts, ends),), taken):
                what = "a temporary schedule with gaps: here the usual people are on call in them"
                self.lose(each, what, "fill the gaps", own)
            found += together(turns)
        return tuple(found)

    # Escalation policies

    def chain(self, node: Node) -> Chain:
        own, after, steps = node.text("id"), timedelta(), []
        for step in node.items("steps"):
            steps.append(self.step(step, after, own))
            after += timedelta(minutes=max(1, step.whole("delayMinutes", 1, most=100_000)))
        repeat = node.child("repeat").value
        for_ever = isinstance(repeat, int) and repeat < 0
        if for_ever:
            what = f"repeats until somebody answers: here {_FOR_EVER} times"
            self.lose(node, what, "name a last resort in incidents.yaml", own)
        times = _FOR_EVER if for_ever else node.whole("repeat", 0, most=100)
        every = after or timedelta(minutes=1)
        return Chain(own, node.text("name"), node.place, merged(repeated(steps, every, times)))

    def step(self, node: Node, after: timedelta, chain: str) -> Step:
        asked: dict[str, list[str]] = {"schedule": [], "rotation": [], "user": []}
        for target in node.items("targets"):
            sort = target.text("type")
            if sort in asked:
                asked[sort].append(target.text("id"))
            else:
                self.lose(
                    target, f"a target of the sort '{sort}'", "name a channel of the team", chain
                )
        known = (*asked["schedule"], *asked["rotation"])
        return Step(after, known, tuple(asked["user"]), node.place)


def _person(node: Node) -> Person:
    others = tuple(
        (method.text("type").lower(), method.text("value"))
        for method in node.items("contactMethods")
        if method.text("type", "").lower() in {"sms", "voice"} and method.has("value")
    )
    return Person(
        node.text("id"), node.text("name", ""), node.place, node.text("email", ""), "", others
    )


def _index(node: Node) -> int:
    """Return the index of who is active; GoAlert says -1 of a rotation without users."""
    value = node.child("activeUserIndex").value
    return -1 if value == -1 else node.whole("activeUserIndex", 0)


def _rule(node: Node) -> tuple[list[Span], bool]:
    """Return the times of a rule, and whether it always holds; the filter begins on Sunday."""
    start, end = node.child("start").clock(), node.child("end").clock()
    on = [bool(day.value) for day in node.items("weekdayFilter")]
    if len(on) != 7:  # noqa: PLR2004 – days of a week
        raise node.child("weekdayFilter").wrong("expected seven days")
    if all(on) and start == end:
        return [], True
    minutes = (end - start) % _DAY or _DAY
    return [Span((number - 1) % 7, start, minutes) for number, held in enumerate(on) if held], False


def _in_place_of(layer: Layer, gone: str, come: str, span: Interval) -> Layer:
    """Return a layer in which somebody stands in for somebody else, whenever that one has it."""
    own = [*layer.turns, *(duties_of(layer, span) if layer.groups else ())]
    found = tuple(
        Turn(part.start, part.end, tuple(come if one == gone else one for one in turn.group))
        for turn in own
        if gone in turn.group
        for part in common((Interval(turn.starts, turn.ends),), (span,))
    )
    return replace(layer, turns=(*layer.turns, *found))


def together(turns: Sequence[Turn]) -> Iterator[Turn]:
    """Yield turns that do not overlap: who is there at once is one group."""
    edges = sorted({edge for turn in turns for edge in (turn.starts, turn.ends)})
    for starts, ends in pairwise(edges):
        there = [turn for turn in turns if turn.starts <= starts and ends <= turn.ends]
        group = tuple(dict.fromkeys(one for turn in there for one in turn.group))
        if group:
            yield Turn(starts, ends, group)


IMPORTER: Importer = GoAlert()
