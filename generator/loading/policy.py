"""The policy document as the model has it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar

from sothat.generator.thresholds import parse_amount
from sothat.model.duration import parse_duration
from sothat.model.policy import (
    Calendar,
    Channel,
    Client,
    Contract,
    Credit,
    Hours,
    Level,
    Maintenance,
    Override,
    Policy,
    Priority,
    PriorityTerms,
    Rotation,
    Seat,
    Team,
    Term,
    Timing,
)

_T = TypeVar("_T")
_DAY = "day"
# How alerts of a priority are gathered and repeated where the policy does not say it. The wait is
# longer than a rule's evaluation, so that what mutes an alert has arrived before it is told.
_TIMINGS = MappingProxyType(
    {
        Priority.P1: Timing(20.0, 60.0, 3_600.0),
        Priority.P2: Timing(30.0, 300.0, 14_400.0),
        Priority.P3: Timing(60.0, 600.0, 43_200.0),
        Priority.P4: Timing(300.0, 1_800.0, 86_400.0),
    }
)
# Of a rotation without members: it only says who takes over, and whom it turns to.
_NO_SHIFT = Rotation("", "", "", starts="1970-01-01T00:00", shift=86_400.0, members=())
# What a priority promises, each with a clock of its own.
_CLOCKS = ("acknowledge", "update", "resolve")
# What every channel has; the rest belongs to its type.
_OF_CHANNEL = ("description", "type", "hours", "calendar")


def resolve_policy(data: Mapping[str, Any]) -> Policy:
    """Return the policy of a document whose shape is right."""
    return Policy(
        priorities=MappingProxyType({p: _terms(p, data["priorities"][p]) for p in Priority}),
        teams=_named(data, "teams", _team),
        grouping=tuple(data["grouping"]),
        hours=_named(data, "hours", _hours),
        contracts=_named(data, "contracts", _contract),
        calendars=_named(data, "calendars", _calendar),
        rotations=_named(data, "rotations", _rotation),
        channels=_named(data, "channels", _channel),
        maintenance=_named(data, "maintenance", _maintenance),
        clients=_named(data, "clients", _client),
        matrix=_named(data, "matrix", _impact),
        calendar=data.get("calendar", ""),
        escalation=_ladders(data),
        commands=tuple(data.get("commands", ())),
        owner=data.get("owner", ""),
    )


def _named(
    data: Mapping[str, Any], key: str, resolve: Callable[[str, Mapping[str, Any]], _T]
) -> Mapping[str, _T]:
    """Return the entries of a section, sorted by name; none where there is no such section."""
    found = {name: resolve(name, part) for name, part in sorted(data.get(key, {}).items())}
    return MappingProxyType(found)


def _terms(priority: Priority, data: Mapping[str, Any]) -> PriorityTerms:
    clocks = _clocks(data)
    return PriorityTerms(
        priority=priority,
        meaning=data["meaning"],
        severity=data["severity"],
        acknowledge=_around_the_clock(clocks["acknowledge"]),
        update=_around_the_clock(clocks["update"]) if "update" in clocks else None,
        resolve=_around_the_clock(clocks["resolve"]),
        timing=_timing(_TIMINGS[priority], data.get("timing", {})),
        clocks=clocks,
    )


def _clocks(data: Mapping[str, Any]) -> Mapping[str, Term]:
    """Return what a priority promises, on the clock of its hours."""
    hours = data.get("hours", "")
    found = {key: _term({"within": data[key], "hours": hours}) for key in _CLOCKS if key in data}
    return MappingProxyType(found)


def _around_the_clock(term: Term) -> float:
    """Return the seconds of a term for services that know no calendar."""
    return term.seconds or term.days * 86_400.0


def _timing(usual: Timing, data: Mapping[str, str]) -> Timing:
    return replace(usual, **{key: parse_duration(text) for key, text in data.items()})


def _team(name: str, data: Mapping[str, Any]) -> Team:
    return Team(
        name=name,
        description=data["description"],
        channels=MappingProxyType({p: tuple(data["channels"][p]) for p in Priority}),
        escalation=tuple(_called(item) for item in data["escalation"]),
        duties=tuple(data.get("duties", ())),
        seats=tuple(Seat(**item) for item in data["escalation"] if not isinstance(item, str)),
        ladders=tuple(data.get("ladders", ())),
    )


def _called(item: str | Mapping[str, str]) -> str:
    """Return who is called, in words."""
    if isinstance(item, str):
        return item
    return item.get("role") or f"Whoever is on call by the rotation '{item['rotation']}'"


def _ladders(data: Mapping[str, Any]) -> Mapping[str, tuple[Level, ...]]:
    """Return the levels of each ladder, in the order of the file."""
    hours = {p: data["priorities"][p].get("hours", "") for p in Priority}
    ladders = data.get("escalation", {})
    return MappingProxyType(
        {
            kind: tuple(_level(name, level, hours) for name, level in levels.items())
            for kind, levels in ladders.items()
        }
    )


def _level(name: str, data: Mapping[str, Any], hours: Mapping[Priority, str]) -> Level:
    """Return a level; a time without hours of its own counts in those of its priority."""
    terms = {p: data[p] for p in Priority if p in data}
    after = {
        p: _term({"within": term, "hours": hours[p]} if isinstance(term, str) else term)
        for p, term in terms.items()
    }
    return Level(name, MappingProxyType(after), tuple(data.get("roles", ())))


def _hours(_: str, data: Mapping[str, Any]) -> Hours:
    return Hours(tuple(data["days"]), data["start"], data["end"], data["holidays"] == "open")


def _contract(name: str, data: Mapping[str, Any]) -> Contract:
    return Contract(
        name=name,
        description=data["description"],
        hours=data["hours"],
        holidays_for=tuple(map(Priority, data.get("holidays_for", ()))),
        availability=parse_amount(data["availability"]).value,
        response=MappingProxyType({p: _term(data["response"][p]) for p in Priority}),
        resolution=MappingProxyType({p: _term(data["resolution"][p]) for p in Priority}),
        credits=tuple(map(_credit, data.get("credits", ()))),
    )


def _credit(data: Mapping[str, str]) -> Credit:
    return Credit(parse_amount(data["below"]).value, parse_amount(data["credit"]).value)


def _client(name: str, data: Mapping[str, str]) -> Client:
    return Client(name, data["contract"], data["calendar"])


def _impact(_: str, data: Mapping[str, str]) -> Mapping[str, Priority]:
    """Return the priorities of an impact by urgency, in the order of the file."""
    return MappingProxyType({urgency: Priority(name) for urgency, name in data.items()})


def _term(data: Mapping[str, str]) -> Term:
    """Return a promise of time: ``4h``, or ``2 days`` for whole working days."""
    within = data["within"]
    if _DAY in within:
        return Term(data["hours"], days=int(within.split()[0]))
    return Term(data["hours"], seconds=parse_duration(within))


def _calendar(name: str, data: Mapping[str, Any]) -> Calendar:
    return Calendar(
        name=name,
        country=data["country"],
        subdivision=data.get("subdivision", ""),
        time_zone=data["time_zone"],
        holidays=MappingProxyType(dict(data.get("holidays", {}))),
        years=_years(data.get("years", "")),
    )


def _years(text: str) -> tuple[int, ...]:
    """Return the years of ``2026-2030``."""
    first, _, last = text.partition("-")
    return tuple(range(int(first), int(last) + 1)) if text else ()


def _rotation(name: str, data: Mapping[str, Any]) -> Rotation:
    return Rotation(
        name=name,
        team=data.get("team", ""),
        calendar=data["calendar"],
        starts=data.get("starts", _NO_SHIFT.starts),
        shift=parse_duration(data["shift"]) if "shift" in data else _NO_SHIFT.shift,
        members=tuple(data.get("members", ())),
        hours=data.get("hours", ""),
        overrides=tuple(map(_override, data.get("overrides", ()))),
        ends=data.get("ends", ""),
        otherwise=data.get("otherwise", ""),
    )


def _override(data: Mapping[str, str]) -> Override:
    return Override(data["starts"], data["ends"], data["member"], data.get("reason", ""))


def _channel(name: str, data: Mapping[str, Any]) -> Channel:
    settings = {key: value for key, value in data.items() if key not in _OF_CHANNEL}
    return Channel(
        name=name,
        description=data["description"],
        type=data.get("type", ""),
        settings=MappingProxyType(settings),
        hours=data.get("hours", ""),
        calendar=data.get("calendar", ""),
    )


def _maintenance(name: str, data: Mapping[str, Any]) -> Maintenance:
    return Maintenance(
        name=name,
        every=data["every"],
        day=data["day"],
        start=data["start"],
        end=data["end"],
        calendar=data["calendar"],
        notice_days=data["notice_days"],
        mutes=tuple(map(_label_set, data.get("mutes", ()))),
    )


def _label_set(data: Mapping[str, str | list[str]]) -> Mapping[str, tuple[str, ...]]:
    """Return a set of labels, each with its admissible values, sorted."""
    values = {k: (v,) if isinstance(v, str) else tuple(sorted(set(v))) for k, v in data.items()}
    return MappingProxyType(dict(sorted(values.items())))
