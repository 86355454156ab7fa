"""The state machine: (incident, event, now) → (incident, timeline entries, outbox entries). Pure.

Late and contradictory events have stated outcomes: from Alertmanager they change nothing that a
person has decided; from a person they are refused with the reason (`Refused`).
"""

from collections.abc import Mapping
from dataclasses import replace

from sothat.incidents.deadlines import clocks, raised
from sothat.incidents.events import (
    Acknowledge,
    Ended,
    Event,
    Fired,
    Received,
    Resolve,
    Tick,
)
from sothat.incidents.incident import (
    ALERTMANAGER,
    SERVICE,
    UNKNOWN_TEAM,
    Entry,
    Incident,
    Note,
    Promise,
    Reason,
    Rules,
    State,
    Step,
)
from sothat.incidents.labels import describe
from sothat.incidents.recipients import pages
from sothat.incidents.times import format_time
from sothat.model.policy import Policy, Priority


class Refused(Exception):  # noqa: N818 – it is named for what happens to the command
    """A command that contradicts the incident's state; the text is the reason."""


def open_incident(number: int, key: str, event: Fired, now: int, rules: Rules) -> Step:
    """Return a new incident, opened by an alert that fires."""
    priority, doubt = priority_of(event.labels)
    alertname = event.labels.get("alertname", "")
    title = event.annotations.get("summary") or alertname or "An alert without a name"
    incident = clocks(
        Incident(
            id=number,
            key=key,
            state=State.OPEN,
            priority=priority,
            team=_team(event.labels, rules.policy),
            promise=_promise(title, alertname, event.annotations),
            labels=event.labels,
            opened_at=now,
            resolve_due=now,
            firing=1,
        ),
        now,
        rules.policy,
    )
    opened = Note(number, now, Entry.OPENED, SERVICE, f"{priority} {title}")
    sent, warnings = pages(incident, Reason.OPENED, now, rules)
    notes = (opened, _fired(incident, event, now), *_doubts(number, doubt, now), *warnings)
    return Step(incident, notes, sent)


def transition(incident: Incident, event: Event, now: int, rules: Rules) -> Step:
    """Return what an event makes of an incident.

    Raises:
        Refused: A person's command contradicts the incident's state.
    """
    match event:
        case Fired():
            return _fire(incident, event, now, rules)
        case Ended():
            return _end(incident, event, now, rules)
        case Received():
            return _receive(incident, event, now)
        case Acknowledge():
            return _acknowledge(incident, event, now, rules)
        case Resolve():
            return _resolve_by_hand(incident, event, now, rules)
        case Tick():
            return _quiet(incident, now, rules)
        case _:
            raise Refused("this command is not understood yet")


def priority_of(labels: Mapping[str, str]) -> tuple[Priority, str]:
    """Return the priority that an alert's labels give, and a doubt about it if there is one."""
    text = labels.get("priority")
    if text is None:
        return Priority.P3, "the alert has no label 'priority': treated as P3"
    try:
        return Priority(text), ""
    except ValueError:
        return Priority.P3, f"the alert's priority {text!r:.60} is none of P1 to P4: treated as P3"


def _promise(title: str, alertname: str, annotations: Mapping[str, str]) -> Promise:
    return Promise(
        title=title,
        condition=annotations.get("if", ""),
        action=annotations.get("do", ""),
        so_that=annotations.get("so_that", ""),
        runbook_url=annotations.get("runbook_url", ""),
        dashboard_url=annotations.get("dashboard_url", ""),
        alertname=alertname,
    )


def _team(labels: Mapping[str, str], policy: Policy) -> str:
    team = labels.get("team", "")
    return team if team in policy.teams else UNKNOWN_TEAM


def _fire(incident: Incident, event: Fired, now: int, rules: Rules) -> Step:
    shared = {k: v for k, v in incident.labels.items() if event.labels.get(k) == v}
    after = replace(
        incident,
        labels=shared,
        firing=incident.firing + (not event.counted),
        quiet_until=None,
    )
    notes = [_fired(incident, event, now)]
    priority, doubt = priority_of(event.labels)
    notes += _doubts(incident.id, doubt, now)
    if priority >= incident.priority:
        return Step(after, tuple(notes))
    text = f"priority raised from {incident.priority} to {priority} by an alert that joined"
    notes.append(Note(incident.id, now, Entry.NOTE, SERVICE, text))
    after = raised(after, priority, now, rules.policy)
    sent, warnings = pages(after, Reason.RAISED, now, rules)
    return Step(after, (*notes, *warnings), sent)


def _end(incident: Incident, event: Ended, now: int, rules: Rules) -> Step:
    text = f"{describe(event.labels)} has stopped firing"
    note = Note(incident.id, now, Entry.ENDED, ALERTMANAGER, text)
    after = replace(incident, firing=max(0, incident.firing - 1))
    if after.firing or after.state is State.RESOLVED:
        return Step(after, (note,))
    after = replace(after, quiet_until=now + rules.hold)
    resolved = _quiet(after, now, rules)
    return Step(resolved.incident, (note, *resolved.notes), resolved.pages)


def _receive(incident: Incident, event: Received, now: int) -> Step:
    text = f"message {event.message} for {event.receiver or 'a receiver without a name'}"
    notes = [
        Note(
            incident.id, now, Entry.RECEIVED, ALERTMANAGER, f"{text}, alerts in it: {event.alerts}"
        )
    ]
    if event.truncated and event.truncated != incident.truncated:
        text = f"Alertmanager left {event.truncated} alerts out of this message (max_alerts)"
        notes.append(Note(incident.id, now, Entry.NOTE, ALERTMANAGER, text))
    return Step(replace(incident, truncated=event.truncated), tuple(notes))


def _acknowledge(incident: Incident, event: Acknowledge, now: int, rules: Rules) -> Step:
    if incident.state is State.RESOLVED:
        raise Refused(f"{_resolved_words(incident)}; nothing is left to acknowledge")
    if incident.acknowledged_at is not None:
        when = format_time(incident.acknowledged_at)
        raise Refused(f"already acknowledged by {incident.acknowledged_by} at {when}")
    update = rules.policy.priorities[incident.priority].update
    after = replace(
        incident,
        state=State.ACKNOWLEDGED,
        acknowledged_at=now,
        acknowledged_by=event.by,
        acknowledge_due=None,
        update_due=None if update is None else now + round(update * 1e9),
    )
    text = event.note or "acknowledged"
    return Step(after, (Note(incident.id, now, Entry.ACKNOWLEDGED, event.by, text),))


def _resolve_by_hand(incident: Incident, event: Resolve, now: int, rules: Rules) -> Step:
    if incident.state is State.RESOLVED:
        raise Refused(f"{_resolved_words(incident)} already")
    text = event.note or "resolved"
    if incident.firing:
        plural = "alert still fires" if incident.firing == 1 else "alerts still fire"
        text += f" ({incident.firing} {plural}; firing anew opens a new incident)"
    return _resolve(incident, event.by, text, now, rules)


def _quiet(incident: Incident, now: int, rules: Rules) -> Step:
    due = incident.quiet_until
    if incident.state is State.RESOLVED or due is None or due > now:
        return Step(incident)
    held = f" for {rules.hold // 1_000_000_000} s" if rules.hold else ""
    return _resolve(incident, SERVICE, f"no alert has fired{held}", now, rules)


def _resolve(incident: Incident, by: str, text: str, now: int, rules: Rules) -> Step:
    after = replace(
        incident,
        state=State.RESOLVED,
        resolved_at=now,
        resolved_by=by,
        acknowledge_due=None,
        update_due=None,
        quiet_until=None,
    )
    note = Note(incident.id, now, Entry.RESOLVED, by, text)
    sent, _ = pages(after, Reason.RESOLVED, now, rules)
    return Step(after, (note,), sent)


def _fired(incident: Incident, event: Fired, now: int) -> Note:
    again = f", episode {event.episode}" if event.episode > 1 else ""
    text = f"{describe(event.labels)} fires{again}"
    return Note(incident.id, now, Entry.FIRING, ALERTMANAGER, text)


def _doubts(number: int, doubt: str, now: int) -> tuple[Note, ...]:
    return (Note(number, now, Entry.NOTE, SERVICE, doubt),) if doubt else ()


def _resolved_words(incident: Incident) -> str:
    when = format_time(incident.resolved_at or 0)
    return f"resolved by {incident.resolved_by} at {when}"
