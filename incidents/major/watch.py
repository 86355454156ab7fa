"""What time alone brings to major incidents: proposals, updates that are due, hand-overs."""

from dataclasses import replace

from sothat.incidents.incident import SERVICE, Entry, Incident, Rules
from sothat.incidents.major.criteria import Facts, reasons
from sothat.incidents.major.desk import call, propose
from sothat.incidents.major.major import PART_NAMES, Major, Part
from sothat.incidents.rehearsal import is_drill
from sothat.incidents.settings.major import MajorRules
from sothat.incidents.store import browsing, majors
from sothat.incidents.store.noting import note
from sothat.incidents.transaction import Transaction

_AT_ONCE = 200


class Watch:
    """Looks at open incidents a portion at a time, and at all that are led."""

    def __init__(self, rules: MajorRules) -> None:
        self._rules = rules
        self._after = 0

    def look(self, transaction: Transaction) -> None:
        """Propose what meets a criterion, and ask for what is due."""
        if self._rules.criteria:
            self._propose(transaction)
        for record in majors.led(transaction.connection):
            incident = browsing.incident(transaction.connection, record.incident)
            if incident is not None and not incident.over:
                attend(transaction, incident, record, self._rules)

    def _propose(self, transaction: Transaction) -> None:
        found = majors.candidates(transaction.connection, self._priorities(), self._after, _AT_ONCE)
        self._after = found[-1].id if len(found) == _AT_ONCE else 0
        for incident in found:
            why = reasons(self._rules.criteria, facts_of(transaction, incident, self._rules))
            if why and not is_drill(incident.labels):
                propose(transaction, incident, why, self._rules)

    def _priorities(self) -> tuple[str, ...]:
        """Return the priorities that any criterion can be met with; empty: all."""
        if not all(one.priorities for one in self._rules.criteria):
            return ()
        return tuple({str(p) for one in self._rules.criteria for p in one.priorities})


def facts_of(transaction: Transaction, incident: Incident, rules: MajorRules) -> Facts:
    """Return what criteria are held against."""
    wanted = any(one.wants_reach for one in rules.criteria)
    labels = majors.reach(transaction.connection, incident.id) if wanted else ()
    client = transaction.rules.client_label
    now = transaction.now
    return Facts(
        priority=incident.priority,
        team=incident.team,
        outcome=incident.outcome,
        alerts=incident.firing,
        waited=0 if incident.acknowledged_at is not None else now - incident.opened_at,
        lasted=now - incident.opened_at,
        sites=frozenset(one["site"] for one in labels if one.get("site")),
        clients=frozenset(one[client] for one in labels if one.get(client)),
    )


def attend(transaction: Transaction, incident: Incident, record: Major, rules: MajorRules) -> None:
    """Ask for the status update and the hand-over that are due, each once."""
    after = _nagged(transaction, incident, record)
    after = _relieved(transaction, incident, after, rules)
    if after != record:
        majors.keep_major(transaction, after)


def _nagged(transaction: Transaction, incident: Incident, record: Major) -> Major:
    due = record.update_due
    if due is None or record.nagged or due > transaction.now:
        return record
    who = record.who(Part.COMMUNICATIONS) or record.who(Part.COMMANDER)
    asked = f": {', '.join(who)} is asked" if who else ""
    text = f"a status update of the major incident is due{asked}"
    note(transaction, incident.id, Entry.MAJOR, SERVICE, text)
    call(transaction, incident, who)
    return replace(record, nagged=True)


def _relieved(
    transaction: Transaction, incident: Incident, record: Major, rules: MajorRules
) -> Major:
    """Ask for the hand-over of roles for which the rota now names somebody else."""
    relief = relief_of(transaction.rules, record, rules, transaction.now)
    fresh = {name: who for name, who in relief.items() if record.relief.get(name) != who}
    if fresh:
        words = (f"{who} as {PART_NAMES[Part(name)]}" for name, who in sorted(fresh.items()))
        text = f"the shift has changed, a hand-over is due: {', '.join(words)}"
        note(transaction, incident.id, Entry.MAJOR, SERVICE, text)
        former = [one.person for one in record.holders if one.part in fresh]
        call(transaction, incident, [*former, *fresh.values()])
    return replace(record, relief=relief) if relief != record.relief else record


def relief_of(rules: Rules, record: Major, wanted: MajorRules, now: int) -> dict[str, str]:
    """Return who the rota names now for the roles that it gave to somebody else."""
    found: dict[str, str] = {}
    for one in record.holders:
        seat = wanted.seats.get(one.part)
        if seat is None or not seat.rotation or not one.rostered:
            continue
        now_there = rules.rota.sitting(seat, now).member
        if now_there and now_there != one.rostered:
            found[str(one.part)] = now_there
    return found
