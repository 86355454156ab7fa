"""Saying it: kept, put on its way to every channel and subscriber, noted on the timeline."""

from collections.abc import Iterable, Sequence

from sothat.incidents import events
from sothat.incidents.commands import NoSuchIncident, carry_out
from sothat.incidents.communication.book import STATUS_PAGE, Audience, Kind
from sothat.incidents.communication.facts import is_drill
from sothat.incidents.communication.guard import Internals
from sothat.incidents.communication.internals import internals
from sothat.incidents.communication.notices import kept
from sothat.incidents.communication.telling import Draft, Office, Wish, automatic, draft
from sothat.incidents.communication.wording import Said
from sothat.incidents.incident import SERVICE, Entry, Incident, Page, Reason
from sothat.incidents.letters.subscribers import tell_subscribers
from sothat.incidents.refusal import Refused
from sothat.incidents.store import browsing
from sothat.incidents.store.announcements import (
    Announced,
    add_announcement,
    announcements,
    incidents_of,
    told_since,
)
from sothat.incidents.store.noting import note
from sothat.incidents.store.rows import page_row
from sothat.incidents.store.tables import INCIDENT, OUTBOX, TIMELINE
from sothat.incidents.times import SECOND
from sothat.incidents.transaction import Transaction
from sqlalchemy import Connection, insert, select

# More alerts than anybody writes about; what is internal repeats itself in the others.
_ALERTS = 1000
# An incident of this age is no news to those who are told by themselves.
_NEWS = 7 * 86_400 * SECOND
_AT_ONCE = 200


def drafts(connection: Connection, number: int, wish: Wish, office: Office) -> tuple[Draft, ...]:
    """Return what would be said.

    Raises:
        NoSuchIncident: There is none of this number.
        Refused: It must not be said.
    """
    incident = browsing.incident(connection, number)
    if incident is None:
        raise NoSuchIncident(f"there is no incident {number}")
    return draft(incident, wish, office, known_of(connection, incident, office))


def known_of(connection: Connection, incident: Incident, office: Office) -> Internals:
    """Return what nobody outside is to read about an incident."""
    alerts = browsing.alerts_of(connection, [incident.id], _ALERTS).get(incident.id, ())
    query = select(TIMELINE.c.actor).where(TIMELINE.c.incident_id == incident.id).distinct()
    actors = connection.execute(query).scalars()
    return internals(incident, alerts, (*office.people, *actors), office.policy, office.book)


def announce(transaction: Transaction, number: int, wish: Wish, office: Office) -> None:
    """Say something of an incident to some audiences; while it lasts, that is its update, too.

    Raises:
        NoSuchIncident: There is none of this number.
        Refused: It must not be said, or not twice.
    """
    connection = transaction.connection
    found = drafts(connection, number, wish, office)
    if wish.kind is Kind.INITIAL:
        _want_first(announcements(connection, number), found)
    for one in found:
        _say(transaction, number, wish, one, office)
    names = ", ".join(one.audience.name for one in found)
    text = f"{wish.kind} text to {names}: {found[0].text.subject}"
    note(transaction, number, Entry.ANNOUNCED, wish.by, text)
    if wish.kind in (Kind.INITIAL, Kind.UPDATE):
        carry_out(transaction, number, events.Update(wish.by, f"told {names}"))


def _want_first(earlier: Sequence[Announced], found: Iterable[Draft]) -> None:
    """Refuse a second beginning to those who know already that it lasts."""
    last = {one.audience: one.kind for one in earlier}
    lasting = (Kind.INITIAL, Kind.UPDATE)
    told = [one.audience.name for one in found if last.get(one.audience.name) in lasting]
    if told:
        raise Refused(f"{', '.join(told)} heard of it already: say it as an update")


def _say(transaction: Transaction, number: int, wish: Wish, one: Draft, office: Office) -> None:
    name = one.audience.name
    said = Announced(
        id=0,
        incident=number,
        at=transaction.now,
        author=wish.by,
        kind=wish.kind,
        audience=name,
        service=one.facts.service.key,
        status=one.said.status or one.facts.status,
        text=one.text,
    )
    add_announcement(transaction, said)
    _send(transaction, number, one, office)
    if name == STATUS_PAGE:
        tell_subscribers(transaction, one.facts.service.key, one.text, office.page)


def _send(transaction: Transaction, number: int, one: Draft, office: Office) -> None:
    """Put a text into the outbox, once for each channel."""
    incident = browsing.incident(transaction.connection, number)
    if incident is None or not one.audience.channels:
        return
    details = kept(one.text, office.page)
    now, why, priority = transaction.now, Reason.ANNOUNCED, incident.priority
    pages = (Page(number, name, why, priority, now) for name in one.audience.channels)
    rows = [{**page_row(page), "details": details} for page in pages]
    transaction.connection.execute(insert(OUTBOX), rows)
    transaction.paged = True


def tell_by_itself(transaction: Transaction, office: Office) -> int:
    """Tell those who are told by themselves what they have not been told; return how many times.

    Whoever asks holds the store's write lock: of several processes one says it.
    """
    audiences = [one for one in office.book.audiences.values() if one.automatic]
    return sum(_tell(transaction, audience, office) for audience in audiences)


def _tell(transaction: Transaction, audience: Audience, office: Office) -> int:
    connection, since = transaction.connection, transaction.now - _NEWS
    told: dict[int, list[Kind]] = {}
    for one in told_since(connection, audience.name, since):
        told.setdefault(one.incident, []).append(one.kind)
    count = 0
    for incident in _candidates(transaction, audience, office, told):
        kind = automatic(incident, told.get(incident.id, ()), audience)
        if kind is not None:
            count += _told(transaction, incident, kind, audience, office)
    return count


def _candidates(
    transaction: Transaction, audience: Audience, office: Office, told: Iterable[int]
) -> Iterable[Incident]:
    """Return the incidents that an audience may have to hear of, the oldest first."""
    connection, now = transaction.connection, transaction.now
    query = select(INCIDENT.c.id).where(
        INCIDENT.c.resolved_at.is_(None),
        INCIDENT.c.priority.in_([str(one) for one in audience.automatic]),
        INCIDENT.c.opened_at <= now - office.book.after,
    )
    lasting = connection.execute(query.order_by(INCIDENT.c.opened_at).limit(_AT_ONCE)).scalars()
    found = incidents_of(connection, sorted({*lasting, *told}))
    for incident in found.values():
        service = office.book.service_of(incident)
        if service and audience.hears(service, incident.site) and not is_drill(incident):
            yield incident


def _told(
    transaction: Transaction, incident: Incident, kind: Kind, audience: Audience, office: Office
) -> bool:
    wish = Wish(kind, (audience.name,), Said(), SERVICE)
    known = Internals()
    for one in draft(incident, wish, office, known):
        _say(transaction, incident.id, wish, one, office)
    note(transaction, incident.id, Entry.ANNOUNCED, SERVICE, f"{kind} text to {audience.name}")
    return True
