"""What is to be said of an incident: drafted for each audience, and refused where it must not be.

Pure; `announcing` carries it out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sothat.incidents.communication.book import Audience, AudienceKind, Book, Kind, Service
from sothat.incidents.communication.facts import Facts, facts_of, is_drill
from sothat.incidents.communication.guard import Finding, Internals, findings
from sothat.incidents.communication.wording import Inside, Said, Text, customers, insiders
from sothat.incidents.incident import Incident
from sothat.incidents.labels import where
from sothat.incidents.refusal import Refused
from sothat.model.guessing import did_you_mean
from sothat.model.policy import Policy

_WHILE_IT_LASTS = frozenset({Kind.INITIAL, Kind.UPDATE})


class Unsayable(Refused):
    """What somebody adds for customers has something internal in it.

    Attributes:
        found: Where, by the field.
    """

    def __init__(self, found: Sequence[tuple[str, Finding]]) -> None:
        self.found = tuple(found)
        told = "; ".join(f"{field}, {finding}" for field, finding in found)
        super().__init__(
            f"customers would read what is internal: {told}. "
            "Reword it; a word that may be said belongs to public_words or public_hosts"
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to say.

    Attributes:
        audiences: Names of those who are told.
        by: Who says it.
        service: Key of the service, where the incident's labels do not tell it.
    """

    kind: Kind
    audiences: tuple[str, ...]
    said: Said
    by: str
    service: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What one audience would read."""

    audience: Audience
    facts: Facts
    said: Said
    text: Text


@dataclass(frozen=True, slots=True)
class Office:
    """What texts are made with.

    Attributes:
        people: Names of users.
        url: Where the service is for people of the house.
        page: Where the status page is; empty: there is none.
    """

    book: Book
    policy: Policy
    people: tuple[str, ...] = ()
    url: str = ""
    page: str = ""


def draft(incident: Incident, wish: Wish, office: Office, known: Internals) -> tuple[Draft, ...]:
    """Return what each audience would read.

    Raises:
        Unsayable: Customers would read what is internal.
        Refused: It makes no sense for this incident, or an audience must not hear of it.
    """
    service = _service(incident, wish, office.book)
    heard = {
        n: one for n, one in office.book.audiences.items() if one.hears(service, incident.site)
    }
    names = tuple(dict.fromkeys(wish.audiences))
    if not names:
        raise Refused("nobody is named who is told: name an audience")
    _check_kind(incident, wish.kind)
    # Whoever names an audience that is not theirs learns no more than of one that is not there.
    if any(name not in heard or heard[name].kind is AudienceKind.CUSTOMERS for name in names):
        _check_texts(wish.said, known)
    audiences = tuple(_audience(name, heard) for name in names)
    return tuple(_draft(incident, wish, one, service, office) for one in audiences)


def _audience(name: str, heard: Mapping[str, Audience]) -> Audience:
    """Return an audience; one of other clients is as if it were not there, its name included."""
    if name not in heard:
        hint = did_you_mean(name, heard, otherwise=f"there are: {', '.join(heard) or 'none'}")
        raise Refused(f"no audience {name!r:.60} hears of this incident's site and service; {hint}")
    return heard[name]


def _check_kind(incident: Incident, kind: Kind) -> None:
    if incident.merged_into is not None:
        raise Refused(f"merged into #{incident.merged_into}: say it of that one")
    if kind in _WHILE_IT_LASTS and incident.over:
        raise Refused(f"it is {incident.state}: a resolution, summary or preventive text fits")
    if kind not in _WHILE_IT_LASTS and not incident.over:
        raise Refused(f"it is not resolved yet: nobody is told a {kind} text before")


def _check_texts(said: Said, known: Internals) -> None:
    found = [
        (field, finding)
        for field, text in said.texts().items()
        for finding in findings(text, known)
    ]
    if found:
        raise Unsayable(found)


def _draft(
    incident: Incident, wish: Wish, audience: Audience, service: Service | None, office: Office
) -> Draft:
    facts = facts_of(incident, service or _unnamed(incident), office.book)
    if audience.kind is AudienceKind.CUSTOMERS:
        if is_drill(incident):
            raise Refused(f"it is a drill: {audience.name} hears nothing of it")
        text = customers(wish.kind, _listed(facts, audience), wish.said, office.book)
    else:
        inside = Inside(_inside(incident, audience.kind, office))
        text = insiders(wish.kind, audience.kind, facts, wish.said, inside, office.book)
    return Draft(audience, facts, wish.said, text)


def _listed(facts: Facts, audience: Audience) -> Facts:
    """Return facts without a site that only its own people may read of."""
    own = facts.site is not None and (facts.site.listed or facts.site.key in audience.sites)
    return facts if own else replace(facts, site=None)


def _service(incident: Incident, wish: Wish, book: Book) -> Service | None:
    if not wish.service:
        return book.service_of(incident)
    if wish.service not in book.services:
        hint = did_you_mean(wish.service, book.services, otherwise="")
        raise Refused(f"there is no service {wish.service!r:.60}; {hint}".rstrip("; "))
    return book.services[wish.service]


def _unnamed(incident: Incident) -> Service:
    """Return what people of the house call something that customers have no name for."""
    promise = incident.promise
    return Service("", promise.title, promise.so_that or "customers have what they pay for", ())


def _inside(incident: Incident, kind: AudienceKind, office: Office) -> Mapping[str, str]:
    terms = office.policy.priorities.get(incident.priority)
    common = {
        "Incident": f"#{incident.id} {incident.promise.title}",
        "Priority": f"{incident.priority}, {terms.meaning}" if terms else str(incident.priority),
        "Client": incident.clocks.client,
        "Team": incident.team,
    }
    if kind is AudienceKind.EXECUTIVES:
        return common
    return {
        **common,
        "Where": where(incident.labels),
        "If": incident.promise.condition,
        "Do": incident.promise.action,
        "Read on": f"{office.url}/incidents/{incident.id}",
    }


def automatic(incident: Incident, told: Sequence[Kind], audience: Audience) -> Kind | None:
    """Return what an audience is told by itself now.

    Args:
        incident: The incident.
        told: What the audience was told of it, in order.
        audience: Who.
    """
    if incident.priority not in audience.automatic or incident.merged_into is not None:
        return None
    running = bool(told) and told[-1] in _WHILE_IT_LASTS
    if incident.over:
        return Kind.RESOLUTION if running else None
    return None if running else Kind.INITIAL
