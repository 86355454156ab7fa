"""What of this house and of an incident nobody outside is to read. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from sothat.incidents.communication.book import Book, PublicSite
from sothat.incidents.communication.guard import Internals, words_of
from sothat.incidents.incident import ALERTMANAGER, SERVICE, Incident
from sothat.incidents.store.reading import AlertView
from sothat.model.policy import Policy

# Labels whose values are words of this tool, the same in every house.
_OURS = frozenset(("priority", "severity", "kind", "domain"))


def internals(
    incident: Incident,
    alerts: Iterable[AlertView],
    people: Iterable[str],
    policy: Policy,
    book: Book,
) -> Internals:
    """Return what a text about an incident must not have.

    Args:
        incident: The incident.
        alerts: Its alerts.
        people: Names of people: users, and whoever acted on the incident.
        policy: Its teams and clients have names of their own.
        book: What is public.
    """
    own = book.sites.get(incident.labels.get("site", ""))
    words = dict(
        (
            *_labels((incident.labels, *(alert.labels for alert in alerts))),
            *words_of("an annotation of an alert", _annotations(alerts)),
            *words_of("the name of an alert", (incident.promise.alertname,)),
            *words_of("the name of a team", policy.teams),
            *words_of("the name of a client", policy.clients),
            *words_of("the name of another site", _others(book, own)),
            *words_of("the name of a person", _names(people)),
        )
    )
    return Internals(tuple(words.items()), _published(book, own), frozenset(book.public_hosts))


def of_house(people: Iterable[str], policy: Policy, book: Book) -> Internals:
    """Return what a text that is about no incident must not have."""
    words = dict(
        (
            *words_of("the name of a team", policy.teams),
            *words_of("the name of a client", policy.clients),
            *words_of("the name of a person", _names(people)),
        )
    )
    return Internals(tuple(words.items()), _published(book, None), frozenset(book.public_hosts))


def _labels(sets: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for labels in sets:
        for name, value in labels.items():
            if name not in _OURS:
                yield value, f"the value of the label {name}"


def _annotations(alerts: Iterable[AlertView]) -> Iterator[str]:
    for alert in alerts:
        yield from alert.annotations.values()


def _others(book: Book, own: PublicSite | None) -> Iterator[str]:
    return (site.name for site in book.sites.values() if site != own)


def _names(people: Iterable[str]) -> Iterator[str]:
    for name in people:
        if name not in (SERVICE, ALERTMANAGER):
            yield name
            yield name.replace("-", " ").replace(".", " ").replace("_", " ")


def _published(book: Book, own: PublicSite | None) -> tuple[str, ...]:
    services = [one for one in book.services.values() if not one.internal]
    return (
        *book.public_words,
        *(one.name for one in services),
        *(one.so_that for one in services),
        book.signature,
        *((own.name,) if own else ()),
    )
