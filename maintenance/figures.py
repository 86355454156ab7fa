"""Figures of maintenance: how much was done, how, at what price, and what it broke."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sothat.maintenance.plan import Plan, Sort
from sothat.maintenance.records import Entry, Event, Outcome
from sothat.maintenance.routine import missed, turns
from sothat.maintenance.standing import Standing, State, standings
from sothat.service_levels.zones import zone_named

NATURES = ("preventive", "reactive")
# Days before a work at which its notice becomes urgent: the business days of its sort with their
# weekends, and three to write it.
_LEAD_DAYS = {Sort.STANDARD: 10, Sort.EXTENDED: 17, Sort.EMERGENCY: 17}
# Turns of a routine that its share of completion is of.
_RECENT = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    Attributes:
        name: Of the metric.
        value: Of now.
        labels: Its labels.
    """

    name: str
    value: float
    labels: dict[str, str]


def figures(plan: Plan, entries: Sequence[Entry], now: datetime) -> Iterator[Figure]:
    """Yield all figures of a plan and its records at a moment.

    Totals come from the records alone, which only grow: works may leave the plan.
    """
    found = standings(plan, entries, now)
    yield from _states(found)
    yield from _ended(entries)
    yield from _prices(entries)
    yield from _next(found, now)
    for one in found:
        if one.state is State.RUNNING:
            labels = {"work": one.work.id}
            yield Figure("maintenance_work_overrun_seconds", one.overrun, labels)
    yield from _routines(plan, entries, now)


def _states(found: Sequence[Standing]) -> Iterator[Figure]:
    counts = Counter(one.state for one in found)
    for state in State:
        yield Figure("maintenance_works", counts[state], {"state": state.value})


def _ended(entries: Sequence[Entry]) -> Iterator[Figure]:
    finished = [entry for entry in entries if entry.event is Event.FINISHED]
    counts = Counter((entry.nature, entry.outcome) for entry in finished)
    for nature in NATURES:
        for outcome in Outcome:
            labels = {"nature": nature, "outcome": outcome.value}
            yield Figure("maintenance_works_ended_total", counts[nature, outcome], labels)
    caused = {entry.incident for entry in entries if entry.incident}
    yield Figure("maintenance_incidents_caused_total", len(caused), {})
    overrun = sum(entry.overrun for entry in finished)
    yield Figure("maintenance_overrun_seconds_total", overrun, {})


def _prices(entries: Sequence[Entry]) -> Iterator[Figure]:
    sums: dict[str, float] = {}
    for entry in entries:
        if entry.cost is not None:
            sums[entry.currency] = sums.get(entry.currency, 0.0) + entry.cost
    for currency, amount in sorted(sums.items()):
        yield Figure("maintenance_cost_total", amount, {"currency": currency})


def _next(found: Sequence[Standing], now: datetime) -> Iterator[Figure]:
    ahead = [one.work.interval.start for one in found if one.state is State.PLANNED]
    starts = [start for start in ahead if start > now]
    if starts:
        seconds = min(starts).timestamp()
        yield Figure("maintenance_next_start_timestamp_seconds", seconds, {})
    silent = [one for one in found if _unannounced(one, now)]
    yield Figure("maintenance_works_unannounced", len(silent), {})


def _unannounced(one: Standing, now: datetime) -> bool:
    """Return whether it is high time to tell a work's clients."""
    lead = timedelta(days=_LEAD_DAYS[one.work.sort])
    concerned = one.state is State.PLANNED and bool(one.work.clients) and one.announced is None
    return concerned and now < one.work.interval.start <= now + lead


def _routines(plan: Plan, entries: Sequence[Entry], now: datetime) -> Iterator[Figure]:
    today = now.astimezone(zone_named(plan.time_zone)).date()
    for routine in plan.routines:
        found = turns(routine, entries, today)
        labels = {"routine": routine.name}
        ticked = sum(_is_of(entry, routine.name) for entry in entries)
        yield Figure("maintenance_routine_items_done_total", ticked, labels)
        yield Figure("maintenance_routine_items_left", len(found[-1].left) if found else 0, labels)
        over = [turn for turn in found if turn.end <= today][-_RECENT:]
        if over:
            late = len(list(missed(over, today)))
            yield Figure("maintenance_routine_turns_missed", late, labels)
            yield Figure("maintenance_routine_completion_ratio", 1 - late / len(over), labels)


def _is_of(entry: Entry, routine: str) -> bool:
    return entry.event is Event.ROUTINE and entry.subject == routine
