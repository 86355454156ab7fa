"""What alerts and other incidents do to an incident. Pure; nothing here is ever refused."""

from collections.abc import Sequence

from sothat.incidents.draft import Draft
from sothat.incidents.events import Alight, CauseOver, Ended, Fired, Received
from sothat.incidents.incident import (
    ALERTMANAGER,
    SERVICE,
    Entry,
    Flaps,
    Reason,
)
from sothat.incidents.moves import let_go, prioritise, reopen
from sothat.incidents.opening import asked, shared
from sothat.incidents.timeline import ended, fires
from sothat.incidents.times import SECOND, format_time
from sothat.incidents.transition_time import let_quiet


def fire(draft: Draft, event: Fired) -> None:
    """Alerts join, or an incident that was over is opened again by them."""
    before = draft.incident
    again = before.over
    if again:
        when = format_time(before.resolved_at or 0)
        text = f"fires again after it was resolved by {before.resolved_by} at {when}"
        reopen(draft, SERVICE, text, event.cause)
    noisy = again or before.quiet_until is not None
    _join(draft, event)
    fires(draft, event.alerts)
    _raise(draft, event.alerts)
    if noisy:
        restless(draft)
    if again and draft.incident.flaps.since is None:
        draft.tell(Reason.REOPENED)
    elif not again:
        _relate(draft, event)


def _join(draft: Draft, event: Fired) -> None:
    incident = draft.incident
    fresh = sum(not alert.counted for alert in event.alerts)
    labels = [incident.labels, *(alert.labels for alert in event.alerts)]
    draft.change(
        labels=shared(labels),
        firing=incident.firing + fresh,
        quiet_until=None,
        quiet_since=None,
        reports=tuple(dict.fromkeys((*incident.reports, *event.reports))),
    )


def _raise(draft: Draft, alerts: Sequence[Alight]) -> None:
    """Raise the priority if the alerts ask for more than any before; what a person set holds."""
    priority, doubts = asked(alerts, draft.rules.policy)
    for doubt in doubts:
        draft.note(Entry.NOTE, SERVICE, doubt)
    if priority >= draft.incident.clocks.alerted:
        return
    draft.change_clocks(alerted=priority)
    if priority < draft.incident.priority:
        prioritise(draft, priority, SERVICE, "by an alert that joined")


def _relate(draft: Draft, event: Fired) -> None:
    """Tell apart what follows from the cause and what does not: that has to be paged."""
    incident = draft.incident
    if incident.holds and event.cause is None:
        draft.note(Entry.CAUSE, SERVICE, "an alert has joined that follows from no other incident")
        let_go(draft)
    elif event.cause and incident.cause is None:
        text = f"an alert has joined that may follow from #{event.cause}"
        draft.note(Entry.CAUSE, SERVICE, text)


def end(draft: Draft, event: Ended) -> None:
    """Alerts stop firing; when none is left, the hold-down begins."""
    ended(draft, event.alerts)
    incident = draft.incident
    left = max(0, incident.firing - len(event.alerts))
    draft.change(firing=left)
    if left or incident.over or incident.quiet_until is not None:
        return
    draft.change(quiet_since=draft.now)
    restless(draft)
    flaps = draft.incident.flaps.since is not None
    wait = max(draft.rules.hold, draft.rules.flap.window) if flaps else draft.rules.hold
    draft.change(quiet_until=draft.now + wait)
    let_quiet(draft)


def restless(draft: Draft) -> None:
    """Count a change between quiet and noisy; too many of them are flapping, told once."""
    rule, now = draft.rules.flap, draft.now
    if not rule.changes:
        return
    flaps = draft.incident.flaps
    recent = tuple(at for at in flaps.changes if now - at < rule.window)
    changes = (*recent, now)[-(rule.changes + 1) :]
    since = flaps.since
    starts = since is None and len(changes) > rule.changes
    draft.change(flaps=Flaps(changes, now if starts else since))
    if starts:
        text = f"flaps: {len(changes)} changes within {rule.window // SECOND} s; it stays open"
        draft.note(Entry.FLAPPING, SERVICE, text)
        draft.tell(Reason.FLAPPING)


def receive(draft: Draft, event: Received) -> None:
    """A message came in that concerns it."""
    text = f"message {event.message} for {event.receiver or 'a receiver without a name'}"
    draft.note(Entry.RECEIVED, ALERTMANAGER, f"{text}, alerts in it: {event.alerts}")
    if event.truncated == draft.incident.truncated:
        return
    draft.change(truncated=event.truncated)
    if event.truncated:
        text = f"Alertmanager left {event.truncated} alerts out of this message (max_alerts)"
        draft.note(Entry.NOTE, ALERTMANAGER, text)


def cause_over(draft: Draft, _event: CauseOver) -> None:
    """What it follows from is over: its pages go out if it does not end within the hold-down."""
    incident = draft.incident
    if incident.cause is None:
        return
    text = f"#{incident.cause}, which it follows from, is over"
    draft.note(Entry.CAUSE, SERVICE, text)
    draft.change(cause=None, held_until=draft.now + draft.rules.hold if incident.held else None)
