"""What the status page says at a moment: made from announcements, never from alerts. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sothat.incidents.communication.book import Book, Effect, Kind, Service
from sothat.incidents.communication.facts import Facts, Status, facts_of, is_drill
from sothat.incidents.communication.wording import Text
from sothat.incidents.incident import Incident
from sothat.incidents.status_page.history import Day, Spell, days
from sothat.incidents.status_page.planned import Planned
from sothat.incidents.store.announcements import Announced


@dataclass(frozen=True, slots=True)
class Post:
    """Something that was said; the moment in nanoseconds."""

    id: int
    at: int
    kind: Kind
    status: Status
    text: Text


@dataclass(frozen=True, slots=True)
class Disruption:
    """An incident as customers know it.

    Attributes:
        posts: What was said of it, the newest first.
    """

    facts: Facts
    status: Status
    posts: tuple[Post, ...]

    @property
    def over(self) -> bool:
        """Return whether it has ended."""
        return self.facts.ended is not None


@dataclass(frozen=True, slots=True)
class Row:
    """A service, how it is now, and its last ninety days."""

    service: Service
    effect: Effect
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the page says.

    Attributes:
        at: The moment, nanoseconds.
        current: Disruptions that last, the worst first.
        past: Those of the last ninety days that are over, the latest first.
    """

    at: int
    rows: tuple[Row, ...]
    current: tuple[Disruption, ...]
    past: tuple[Disruption, ...]
    planned: tuple[Planned, ...]

    @property
    def worst(self) -> Effect:
        """Return how the worst service is."""
        effects = [row.effect for row in self.rows] or [Effect.OPERATIONAL]
        return max(effects, key=lambda one: one.rank)


def snapshot(
    told: Sequence[Announced],
    incidents: Mapping[int, Incident],
    planned: Sequence[Planned],
    book: Book,
    since: int,
    now: int,
) -> Snapshot:
    """Return what the page says.

    Args:
        told: What was announced to the status page, in order.
        incidents: What it was said of, by number, as it is now.
        planned: Work that customers were told of.
        book: Public names.
        since: From when on anything is known, nanoseconds.
        now: The moment.
    """
    found = list(_disruptions(told, incidents, book))
    lasting = [one for one in found if not one.over]
    services = [one for one in book.services.values() if not one.internal]
    rows = (_row(one, found, planned, (since, now), book.zone) for one in services)
    return Snapshot(
        at=now,
        rows=tuple(rows),
        current=tuple(sorted(lasting, key=lambda d: (-d.facts.effect.rank, d.facts.began))),
        past=tuple(sorted((d for d in found if d.over), key=lambda d: -d.facts.began)),
        planned=tuple(planned),
    )


def _disruptions(
    told: Iterable[Announced], incidents: Mapping[int, Incident], book: Book
) -> Iterable[Disruption]:
    grouped: dict[int, list[Announced]] = {}
    for one in told:
        grouped.setdefault(one.incident, []).append(one)
    for number, said in grouped.items():
        incident, service = incidents.get(number), book.services.get(said[-1].service)
        if incident is None or service is None or service.internal or is_drill(incident):
            continue
        yield _disruption(incident, service, said, book)


def _disruption(
    incident: Incident, service: Service, said: Sequence[Announced], book: Book
) -> Disruption:
    facts = facts_of(incident, service, book)
    # Whoever wrote may know more than the state of the incident tells, but not that it is over.
    further = said[-1].status is Status.IDENTIFIED and facts.status is Status.INVESTIGATING
    posts = tuple(Post(one.id, one.at, one.kind, one.status, one.text) for one in reversed(said))
    return Disruption(facts, Status.IDENTIFIED if further else facts.status, posts)


def _row(
    service: Service,
    found: Iterable[Disruption],
    planned: Iterable[Planned],
    span: tuple[int, int],
    zone: str,
) -> Row:
    since, now = span
    own = [one for one in found if one.facts.service.key == service.key]
    effects = [one.facts.effect for one in own if not one.over]
    if any(one.running and one.touches(service) for one in planned):
        effects.append(Effect.MAINTENANCE)
    spells = [_spell(one.facts, now) for one in own]
    worst = max(effects, key=lambda one: one.rank, default=Effect.OPERATIONAL)
    return Row(service, worst, days(spells, since, now, zone))


def _spell(facts: Facts, now: int) -> Spell:
    return Spell(facts.worst, facts.began, now if facts.ended is None else facts.ended)
