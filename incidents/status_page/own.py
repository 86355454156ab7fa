"""The status page of one client: what of all that customers were told is about what they have."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sothat.incidents.access.scope import SITE_LABEL, Scope
from sothat.incidents.communication.book import STATUS_PAGE, AudienceKind, Book
from sothat.incidents.incident import Incident
from sothat.incidents.status_page.history import DAYS
from sothat.incidents.status_page.planned import Calendar, Planned
from sothat.incidents.status_page.publisher import since
from sothat.incidents.status_page.snapshot import Disruption, Snapshot, snapshot
from sothat.incidents.store.announcements import Announced, incidents_of, told_since
from sothat.incidents.times import SECOND
from sqlalchemy import Connection

_DAY = 86_400 * SECOND


def own_snapshot(
    connection: Connection, book: Book, calendar: Calendar, scope: Scope, now: int
) -> Snapshot:
    """Return what the page says to somebody with a scope; without one to the house: all of it.

    Said is what any audience of customers was told of incidents within the scope, not only the
    public: whoever has the incident may read it. Services are disrupted by these alone.
    """
    told = list(_told(connection, book, now - DAYS * _DAY))
    found = incidents_of(connection, sorted({one.incident for one in told}))
    own = {number: one for number, one in found.items() if scope.has(one.team, one.labels)}
    planned = calendar.planned(datetime.fromtimestamp(now // SECOND, UTC))
    concerned = [one for one in planned if concerns(one, scope)]
    shot = snapshot(_once(told, own), own, concerned, book, since(connection, now), now)
    named = (tuple(map(_named, part)) for part in (shot.current, shot.past))
    current, past = named
    return replace(shot, current=current, past=past)


def concerns(work: Planned, scope: Scope) -> bool:
    """Return whether somebody with a scope is to know of a work; pure."""
    sites = {value for one in work.affects for value in one.get(SITE_LABEL, ())}
    return (not scope.clients or not set(scope.clients).isdisjoint(work.clients)) and (
        not scope.sites or not set(scope.sites).isdisjoint(sites)
    )


def _told(connection: Connection, book: Book, start: int) -> Iterator[Announced]:
    """Yield what customers were told, in the order in which it was said."""
    audiences = {n for n, one in book.audiences.items() if one.kind is AudienceKind.CUSTOMERS}
    said = (
        one for name in {*audiences, STATUS_PAGE} for one in told_since(connection, name, start)
    )
    yield from sorted(said, key=lambda one: one.id)


def _once(told: Iterable[Announced], own: Mapping[int, Incident]) -> Sequence[Announced]:
    """Return what was said of some incidents; the same words to several audiences are said once."""
    found: dict[tuple[object, ...], Announced] = {}
    for one in told:
        if one.incident in own:
            found.setdefault((one.incident, one.kind, one.at, one.text.body), one)
    return list(found.values())


def _named(one: Disruption) -> Disruption:
    """Return a disruption with its site's name: to its own people it is no secret."""
    site = one.facts.site
    named = None if site is None else replace(site, listed=True)
    return replace(one, facts=replace(one.facts, site=named))
