"""Tickets in the store: which are wanted, who works on one, and how far each has come.

A ticket is claimed with a lease, as what the outbox sends is: one process works on it, and another
one once that has died. Whatever a holder writes is dropped after it has lost its claim.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from msgspec import convert
from sothat.incidents.incident import SERVICE, Entry, Incident, Note
from sothat.incidents.refusal import Refused
from sothat.incidents.store.noting import note
from sothat.incidents.store.rows import incident_of
from sothat.incidents.store.tables import INCIDENT, TIMELINE
from sothat.incidents.store.ticket_tables import TICKET, TRACKER
from sothat.incidents.store.turns import held_back, hold_back, take_turn
from sothat.incidents.tickets.linked import Facts, Linked, Stage
from sothat.incidents.tickets.mapping import Terms, key_of, wants
from sothat.incidents.tickets.telling import OWN, TOLD
from sothat.incidents.tickets.tracker import Touched
from sothat.incidents.transaction import Transaction
from sqlalchemy import Connection, case, func, insert, select, update

# So many timeline entries are looked through in one transaction.
_AT_ONCE = 2_000
_MOST_ENTRIES = 200
# Beyond that a reference is none of a ticket's.
_IN_QUERY = 500

_LINKED = (
    *("tracker", "key", "reference", "url", "name"),
    *("turn", "attempts", "told", "version", "error"),
)
# What wakes a ticket: whatever may change how it has to stand, or is told there.
_WAKING = frozenset(map(str, TOLD | {Entry.OPENED}))


class Lost(Refused):
    """Another process has the ticket now."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A ticket that this process works on."""

    ticket: Linked
    incident: Incident
    holder: str
    until: int


@dataclass(frozen=True, slots=True)
class Glance:
    """How a tracker stands.

    Attributes:
        behind: Whether there are timeline entries that nobody has looked at for tickets.
        due: Whether a ticket is due.
    """

    behind: bool
    due: bool
    poll_at: int
    resume_at: int
    denied_at: int | None


def glance(connection: Connection, tracker: str, now: int) -> Glance | None:
    """Return how a tracker stands; None: it has never been there."""
    row = connection.execute(select(TRACKER).where(TRACKER.c.name == tracker)).first()
    if row is None:
        return None
    last = connection.execute(select(func.max(TIMELINE.c.id))).scalar() or 0
    query = select(TICKET.c.incident_id).where(*_due(tracker, now)).limit(1)
    due = connection.execute(query).first() is not None
    return Glance(last > row.scanned, due, row.poll_at, row.resume_at, row.denied_at)


def begin(transaction: Transaction, tracker: str) -> None:
    """Begin with a tracker that has never been there: nothing that was before gets a ticket."""
    connection = transaction.connection
    if connection.execute(select(TRACKER.c.name).where(TRACKER.c.name == tracker)).first() is None:
        last = connection.execute(select(func.max(TIMELINE.c.id))).scalar() or 0
        connection.execute(insert(TRACKER), {"name": tracker, "scanned": last})


def enrol(transaction: Transaction, terms: Terms) -> bool:
    """Look through what has happened: wake tickets, and want those that are not there yet.

    Returns:
        Whether there may be more.
    """
    connection = transaction.connection
    query = select(TRACKER.c.scanned).where(TRACKER.c.name == terms.name)
    scanned = connection.execute(query).scalar_one()
    happened = select(TIMELINE)
    happened = happened.where(TIMELINE.c.id > scanned).order_by(TIMELINE.c.id).limit(_AT_ONCE)
    rows = connection.execute(happened).all()
    if not rows:
        return False
    numbers = sorted({row.incident_id for row in rows if _wakes(row)})
    for start in range(0, len(numbers), _IN_QUERY):
        _wake(transaction, terms, numbers[start : start + _IN_QUERY])
    last = update(TRACKER).where(TRACKER.c.name == terms.name).values(scanned=rows[-1].id)
    connection.execute(last)
    return len(rows) == _AT_ONCE


def _wakes(row: Any) -> bool:
    """Return whether an entry may change how a ticket has to stand, or is told there."""
    return row.kind in _WAKING and not (row.kind == Entry.NOTE and row.actor in OWN)


def _wake(transaction: Transaction, terms: Terms, numbers: Sequence[int]) -> None:
    connection, now = transaction.connection, transaction.now
    query = select(TICKET.c.incident_id, TICKET.c.reference).where(
        TICKET.c.tracker == terms.name, TICKET.c.incident_id.in_(numbers)
    )
    known = {row.incident_id: row.reference for row in connection.execute(query)}
    found = connection.execute(select(INCIDENT).where(INCIDENT.c.id.in_(numbers)))
    for incident in map(incident_of, found.all()):
        due = max(now, incident.opened_at + terms.wanted.after)
        if incident.id in known:
            _rouse(connection, terms.name, incident, now if known[incident.id] else due)
        elif not incident.over and wants(terms, incident):
            connection.execute(insert(TICKET), _row(terms.name, incident, now, due))


def _rouse(connection: Connection, tracker: str, incident: Incident, due: int) -> None:
    here = (TICKET.c.tracker == tracker, TICKET.c.incident_id == incident.id)
    stage = case((TICKET.c.stage == str(Stage.WITHDRAWN), str(Stage.WANTED)), else_=TICKET.c.stage)
    change = {"due_at": due, "turn": TICKET.c.turn + 1}
    if not incident.over:
        change["stage"] = stage
    # One that failed keeps its pause: it is told everything then.
    ready = (TICKET.c.attempts == 0) | (TICKET.c.leased_until > 0)
    connection.execute(update(TICKET).where(*here, ready).values(change))


def _row(tracker: str, incident: Incident, now: int, due: int) -> dict[str, Any]:
    return {
        "incident_id": incident.id,
        "tracker": tracker,
        "key": key_of(incident),
        "stage": str(Stage.WANTED),
        "due_at": due,
        "created_at": now,
        "error": "",
        "document": {},
    }


def _due(tracker: str, now: int) -> tuple[Any, ...]:
    return (
        TICKET.c.tracker == tracker,
        TICKET.c.due_at <= now,
        TICKET.c.leased_until <= now,
        TICKET.c.stage != str(Stage.WITHDRAWN),
    )


def claim(transaction: Transaction, terms: Terms, holder: str, lease: int) -> Claim | None:
    """Take the ticket that has waited longest, for the time of a lease.

    One that is not there yet, whose incident was over before it was old enough, is not wanted; nor
    is one whose incident was over before its turn came, where more were wanted than are made.
    """
    connection, now = transaction.connection, transaction.now
    due = _due(terms.name, now)
    hold_back(transaction, terms, due)
    query = select(TICKET).join(INCIDENT, INCIDENT.c.id == TICKET.c.incident_id, isouter=True)
    # Those that were held back are due at the same moment: the worst come first.
    order = (TICKET.c.due_at, INCIDENT.c.priority, TICKET.c.incident_id)
    query = query.where(*due).order_by(*order).limit(1)
    while row := connection.execute(query).first():
        ticket = linked_in(row)
        incident = _incident(connection, ticket.incident)
        if incident is None or _is_blip(ticket, incident, terms):
            _withdraw(transaction, ticket, incident)
            continue
        until = now + lease
        taken = {"holder": holder, "leased_until": until, "attempts": TICKET.c.attempts + 1}
        if not ticket.reference:
            take_turn(transaction, terms)
            taken["stage"] = str(Stage.WANTED)
        connection.execute(update(TICKET).where(*_here(ticket)).values(taken))
        return Claim(replace(ticket, attempts=ticket.attempts + 1), incident, holder, until)
    return None


def _is_blip(ticket: Linked, incident: Incident, terms: Terms) -> bool:
    untried = not ticket.reference and not ticket.attempts
    waited = terms.wanted.after > 0 or ticket.stage is Stage.HELD
    return untried and incident.over and waited


def _withdraw(transaction: Transaction, ticket: Linked, incident: Incident | None) -> None:
    gone = {"stage": str(Stage.WITHDRAWN), "due_at": None}
    transaction.connection.execute(update(TICKET).where(*_here(ticket)).values(gone))
    if incident is not None and ticket.stage is Stage.HELD:
        text = f"{ticket.tracker}: no ticket: it was over before its turn"
        note(transaction, incident.id, Entry.NOTE, SERVICE, text)


def _incident(connection: Connection, number: int) -> Incident | None:
    row = connection.execute(select(INCIDENT).where(INCIDENT.c.id == number)).first()
    return None if row is None else incident_of(row)


def _here(ticket: Linked) -> tuple[Any, ...]:
    return TICKET.c.incident_id == ticket.incident, TICKET.c.tracker == ticket.tracker


def _held(claim: Claim) -> tuple[Any, ...]:
    return (*_here(claim.ticket), TICKET.c.holder == claim.holder, TICKET.c.leased_until > 0)


def linked_in(row: Any) -> Linked:
    """Return the ticket in a row."""
    values = {name: getattr(row, name) for name in _LINKED}
    facts = convert(row.document, Facts)
    return Linked(incident=row.incident_id, stage=Stage(row.stage), facts=facts, **values)


def reload(connection: Connection, claim: Claim) -> Linked:
    """Return a claimed ticket as it is kept now.

    Raises:
        Lost: Another process has it.
    """
    row = connection.execute(select(TICKET).where(*_held(claim))).first()
    if row is None:
        raise Lost(claim.ticket.key)
    return linked_in(row)


def keep(transaction: Transaction, claim: Claim, ticket: Linked) -> None:
    """Keep what has become known of a claimed ticket.

    Raises:
        Lost: Another process has it.
    """
    values = {
        "reference": ticket.reference,
        "url": ticket.url,
        "name": ticket.name,
        "stage": str(ticket.stage),
        "told": ticket.told,
        "version": ticket.version,
        "error": ticket.error,
        "document": ticket.facts,
    }
    done = transaction.connection.execute(update(TICKET).where(*_held(claim)).values(values))
    if not done.rowcount:
        raise Lost(claim.ticket.key)


def finish(transaction: Transaction, claim: Claim, due: int | None) -> None:
    """Let a ticket go, both sides of which are the same now; what happened meanwhile is due."""
    unchanged = TICKET.c.turn == claim.ticket.turn
    values = {
        "leased_until": 0,
        "attempts": 0,
        "due_at": case((unchanged, due), else_=TICKET.c.due_at),
    }
    transaction.connection.execute(update(TICKET).where(*_held(claim)).values(values))


def put_off(transaction: Transaction, claim: Claim, due: int, error: str) -> None:
    """Let a ticket go that has to be tried again."""
    values = {"leased_until": 0, "due_at": due, "error": error}
    transaction.connection.execute(update(TICKET).where(*_held(claim)).values(values))


def refuse(transaction: Transaction, claim: Claim, due: int, error: str) -> None:
    """Let a ticket go that the tracker refuses: whatever happens next is another try."""
    values = {"leased_until": 0, "attempts": 0, "due_at": due, "error": error}
    transaction.connection.execute(update(TICKET).where(*_held(claim)).values(values))


def entries_after(connection: Connection, incident: int, told: int) -> tuple[tuple[int, Note], ...]:
    """Return the entries of a timeline that follow on one, with their ids."""
    query = select(TIMELINE).where(TIMELINE.c.incident_id == incident, TIMELINE.c.id > told)
    rows = connection.execute(query.order_by(TIMELINE.c.id).limit(_MOST_ENTRIES))
    return tuple(
        (row.id, Note(incident, row.at, Entry(row.kind), row.actor, row.text)) for row in rows
    )


def touch(transaction: Transaction, tracker: str, touched: Iterable[Touched]) -> None:
    """Make those tickets due that are not as they were when they were last looked at."""
    changed = {one.reference: one.version for one in touched}
    names = list(changed)
    for start in range(0, len(names), _IN_QUERY):
        some = names[start : start + _IN_QUERY]
        here = (TICKET.c.tracker == tracker, TICKET.c.reference.in_(some))
        rows = transaction.connection.execute(select(TICKET).where(*here)).all()
        for row in rows:
            if row.version != changed[row.reference]:
                ready = (TICKET.c.attempts == 0) | (TICKET.c.leased_until > 0)
                here = _here(linked_in(row))
                due = {"due_at": transaction.now, "turn": TICKET.c.turn + 1}
                transaction.connection.execute(update(TICKET).where(*here, ready).values(due))


def tickets_of(connection: Connection, incident: int) -> tuple[Linked, ...]:
    """Return the tickets of an incident, by the names of their trackers."""
    query = select(TICKET).where(TICKET.c.incident_id == incident)
    query = query.where(TICKET.c.stage != str(Stage.WITHDRAWN))
    return tuple(map(linked_in, connection.execute(query.order_by(TICKET.c.tracker))))


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits in front of a tracker.

    Attributes:
        oldest: Since when the one that has waited longest is due, nanoseconds.
        succeeded_at: When it last did what it was asked; None: never.
        held: How many are made later, as more are wanted than are made in a minute.
    """

    waiting: int = 0
    oldest: int | None = None
    denied: bool = False
    succeeded_at: int | None = None
    held: int = 0


def queues(connection: Connection, now: int) -> Mapping[str, Queue]:
    """Return what waits in front of each tracker."""
    query = select(TICKET.c.tracker, func.count(), func.min(TICKET.c.due_at))
    query = query.where(TICKET.c.due_at <= now).group_by(TICKET.c.tracker)
    waiting = {name: (count, oldest) for name, count, oldest in connection.execute(query)}
    held = held_back(connection)
    return {
        row.name: Queue(
            *waiting.get(row.name, (0, None)),
            row.denied_at is not None,
            row.succeeded_at,
            held.get(row.name, 0),
        )
        for row in connection.execute(select(TRACKER))
    }
