"""What time alone does to an incident: appointments, kept one after the other. Pure."""

from collections.abc import Callable, Iterator, Mapping

from sothat.incidents.deadlines import due_at
from sothat.incidents.draft import Draft
from sothat.incidents.escalation import due_steps, next_step_at
from sothat.incidents.incident import (
    SERVICE,
    Entry,
    Flaps,
    Incident,
    Mark,
    Reason,
    Rules,
    State,
)
from sothat.incidents.moves import breach, finish, give_back, let_go
from sothat.incidents.times import SECOND
from sothat.service_levels.contracts import PAUSABLE, Clock

Appointment = tuple[int, str]
# With their names, which an enumeration looks up each time it is asked.
_CLOCKS = tuple((clock, clock.value) for clock in Clock)
# Each is gone once it was done, so there are never as many; a mistake must not stop the writer.
_MOST = 100


def attention_at(incident: Incident, rules: Rules) -> int | None:
    """Return when time alone next does something to an incident, None for never."""
    return min((at for at, _ in appointments(incident, rules)), default=None)


def appointments(incident: Incident, rules: Rules) -> Iterator[Appointment]:
    """Yield what time alone will do, and when; each is gone once it was done."""
    if incident.over:
        yield from _after_the_end(incident, rules)
        return
    if incident.quiet_until is not None:
        yield incident.quiet_until, "quiet"
    elif incident.held_until is not None:
        # While it is quiet it may be over soon, as its cause is: then nobody need be woken.
        yield incident.held_until, "held"
    for clock, name in _CLOCKS:
        due = _owed(incident, clock, name)
        if due is not None:
            yield due, name
    lapse = rules.lapse.get(incident.priority)
    if lapse is not None and incident.state is State.ACKNOWLEDGED and not incident.waiting:
        yield _renewed(incident) + lapse, "lapse"
    if incident.flaps.since is not None and incident.quiet_until is None:
        yield incident.flaps.changes[-1] + rules.flap.window, "steady"
    if incident.state is State.OPEN and not incident.holds:
        step = next_step_at(incident, rules)
        if step is not None:
            yield step, "escalate"


def _after_the_end(incident: Incident, rules: Rules) -> Iterator[Appointment]:
    if rules.close is not None and incident.state is not State.CLOSED:
        yield (incident.resolved_at or 0) + rules.close, "close"


def _owed(incident: Incident, clock: Clock, name: str) -> int | None:
    """Return when a clock is due that runs and has not been missed yet.

    While no alert fires, it may turn out that the outcome is there: the hold-down tells.
    """
    due = due_at(incident, clock)
    if due is None or name in incident.clocks.breached:
        return None
    if clock in PAUSABLE and incident.quiet_until is not None:
        return None
    # A deadline is kept up to and including its moment.
    return due + 1


def _renewed(incident: Incident) -> int:
    """Return when whoever has the incident last showed so."""
    ends = [pause.end for pause in incident.clocks.pauses if pause.end is not None]
    return max(incident.acknowledged_at or 0, incident.clocks.updated_at, *ends)


def tick(draft: Draft) -> None:
    """Do all that is due, in the order in which it was."""
    for _ in range(_MOST):
        due = [a for a in appointments(draft.incident, draft.rules) if a[0] <= draft.now]
        if not due:
            return
        at, what = min(due)
        _DO[what](draft, at)


def let_quiet(draft: Draft) -> None:
    """Resolve the incident if the hold-down is over already."""
    until = draft.incident.quiet_until
    if until is not None and until <= draft.now:
        _quiet(draft, until)


def _quiet(draft: Draft, _at: int) -> None:
    incident = draft.incident
    since = incident.quiet_since
    since = draft.now if since is None else since
    held = (draft.now - since) // SECOND
    text = "no alert has fired" + (f" for {held} s" if held else "")
    finish(draft, SERVICE, text, since)


def _held(draft: Draft, _at: int) -> None:
    draft.note(Entry.HELD, SERVICE, "it has not ended with its cause: it is paged now")
    let_go(draft)


def _overdue(clock: Clock) -> Callable[[Draft, int], None]:
    def miss(draft: Draft, at: int) -> None:
        breach(draft, clock, at - 1)
        # An update is owed by whoever has the incident, who knows.
        if clock is not Clock.UPDATE:
            draft.tell(Reason.OVERDUE, clock.value)

    return miss


def _lapse(draft: Draft, _at: int) -> None:
    by = draft.incident.acknowledged_by
    text = f"the acknowledgement by {by} has lapsed without an update"
    give_back(draft)
    draft.note(Entry.LAPSED, SERVICE, text)
    draft.tell(Reason.LAPSED, str(draft.now))


def _steady(draft: Draft, _at: int) -> None:
    draft.change(flaps=Flaps())
    text = f"flaps no longer: steady for {draft.rules.flap.window // SECOND} s"
    draft.note(Entry.FLAPPING, SERVICE, text)


def _escalate(draft: Draft, _at: int) -> None:
    climb = due_steps(draft.incident, draft.now, draft.rules)
    draft.notes += climb.notes
    draft.pages += climb.pages
    draft.change(escalation=climb.escalation, told=draft.incident.told or bool(climb.pages))


def _close(draft: Draft, _at: int) -> None:
    draft.change(state=State.CLOSED, closed=Mark(draft.now, SERVICE))
    draft.note(Entry.CLOSED, SERVICE, "closed: nothing has happened to it since it was resolved")


_DO: Mapping[str, Callable[[Draft, int], None]] = {
    "quiet": _quiet,
    "held": _held,
    "lapse": _lapse,
    "steady": _steady,
    "escalate": _escalate,
    "close": _close,
    **{clock.value: _overdue(clock) for clock in Clock},
}
