"""An incident begins: what the alerts that open it make of it. Pure."""

from collections.abc import Mapping, Sequence

from sothat.incidents.deadlines import from_start
from sothat.incidents.draft import Draft
from sothat.incidents.escalation import beginning
from sothat.incidents.events import Alight, Fired
from sothat.incidents.incident import (
    SERVICE,
    UNKNOWN_TEAM,
    Change,
    Clocks,
    Entry,
    Incident,
    Promise,
    Reason,
    Rules,
    State,
)
from sothat.incidents.timeline import fires
from sothat.model.policy import Policy, Priority

_PRIORITIES = {str(one): one for one in Priority}


def begin(number: int, key: str, event: Fired, now: int, rules: Rules) -> Draft:
    """Return a new incident, opened by alerts that fire; nobody knows of it yet."""
    first = event.alerts[0]
    priority, _ = asked(event.alerts, rules.policy)
    clocks = _clocks(first.labels, priority, now, rules)
    incident = Incident(
        id=number,
        key=key,
        state=State.OPEN,
        priority=priority,
        team=_team(first.labels, rules.policy),
        promise=promise(first.labels, first.annotations),
        labels=shared([alert.labels for alert in event.alerts]),
        opened_at=now,
        firing=len(event.alerts),
        source=event.source,
        receiver=event.receiver,
        site=first.labels.get("site", ""),
        outcome=first.labels.get("outcome", ""),
        clocks=clocks,
        escalation=beginning(now, event.cause),
        cause=event.cause,
        reports=event.reports,
        **from_start(clocks, rules),
    )
    return Draft(incident, now, rules)


def tell(draft: Draft, event: Fired) -> None:
    """Put a new incident on the timeline, and page whom it concerns."""
    incident = draft.incident
    draft.note(Entry.OPENED, SERVICE, f"{incident.priority} {incident.promise.title}")
    fires(draft, event.alerts)
    _, doubts = asked(event.alerts, draft.rules.policy)
    for doubt in doubts:
        draft.note(Entry.NOTE, SERVICE, doubt)
    _doubt_client(draft, event.alerts[0].labels)
    if event.cause:
        draft.note(Entry.CAUSE, SERVICE, cause_words(event.cause))
    draft.tell(Reason.OPENED)


def cause_words(cause: int) -> str:
    """Return what is said of an incident that follows from another one."""
    return f"follows from #{cause}, which is open: nobody is paged while it lasts"


def asked(alerts: Sequence[Alight], policy: Policy) -> tuple[Priority, list[str]]:
    """Return the highest priority that alerts ask for, and the doubts about it, each once."""
    found = [priority_of(alert.labels, policy) for alert in alerts]
    doubts = dict.fromkeys(doubt for _, doubt in found if doubt)
    return min(priority for priority, _ in found), list(doubts)


def priority_of(labels: Mapping[str, str], policy: Policy) -> tuple[Priority, str]:
    """Return the priority that an alert's labels give, and a doubt about it if there is one.

    The label ``priority`` counts; without it ``impact`` and ``urgency`` by the policy's matrix.
    """
    text = labels.get("priority")
    if text in _PRIORITIES:
        return _PRIORITIES[text], ""
    rated = policy.matrix.get(labels.get("impact", ""), {}).get(labels.get("urgency", ""))
    if text is None and rated is not None:
        return rated, ""
    if text is None:
        return Priority.P3, "an alert has no label 'priority': treated as P3"
    return Priority.P3, f"an alert's priority {text!r:.60} is none of P1 to P4: treated as P3"


def shared(labels: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    """Return the labels that all have in common."""
    first, *others = labels
    if not others:
        return first
    return {k: v for k, v in first.items() if all(other.get(k) == v for other in others)}


def promise(labels: Mapping[str, str], annotations: Mapping[str, str]) -> Promise:
    """Return what an alert says of itself."""
    name = labels.get("alertname", "")
    return Promise(
        title=annotations.get("summary") or name or "An alert without a name",
        condition=annotations.get("if", ""),
        action=annotations.get("do", ""),
        so_that=annotations.get("so_that", ""),
        runbook_url=annotations.get("runbook_url", ""),
        dashboard_url=annotations.get("dashboard_url", ""),
        alertname=name,
    )


def _team(labels: Mapping[str, str], policy: Policy) -> str:
    team = labels.get("team", "")
    return team if team in policy.teams else UNKNOWN_TEAM


def _clocks(labels: Mapping[str, str], priority: Priority, now: int, rules: Rules) -> Clocks:
    name = labels.get(rules.client_label, "")
    client = rules.clockwork.client(name)
    contract = client.contract if client else labels.get("contract", "")
    return Clocks(
        started=now,
        updated_at=now,
        priorities=(Change(now, priority),),
        impact=labels.get("impact", ""),
        urgency=labels.get("urgency", ""),
        alerted=priority,
        client=name if client else "",
        contract=contract if contract in rules.policy.contracts else "",
        calendar=rules.clockwork.version(name if client else ""),
    )


def _doubt_client(draft: Draft, labels: Mapping[str, str]) -> None:
    name = labels.get(draft.rules.client_label, "")
    if name and draft.rules.policy.clients and not draft.incident.clocks.client:
        text = f"the policy has no client {name!r:.60}: no contract's clocks run"
        draft.note(Entry.NOTE, SERVICE, text)
