"""What the maintenance commands share: the plan, its records, and how works stand."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sothat.maintenance.conflicts import Finding, findings, unknown_names
from sothat.maintenance.desk import pick
from sothat.maintenance.plan import Plan
from sothat.maintenance.reading import load_plan
from sothat.maintenance.records import Entry, Records
from sothat.maintenance.routine import missed, turns
from sothat.maintenance.standing import Standing, standings
from sothat.model.policy import Policy
from sothat.model.problem import Problem
from sothat.service_levels.zones import zone_named


@dataclass(frozen=True, slots=True)
class Desk:
    """A plan file and its records.

    Attributes:
        plan: What is planned.
        records: What was done.
        now: The moment of the command.
    """

    plan: Plan
    records: Records
    now: datetime

    def standings(self) -> tuple[Standing, ...]:
        """Return how all works stand."""
        return standings(self.plan, self.records.all(), self.now)

    def standing(self, work: str) -> Standing:
        """Return how a work stands.

        Raises:
            Unusable: There is no such work, or the records cannot be read.
        """
        found = {one.work.id: one for one in self.standings()}
        if work not in found:
            pick(work, tuple(found), "work")
        return found[work]


def desk_of(plan: Path, records: Path | None) -> Desk:
    """Return the desk of a plan file; its records are beside it unless they are named.

    Raises:
        Unusable: The plan cannot be used.
    """
    file = records or plan.with_suffix(".records.jsonl")
    return Desk(load_plan(plan), Records(file), datetime.now(UTC).replace(microsecond=0))


def problems_of(desk: Desk, policy: Policy, file: Path) -> tuple[Problem, ...]:
    """Return what is wrong with a plan, as problems of its file."""
    found: Iterable[Finding] = tuple(unknown_names(desk.plan, policy))
    found = found or findings(desk.plan, desk.standings(), policy, desk.now)
    return tuple(Problem(one.code, f"{file}: {one.message}", hint=one.hint) for one in found)


def table(found: Iterable[Standing]) -> Iterator[str]:
    """Yield a line for each work."""
    for one in found:
        start, end = one.work.interval.start, one.work.interval.end
        told = "announced" if one.announced else "not announced"
        late = f", {one.overrun / 60:.0f} min over" if one.overrun else ""
        yield (
            f"{one.work.id:20}  {start:%Y-%m-%d %H:%M} to {end:%m-%d %H:%M} UTC  "
            f"{one.state.value + late:12}  {told:13}  {one.work.title}"
        )


def as_data(found: Iterable[Standing]) -> Mapping[str, Any]:
    """Return how works stand as data for JSON."""
    return {"works": [_plain(one) for one in found]}


def _plain(one: Standing) -> dict[str, Any]:
    return {
        "id": one.work.id,
        "title": one.work.title,
        "sort": one.work.sort.value,
        "owner": one.work.owner,
        "starts": one.work.interval.start.isoformat(),
        "ends": one.work.interval.end.isoformat(),
        "state": one.state.value,
        "announced": one.announced.isoformat() if one.announced else None,
        "started": one.started.isoformat() if one.started else None,
        "ended": one.ended.isoformat() if one.ended else None,
        "overrun_seconds": one.overrun,
        "incidents": list(one.incidents),
        "cost": dict(one.cost),
    }


def searched(entries: Iterable[Entry], text: str, since: datetime | None) -> Iterator[Entry]:
    """Yield the entries from a moment on that have all words of a text, in whatever field."""
    words = text.casefold().split()
    for entry in entries:
        if since is not None and entry.at < since:
            continue
        whole = " ".join(str(value) for value in asdict(entry).values()).casefold()
        if all(word in whole for word in words):
            yield entry


def entry_line(entry: Entry) -> str:
    """Return an entry for people."""
    parts = [f"{entry.at:%Y-%m-%d %H:%M} UTC", f"{entry.subject:20}", f"{entry.event.value:9}"]
    parts += [entry.outcome, entry.check, _passed(entry), entry.value, entry.text]
    parts.append(f"incident {entry.incident}" if entry.incident else "")
    parts.append(f"{entry.cost:g} {entry.currency}".strip() if entry.cost is not None else "")
    parts.append(f"by {entry.who}")
    return "  ".join(filter(None, parts))


def _passed(entry: Entry) -> str:
    return {True: "passed", False: "NOT passed", None: ""}[entry.passed]


def entry_json(entry: Entry) -> Mapping[str, Any]:
    """Return an entry as data for JSON."""
    data = {key: value for key, value in asdict(entry).items() if value not in ("", None)}
    return {**data, "at": entry.at.isoformat(), "event": entry.event.value}


def say(lines: Iterable[str]) -> None:
    """Print lines."""
    for line in lines:
        click.echo(line)


def due(desk: Desk) -> Iterator[Mapping[str, Any]]:
    """Yield what is due of each routine now, as data for JSON."""
    today = desk.now.astimezone(zone_named(desk.plan.time_zone)).date()
    entries = desk.records.all()
    for routine in desk.plan.routines:
        found = turns(routine, entries, today)
        left = found[-1].left if found else routine.items
        yield {
            "routine": routine.name,
            "owner": routine.owner,
            "every": str(routine.every),
            "missed": len(list(missed(found, today))),
            "items": [{"item": item, "done": item not in left} for item in routine.items],
        }


def due_lines(found: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what is due of routines for people, with numbers to tick off by."""
    for one in found:
        behind = f"; {one['missed']} turns were not finished" if one["missed"] else ""
        yield f"{one['routine']} ({one['owner']}, every {one['every']}{behind})"
        for number, item in enumerate(one["items"], start=1):
            yield f"  {number}. [{'x' if item['done'] else ' '}] {item['item']}"
