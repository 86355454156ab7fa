"""What people tell of a work, held against how it stands; what makes no sense is refused."""

from dataclasses import dataclass
from datetime import datetime

from sothat.maintenance.checks import Result
from sothat.maintenance.plan import Check, Plan, Side
from sothat.maintenance.records import Entry, Event, Outcome
from sothat.maintenance.routine import first_day
from sothat.maintenance.standing import ENDED, Standing, State
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Problem, unusable
from sothat.service_levels.zones import zone_named


class Refused(Exception):  # noqa: N818 – it is named for what it is
    """It cannot be recorded as things stand; commands print the problem and exit with 1."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a work was brought to its end.

    Attributes:
        outcome: How it ended.
        problems: Which there were, in words; empty: none.
        cost: In its currency; None: not known.
        currency: ISO 4217.
        incident: Number of an incident that it caused; 0: none.
    """

    outcome: Outcome
    problems: str = ""
    cost: float | None = None
    currency: str = ""
    incident: int = 0


def announce(found: Standing, who: str, now: datetime) -> Entry:
    """Return the entry that clients were told.

    Raises:
        Refused: It is over.
    """
    _require_open(found)
    return Entry(now, Event.ANNOUNCED, found.work.id, who)


def start(found: Standing, who: str, now: datetime, anyway: str = "") -> Entry:
    """Return the entry that a work begins.

    Args:
        found: How it stands.
        who: Who begins it.
        now: When.
        anyway: Why it begins although a check has not passed; empty: it does not.

    Raises:
        Refused: It is over or running, or a check before it has not passed.
    """
    _require_open(found)
    if found.state is State.RUNNING:
        raise _refusal("work-not-so-far", f"{found.work.id} is running already")
    _require_checks(found, Side.BEFORE, anyway)
    return Entry(now, Event.STARTED, found.work.id, who, text=anyway)


def finish(found: Standing, who: str, now: datetime, ending: Ending, anyway: str = "") -> Entry:
    """Return the entry that a work is over; see `start`.

    Raises:
        Refused: It is not running, or is said to be done while a check after it has not passed.
    """
    if found.state is not State.RUNNING:
        hint = f"first: sothat maintenance start {found.work.id}"
        raise _refusal("work-not-so-far", f"{found.work.id} is not running", hint)
    if ending.outcome is Outcome.DONE:
        _require_checks(found, Side.AFTER, anyway)
    return Entry(
        now,
        Event.FINISHED,
        found.work.id,
        who,
        text=" – ".join(filter(None, (ending.problems, anyway))),
        outcome=ending.outcome.value,
        incident=ending.incident,
        cost=ending.cost,
        currency=ending.currency,
        nature="preventive" if found.work.preventive else "reactive",
        overrun=found.overrun,
    )


def cancel(found: Standing, who: str, now: datetime, why: str) -> Entry:
    """Return the entry that a work does not take place.

    Raises:
        Refused: It is over.
    """
    _require_open(found)
    return Entry(now, Event.CANCELLED, found.work.id, who, text=why)


def note(found: Standing, who: str, now: datetime, text: str, incident: int = 0) -> Entry:
    """Return an entry in words, at any time; with the incident that the work has caused."""
    return Entry(now, Event.NOTED, found.work.id, who, text=text, incident=incident)


def checked(found: Standing, who: str, now: datetime, result: Result) -> Entry:
    """Return the entry of a check's result."""
    return Entry(
        now,
        Event.CHECKED,
        found.work.id,
        who,
        check=result.check.name,
        side=result.check.side.value,
        passed=result.passed,
        value=result.value,
    )


def tick(plan: Plan, routine: str, item: str, who: str, now: datetime) -> Entry:
    """Return the entry that a routine's item is done, for the current turn.

    Raises:
        Unusable: There is no such routine or item.
    """
    names = {one.name: one for one in plan.routines}
    chosen = names[pick(routine, tuple(names), "routine")]
    name = pick(item, chosen.items, f"item of {routine}")
    today = now.astimezone(zone_named(plan.time_zone)).date()
    day = first_day(chosen, today).isoformat()
    return Entry(now, Event.ROUTINE, chosen.name, who, check=name, day=day)


def pick(name: str, known: tuple[str, ...], what: str) -> str:
    """Return a name that is known, or its number's, counted from 1.

    Raises:
        Unusable: It is neither.
    """
    if name in known:
        return name
    if name.isdecimal() and 1 <= int(name) <= len(known):
        return known[int(name) - 1]
    hint = did_you_mean(name, known) or f"there are: {', '.join(known) or 'none'}"
    raise unusable("unknown-reference", f"there is no {what} '{name}'", hint=hint)


def _require_open(found: Standing) -> None:
    if found.state in ENDED:
        raise _refusal("work-not-so-far", f"{found.work.id} is over: {found.state.value}")


def _require_checks(found: Standing, side: Side, anyway: str) -> None:
    left: tuple[Check, ...] = found.open_checks(side)
    if left and not anyway:
        names = ", ".join(check.name for check in left)
        message = f"{found.work.id}: not passed {side.value} the work: {names}"
        hint = (
            f"run: sothat maintenance verify {found.work.id} {side.value}; "
            "or say why it goes on --anyway"
        )
        raise _refusal("check-not-passed", message, hint)


def _refusal(code: str, message: str, hint: str = "") -> Refused:
    return Refused(Problem(code, message, hint=hint))
