"""PagerDuty: users, schedules with layers, escalation policies; see docs/moving/pagerduty.md.

Of layers that meet the one with the higher number counts. The REST API lists the highest first,
Terraform's state the lowest.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

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
from sothat.incidents.moving.rotating import begun

_WEEK = 7 * 86_400
_YEAR = 366 * 86_400
_RESTRICTIONS = ("daily_restriction", "weekly_restriction")


def _sort(value: Mapping[str, Any]) -> str:
    """Return what a record of the REST API is."""
    if "schedule_layers" in value:
        return "schedule"
    if "escalation_rules" in value:
        return "chain"
    if "email" in value and "id" in value:
        return "user"
    if "time_zone" in value:
        return "newer schedule" if "rotations" in value else "mere schedule"
    return ""


_SHAPES = Shapes(
    sort=_sort,
    lists={
        **dict.fromkeys(("schedules", "schedule", "users", "user", "escalation_policies"), ""),
        "escalation_policy": "",
    },
    terraform={
        "pagerduty_schedule": "state schedule",
        "pagerduty_escalation_policy": "state chain",
        "pagerduty_user": "user",
        "pagerduty_user_contact_method": "contact",
        "pagerduty_schedulev2": "newer schedule",
    },
)


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """Reads answers of the REST API v2 and Terraform's state."""

    title: str = "PagerDuty"
    hint: str = "answers of GET /users, /schedules/{id} and /escalation_policies; Terraform's state"

    def read(self, exports: Sequence[Node], now: datetime) -> Move:
        """Return what exports say; see `Importer`."""
        records = gather(exports, _SHAPES)
        losses: list[Loss] = []
        people = {p.id: p for node in records.get("user", ()) for p in (_person(node),)}
        schedules = [_schedule(node, now, losses) for node in records.get("schedule", ())]
        schedules += [_of_state(node, now, losses) for node in records.get("state schedule", ())]
        chains = [_chain(node, losses) for node in records.get("chain", ())]
        chains += [_state_chain(node, losses) for node in records.get("state chain", ())]
        for node in records.get("newer schedule", ()):
            what = f"a schedule of the newer kind: '{node.text('name', '?')}'"
            losses.append(Loss(node.place, what, "import its calendar: sothat import ical"))
        for node in records.get("mere schedule", ()):
            what = f"the schedule '{node.text('name', '?')}': a list of schedules has no layers"
            losses.append(Loss(node.place, what, "GET /schedules/{id}", node.text("id", "")))
        contacts = {"": (*records.get("", ()), *records.get("contact", ()))}
        losses += strange({**records, **contacts})
        return Move(MappingProxyType(people), tuple(schedules), tuple(chains), tuple(losses))


def _person(node: Node) -> Person:
    others = tuple(
        (method.text("type", "contact").removesuffix("_contact_method"), method.text("address"))
        for method in node.items("contact_methods")
        if method.has("address") and "email" not in method.text("type", "")
    )
    zone = node.text("time_zone", "")
    return Person(
        id=node.text("id"),
        name=node.text("name", ""),
        place=node.place,
        email=node.text("email", ""),
        zone=zone,
        others=others,
    )


def _schedule(node: Node, now: datetime, losses: list[Loss]) -> Schedule:
    """Return a schedule of the API: the highest layer first, overrides inside."""
    layers = node.items("schedule_layers")
    covers = [*node.items("overrides")]
    if not covers and node.has("overrides_subschedule"):
        covers = [*node.child("overrides_subschedule").items("rendered_schedule_entries")]
    turns = [_cover(cover) for cover in covers]
    return _made(node, layers, turns, "restrictions", now, losses)


def _of_state(node: Node, now: datetime, losses: list[Loss]) -> Schedule:
    """Return a schedule of Terraform's state: the lowest layer first, no overrides."""
    what = "overrides of the schedule: Terraform's state has none"
    losses.append(Loss(node.place, what, "GET /schedules/{id}/overrides", node.text("id")))
    return _made(node, node.items("layer")[::-1], [], "restriction", now, losses)


def _made(
    node: Node,
    layers: Sequence[Node],
    covers: Sequence[Turn],
    restrictions: str,
    now: datetime,
    losses: list[Loss],
) -> Schedule:
    schedule, zone = node.text("id"), node.zone("time_zone")
    found = [_layer(each, zone, restrictions, now) for each in layers]
    for layer in found:
        if layer.shift % timedelta(days=1) and layer.groups[1:]:
            what = f"'{layer.name}' is handed over within days: by the wall clock here"
            instead = "compare the nights of a clock change; what is done there is not documented"
            losses.append(Loss(layer.place, what, instead, schedule, kept=True))
    return Schedule(
        schedule, node.text("name", schedule), node.place, zone, (tuple(found),), tuple(covers)
    )


def _layer(node: Node, zone: str, restrictions: str, now: datetime) -> Layer:
    layer = Layer(
        name=node.text("name", "a layer"),
        place=node.place,
        zone=zone,
        starts=node.local("rotation_virtual_start", zone),
        shift=timedelta(seconds=node.whole("rotation_turn_length_seconds", most=_YEAR)),
        groups=tuple((user,) for user in _users(node)),
        spans=tuple(span for each in node.items(restrictions) for span in _spans(each)),
        ends=node.local("end", zone) if node.has("end") else None,
    )
    return begun(layer, node.local("start", zone), now) if node.has("start") else layer


def _users(node: Node) -> Iterator[str]:
    """Yield the ids of a layer's users: ``{"user": {"id": …}}``, ``{"id": …}`` or the id alone."""
    for item in node.items("users"):
        wrapped = item.child("user") if isinstance(item.value, dict) and item.has("user") else item
        yield wrapped.text("id") if isinstance(wrapped.value, dict) else wrapped.as_text()


def _spans(node: Node) -> Iterator[Span]:
    minutes = node.whole("duration_seconds", most=_WEEK) // 60
    if not minutes:
        raise node.child("duration_seconds").wrong("expected a minute at least")
    start = node.child("start_time_of_day").clock()
    sort = node.text("type")
    if sort not in _RESTRICTIONS:
        raise node.child("type").wrong(f"'{sort:.40}' is none of {', '.join(_RESTRICTIONS)}")
    if sort == "weekly_restriction":
        day = node.child("start_day_of_week")
        if node.whole("start_day_of_week") not in range(1, 8):
            raise day.wrong("expected a day from 1 (Monday) to 7 (Sunday)")
        yield Span(node.whole("start_day_of_week") - 1, start, minutes)
        return
    for number in range(7):
        yield Span(number, start, minutes)


def _cover(node: Node) -> Turn:
    return Turn(*node.period("start", "end"), (node.child("user").text("id"),))


def _chain(node: Node, losses: list[Loss]) -> Chain:
    rules = node.items("escalation_rules")
    return _climbed(node, rules, "targets", losses)


def _state_chain(node: Node, losses: list[Loss]) -> Chain:
    return _climbed(node, node.items("rule"), "target", losses)


def _climbed(node: Node, rules: Sequence[Node], targets: str, losses: list[Loss]) -> Chain:
    chain, after, steps = node.text("id"), timedelta(), []
    for rule in rules:
        steps.append(_step(rule, targets, after, chain, losses))
        after += timedelta(minutes=rule.whole("escalation_delay_in_minutes", most=100_000))
    times = node.whole("num_loops", 0, most=100)
    every = after or timedelta(minutes=1)
    rounds = merged(repeated(steps, every, times))
    return Chain(chain, node.text("name", chain), node.place, rounds)


def _step(rule: Node, targets: str, after: timedelta, chain: str, losses: list[Loss]) -> Step:
    found: dict[str, list[str]] = {"schedule": [], "user": []}
    for target in rule.items(targets):
        sort = target.text("type", "user").removesuffix("_reference")
        if sort in found:
            found[sort].append(target.text("id"))
        else:
            losses.append(Loss(target.place, f"a target of the sort '{sort}'", "ask people", chain))
    if _in_turn(rule):
        what = "round robin: here all of a step are asked"
        losses.append(Loss(rule.place, what, "make a rotation of them", chain))
    return Step(after, tuple(found["schedule"]), tuple(found["user"]), rule.place)


def _in_turn(rule: Node) -> bool:
    """Return whether a rule asks one of its targets in turn; Terraform has a list of one."""
    strategy = rule.child("escalation_rule_assignment_strategy")
    if isinstance(strategy.value, list):
        return any(each.text("type", "") == "round_robin" for each in strategy.listed())
    return strategy.value is not None and strategy.text("type", "") == "round_robin"


IMPORTER: Importer = PagerDuty()
