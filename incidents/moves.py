"""What several transitions have in common: priority, pauses, the end and what follows it. Pure."""

from sothat.incidents.deadlines import counted, due_at, restarted
from sothat.incidents.draft import Draft
from sothat.incidents.escalation import beginning, resumed, started, stopped
from sothat.incidents.incident import (
    SERVICE,
    Change,
    Entry,
    Escalation,
    Flaps,
    Mark,
    Pause,
    Reason,
    State,
)
from sothat.incidents.times import format_time
from sothat.model.policy import Priority
from sothat.service_levels.contracts import Clock


def prioritise(draft: Draft, priority: Priority, actor: str, text: str) -> None:
    """Give the incident another priority: its deadlines are counted anew, a raise is paged."""
    before = draft.incident.priority
    changes = (*draft.incident.clocks.priorities, Change(draft.now, priority))
    draft.change_clocks(priorities=changes)
    draft.change(priority=priority)
    recount(draft)
    word = "raised" if priority < before else "lowered"
    draft.note(Entry.PRIORITY, actor, f"priority {word} from {before} to {priority} {text}")
    if priority > before:
        return
    escalation = draft.incident.escalation
    if escalation.since is not None:
        draft.change(escalation=started(draft.now, escalation.told))
    draft.tell(Reason.RAISED, str(priority))


def recount(draft: Draft) -> None:
    """Count the deadlines anew."""
    draft.incident = counted(draft.incident, draft.now, draft.rules)


def take(draft: Draft, by: str, state: State) -> None:
    """Somebody has it: that answers those who wait, and stops the escalation."""
    meet(draft, Clock.ACKNOWLEDGE, draft.now)
    meet(draft, Clock.RESPONSE, draft.now)
    answered = draft.incident.clocks.answered_at
    draft.change_clocks(
        answered_at=draft.now if answered is None else answered, updated_at=draft.now
    )
    draft.change(
        state=state,
        acknowledged_at=draft.now,
        acknowledged_by=by,
        held=(),
        held_until=None,
        escalation=stopped(draft.incident.escalation, draft.now),
    )
    draft.incident = restarted(draft.incident, Clock.UPDATE)
    recount(draft)


def give_back(draft: Draft) -> None:
    """Nobody has it any more: it is open, and its acknowledgement is asked for anew."""
    draft.change_clocks(started=draft.now, breached=_without(draft, Clock.ACKNOWLEDGE))
    draft.change(
        state=State.OPEN,
        acknowledged_at=None,
        acknowledged_by="",
        mitigated=None,
        escalation=_going_on(draft),
    )
    draft.incident = restarted(draft.incident, Clock.ACKNOWLEDGE)
    recount(draft)


def finish(draft: Draft, by: str, text: str, ended_at: int) -> None:
    """Resolve the incident; ``ended_at`` is when the outcome was there again."""
    for clock in (Clock.ACKNOWLEDGE, Clock.RESPONSE, Clock.RESOLVE, Clock.RESOLUTION):
        meet(draft, clock, ended_at)
    end_pause(draft)
    told = draft.incident.told
    recount(draft)
    draft.change_clocks(ended_at=ended_at)
    draft.change(
        state=State.RESOLVED,
        resolved_at=draft.now,
        resolved_by=by,
        quiet_until=None,
        quiet_since=None,
        cause=None,
        held=(),
        held_until=None,
        escalation=stopped(draft.incident.escalation, draft.now),
        flaps=Flaps(draft.incident.flaps.changes),
        reports=(),
    )
    recount(draft)
    draft.note(Entry.RESOLVED, by, text)
    if told:
        draft.tell(Reason.RESOLVED)


def reopen(draft: Draft, actor: str, text: str, cause: int | None = None) -> None:
    """Open an incident again; the time in which it was over counts for no clock."""
    incident = draft.incident
    ended = incident.clocks.ended_at or incident.resolved_at or draft.now
    draft.change_clocks(
        started=draft.now,
        updated_at=draft.now,
        ended_at=None,
        pauses=(*incident.clocks.pauses, Pause(ended, max(ended, draft.now))),
        breached=_without(draft, Clock.ACKNOWLEDGE, Clock.UPDATE),
    )
    draft.change(
        state=State.OPEN,
        acknowledged_at=None,
        acknowledged_by="",
        mitigated=None,
        resolved_at=None,
        resolved_by="",
        verified=None,
        closed=None,
        reopened=incident.reopened + 1,
        told=False,
        paged=(),
        cause=cause,
        escalation=beginning(draft.now, cause),
    )
    draft.incident = restarted(draft.incident, *Clock)
    recount(draft)
    draft.note(Entry.REOPENED, actor, text)


def _going_on(draft: Draft) -> Escalation:
    """Return the escalation as it goes on, unless the pages are held."""
    escalation = draft.incident.escalation
    return escalation if draft.incident.holds else resumed(escalation, draft.now)


def let_go(draft: Draft) -> None:
    """Page what was held, and let the escalation run if nobody has the incident."""
    draft.let_go()
    if draft.incident.state is State.OPEN:
        draft.change(escalation=_going_on(draft))


def end_pause(draft: Draft) -> None:
    """End the waiting on the customer, if it lasts."""
    pauses = draft.incident.clocks.pauses
    if pauses and pauses[-1].end is None:
        start = pauses[-1].start
        draft.change_clocks(pauses=(*pauses[:-1], Pause(start, max(start, draft.now))))


def meet(draft: Draft, clock: Clock, at: int) -> None:
    """A clock's promise was kept at a moment, or later than it should have been."""
    due = due_at(draft.incident, clock)
    if due is not None and due < at:
        breach(draft, clock, due)


def breach(draft: Draft, clock: Clock, due: int) -> None:
    """A deadline has passed; it is told once."""
    if clock.value in draft.incident.clocks.breached:
        return
    draft.change_clocks(breached=(*draft.incident.clocks.breached, clock.value))
    text = f"{_WORDS[clock]} was due at {format_time(due)}"
    draft.note(Entry.OVERDUE, SERVICE, text)


def marked(draft: Draft, by: str) -> Mark:
    """Return that somebody does something now."""
    return Mark(draft.now, by)


def _without(draft: Draft, *clocks: Clock) -> tuple[str, ...]:
    gone = {clock.value for clock in clocks}
    return tuple(name for name in draft.incident.clocks.breached if name not in gone)


_WORDS = {
    Clock.ACKNOWLEDGE: "the acknowledgement",
    Clock.UPDATE: "an update",
    Clock.RESOLVE: "the resolution",
    Clock.RESPONSE: "the contract's response",
    Clock.RESOLUTION: "the contract's resolution",
}
