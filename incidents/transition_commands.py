"""What people tell an incident. Pure; what contradicts its state is refused with the reason.

The table of outcomes, state by command, is in docs/incidents.md; a test goes through all of it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sothat.incidents.deadlines import restarted
from sothat.incidents.draft import Draft
from sothat.incidents.escalation import due_steps
from sothat.incidents.events import (
    Acknowledge,
    Assign,
    Close,
    Command,
    Comment,
    Escalate,
    Mitigate,
    Prioritise,
    Release,
    Reopen,
    Resolve,
    Resume,
    Update,
    Verify,
    Wait,
)
from sothat.incidents.incident import Entry, Pause, Reason, State
from sothat.incidents.moves import (
    end_pause,
    finish,
    give_back,
    marked,
    meet,
    prioritise,
    recount,
    reopen,
    take,
)
from sothat.incidents.refusal import Refused
from sothat.incidents.timeline import over_words, taken_words, with_note
from sothat.model.policy import Priority
from sothat.service_levels.contracts import Clock


def command(draft: Draft, event: Command) -> None:
    """Carry out a command.

    Raises:
        Refused: It contradicts the incident's state.
    """
    _DO[type(event)](draft, event)


def _acknowledge(draft: Draft, event: Acknowledge) -> None:
    _want_unresolved(draft, "nothing is left to acknowledge")
    if draft.incident.acknowledged_at is not None:
        raise Refused(f"already {taken_words(draft.incident)}")
    take(draft, event.by, State.ACKNOWLEDGED)
    draft.note(Entry.ACKNOWLEDGED, event.by, event.note or "acknowledged")


def _assign(draft: Draft, event: Assign) -> None:
    _want_unresolved(draft, "nothing is left to do")
    incident = draft.incident
    if incident.acknowledged_by == event.to and incident.acknowledged_at is not None:
        raise Refused(f"already {taken_words(incident)}")
    state = State.ACKNOWLEDGED if incident.state is State.OPEN else incident.state
    take(draft, event.to, state)
    draft.note(Entry.ACKNOWLEDGED, event.by, with_note(f"given to {event.to}", event.note))


def _release(draft: Draft, event: Release) -> None:
    _want_unresolved(draft, "nobody has to have it")
    if draft.incident.acknowledged_at is None:
        raise Refused("nobody has acknowledged it, so there is nothing to give back")
    former = draft.incident.acknowledged_by
    give_back(draft)
    text = with_note(f"given back; {former} had it", event.note)
    draft.note(Entry.RELEASED, event.by, text)
    draft.tell(Reason.RELEASED, str(draft.now))


def _escalate(draft: Draft, event: Escalate) -> None:
    _want_unresolved(draft, "nobody has to be asked")
    if draft.incident.acknowledged_at is not None:
        raise Refused(f"{taken_words(draft.incident)}: give it back, and others are asked")
    urged = (draft.rules.policy.first_ladder(draft.incident.team),)
    climb = due_steps(draft.incident, draft.now, draft.rules, urged=urged)
    if not climb.pages:
        raise Refused("nobody is left who could be asked")
    draft.note(Entry.ESCALATED, event.by, with_note("asks the next level at once", event.note))
    draft.notes += climb.notes
    draft.pages += climb.pages
    draft.change(escalation=climb.escalation, told=True)


def _mitigate(draft: Draft, event: Mitigate) -> None:
    _want_unresolved(draft, "nothing is left to mitigate")
    incident = draft.incident
    if incident.mitigated is not None:
        raise Refused(f"already mitigated by {incident.mitigated.by}")
    if incident.acknowledged_at is None:
        take(draft, event.by, State.MITIGATED)
    draft.change(state=State.MITIGATED, mitigated=marked(draft, event.by))
    draft.note(Entry.MITIGATED, event.by, event.note or "mitigated")


def _resolve(draft: Draft, event: Resolve) -> None:
    incident = draft.incident
    if incident.over:
        raise Refused(f"{over_words(incident)} already")
    text = event.note or "resolved"
    if incident.firing:
        plural = "alert still fires" if incident.firing == 1 else "alerts still fire"
        text += f" ({incident.firing} {plural}; only firing anew will open it again)"
    finish(draft, event.by, text, draft.now)


def _verify(draft: Draft, event: Verify) -> None:
    _want_over(draft, "it is not resolved yet")
    incident = draft.incident
    if incident.state is State.CLOSED:
        raise Refused("it is closed")
    if incident.verified is not None:
        raise Refused(f"already verified by {incident.verified.by}")
    draft.change(state=State.VERIFIED, verified=marked(draft, event.by))
    draft.note(Entry.VERIFIED, event.by, event.note or "verified")


def _close(draft: Draft, event: Close) -> None:
    _want_over(draft, "it is not resolved yet: resolve it first")
    incident = draft.incident
    if incident.closed is not None:
        raise Refused(f"already closed by {incident.closed.by}")
    draft.change(state=State.CLOSED, closed=marked(draft, event.by))
    draft.note(Entry.CLOSED, event.by, event.note or "closed")


def _reopen(draft: Draft, event: Reopen) -> None:
    _want_over(draft, "it is not over")
    if draft.incident.merged_into:
        raise Refused(f"merged into #{draft.incident.merged_into}: open that one again")
    reopen(draft, event.by, with_note("opened again", event.note))
    draft.tell(Reason.REOPENED)


def _prioritise(draft: Draft, event: Prioritise) -> None:
    _want_unresolved(draft, "its clocks are stopped")
    clocks = draft.incident.clocks
    impact, urgency = event.impact or clocks.impact, event.urgency or clocks.urgency
    priority = event.priority or _by_matrix(draft, impact, urgency)
    same = priority is draft.incident.priority
    if same and (impact, urgency) == (clocks.impact, clocks.urgency):
        raise Refused(f"its priority is {priority} already")
    draft.change_clocks(impact=impact, urgency=urgency)
    why = "" if event.priority else f"by impact {impact} and urgency {urgency}"
    text = with_note(why, event.note) if why else event.note or "by hand"
    if same:
        draft.note(Entry.PRIORITY, event.by, f"priority stays {priority} {text}")
    else:
        prioritise(draft, priority, event.by, text)


def _by_matrix(draft: Draft, impact: str, urgency: str) -> Priority:
    found = draft.rules.policy.matrix.get(impact, {}).get(urgency)
    if found is None:
        raise Refused(f"the policy's matrix has no impact {impact!r} with urgency {urgency!r}")
    return found


def _update(draft: Draft, event: Update) -> None:
    if draft.incident.over:
        draft.note(Entry.NOTE, event.by, event.note)
        return
    meet(draft, Clock.UPDATE, draft.now)
    breached = tuple(n for n in draft.incident.clocks.breached if n != Clock.UPDATE.value)
    draft.change_clocks(updated_at=draft.now, breached=breached)
    draft.incident = restarted(draft.incident, Clock.UPDATE)
    recount(draft)
    draft.note(Entry.UPDATE, event.by, event.note)


def _wait(draft: Draft, event: Wait) -> None:
    _want_unresolved(draft, "its clocks are stopped")
    if draft.incident.waiting:
        raise Refused("it waits on the customer already")
    meet(draft, Clock.RESOLVE, draft.now)
    meet(draft, Clock.RESOLUTION, draft.now)
    draft.change_clocks(pauses=(*draft.incident.clocks.pauses, Pause(draft.now)))
    recount(draft)
    draft.note(Entry.PAUSED, event.by, with_note("waits on the customer", event.note))


def _resume(draft: Draft, event: Resume) -> None:
    _want_unresolved(draft, "its clocks are stopped")
    if not draft.incident.waiting:
        raise Refused("it does not wait on the customer")
    end_pause(draft)
    recount(draft)
    draft.note(Entry.RESUMED, event.by, with_note("waits no longer", event.note))


def _want_unresolved(draft: Draft, why: str) -> None:
    if draft.incident.over:
        raise Refused(f"{over_words(draft.incident)}; {why}")


def _want_over(draft: Draft, why: str) -> None:
    if not draft.incident.over:
        raise Refused(why)


def _comment(draft: Draft, event: Comment) -> None:
    draft.note(Entry.NOTE, event.by, event.note)


_DO: Mapping[type, Callable[[Draft, Any], None]] = {
    Acknowledge: _acknowledge,
    Assign: _assign,
    Release: _release,
    Escalate: _escalate,
    Mitigate: _mitigate,
    Resolve: _resolve,
    Verify: _verify,
    Close: _close,
    Reopen: _reopen,
    Prioritise: _prioritise,
    Update: _update,
    Comment: _comment,
    Wait: _wait,
    Resume: _resume,
}
