"""From a plan file to a plan; every problem of the file at once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sothat.maintenance.plan import Check, Freeze, Plan, Routine, Side, Sort, Told, Work
from sothat.maintenance.schema import SCHEMA
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate
from sothat.service_levels.intervals import Interval
from sothat.service_levels.zones import reaching, zone_named

_COMPARISON = re.compile(r"(==|!=|<=|>=|<|>) *(.+)")
_YEARS = range(1971, 2200)
_Path = tuple[str | int, ...]


def load_plan(path: Path) -> Plan:
    """Read a plan file.

    Raises:
        Unusable: It cannot be read or used; all problems are named.
    """
    document = load_document(path)
    problems = validate(document, SCHEMA)
    if problems:
        raise Unusable(problems)
    zone = _zone(document)
    problems = [*_bad_times(document, zone), *_doubled(document)]
    if problems:
        raise Unusable(problems)
    return _plan(document.data, zone)


def _zone(document: Document) -> ZoneInfo:
    try:
        return zone_named(document.data["time_zone"])
    except Unusable as error:
        problem = error.problems[0]
        found = document.problem(problem.code, problem.message, ("time_zone",), hint=problem.hint)
        raise Unusable([found]) from None


def moment(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment of an ISO time; without an offset it is local.

    A local time that the wall clock shows twice is the first of them; one that it skips is the
    moment of the jump.

    Raises:
        ValueError: It is none, or beyond the years that are counted.
    """
    found = datetime.fromisoformat(text)
    if found.year not in _YEARS:
        raise ValueError(text)
    return found if found.tzinfo else reaching(zone, found)


def _bad_times(document: Document, zone: ZoneInfo) -> Iterator[Problem]:
    for path, node in _timed(document.data):
        bad = [key for key in ("starts", "ends") if not _is_time(node[key], zone)]
        for key in bad:
            message = f"'{node[key]}' is not a time"
            hint = "such as 2026-11-29T00:30, local, or with its offset: 2026-11-29T00:30+01:00"
            yield document.problem("bad-time", message, (*path, key), hint=hint)
        if not bad and moment(node["starts"], zone) >= moment(node["ends"], zone):
            message = "it ends before it starts"
            yield document.problem("bad-time", message, (*path, "ends"), hint="swap the two")
    for number, routine in enumerate(document.data.get("routines", ())):
        if not _is_day(routine["since"]):
            where = ("routines", number, "since")
            yield document.problem("impossible-date", f"there is no {routine['since']}", where)


def _timed(data: Mapping[str, Any]) -> Iterator[tuple[_Path, Mapping[str, Any]]]:
    for key in ("works", "freezes"):
        for number, node in enumerate(data.get(key, ())):
            yield (key, number), node


def _is_time(text: str, zone: ZoneInfo) -> bool:
    try:
        moment(text, zone)
    except (ValueError, Unusable):
        return False
    return True


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).year in _YEARS
    except ValueError:
        return False


def _doubled(document: Document) -> Iterator[Problem]:
    """Yield names that mean two things."""
    yield from _twice(document, ("works",), "id")
    yield from _twice(document, ("routines",), "name")
    for number, work in enumerate(document.data.get("works", ())):
        for side in work.get("checks", {}):
            yield from _twice(document, ("works", number, "checks", side), "name")


def _twice(document: Document, path: _Path, name: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, node in enumerate(_at(document.data, path)):
        if node[name] in seen:
            message = f"'{node[name]}' is there twice"
            yield document.problem("duplicate-name", message, (*path, number, name))
        seen.add(node[name])


def _at(node: Any, path: _Path) -> Sequence[Mapping[str, Any]]:
    """Return the list at a path; empty where it is not there."""
    for key in path:
        node = node.get(key, {}) if isinstance(key, str) else node[key]
    return node or ()


def _plan(data: Mapping[str, Any], zone: ZoneInfo) -> Plan:
    return Plan(
        time_zone=data["time_zone"],
        calendar=data["calendar"],
        works=tuple(_work(node, zone) for node in data.get("works", ())),
        freezes=tuple(
            Freeze(_interval(node, zone), node["reason"]) for node in data.get("freezes", ())
        ),
        routines=tuple(map(_routine, data.get("routines", ()))),
    )


def _interval(node: Mapping[str, Any], zone: ZoneInfo) -> Interval:
    return Interval(moment(node["starts"], zone), moment(node["ends"], zone))


def _work(node: Mapping[str, Any], zone: ZoneInfo) -> Work:
    tell = node["tell"]
    return Work(
        id=node["id"],
        title=node["title"],
        sort=Sort(node["sort"]),
        interval=_interval(node, zone),
        owner=node["owner"],
        told=Told(tell["what"], tell["impact"], tell.get("workaround", "")),
        window=node.get("window", ""),
        preventive=node.get("preventive", True),
        affects=tuple(_affected(one) for one in node.get("affects", ())),
        clients=tuple(node.get("clients", ())),
        checks=tuple(_checks(node.get("checks", {}))),
        internal=node.get("internal", ""),
    )


def _affected(node: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        name: (values,) if isinstance(values, str) else tuple(values)
        for name, values in node.items()
    }


def _checks(node: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Check]:
    for side, checks in node.items():
        for check in checks:
            yield _check(check, Side(side))


def _check(node: Mapping[str, Any], side: Side) -> Check:
    found = _COMPARISON.fullmatch(node.get("is", ""))
    if not found:
        return Check(node["name"], side, confirm=node["confirm"])
    return Check(node["name"], side, node["query"], found[1], float(found[2]))


def _routine(node: Mapping[str, Any]) -> Routine:
    since = date.fromisoformat(node["since"])
    return Routine(node["name"], node["every"], node["owner"], tuple(node["items"]), since)
