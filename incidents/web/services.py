"""The status page of the house: every service, the internal ones too, with the incidents behind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sothat.incidents.communication.book import Book, Effect, Service
from sothat.incidents.communication.facts import effect_of, is_drill
from sothat.incidents.incident import Incident
from sothat.incidents.outside import Outside
from sothat.incidents.status_page.rendering import WORDS
from sothat.incidents.store import browsing
from sothat.incidents.store.browsing import WORKING, Wanted
from sothat.incidents.store.letters import letters_waiting
from sothat.incidents.store.reports_in import waiting
from sothat.incidents.web.rendering import Renderer
from sothat.incidents.web.views import Views
from sothat.incidents.web.visits import Visit, Visits
from sqlalchemy import Connection
from starlette.responses import Response
from starlette.routing import Route

_MOST = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """A service, how it is, and why."""

    service: Service
    effect: Effect
    incidents: tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What the page shows.

    Attributes:
        others: Incidents that concern no service.
        more: Whether there are more incidents than were looked at.
        letters: How many letters wait to be sent.
        reports: How many reports wait for a decision.
    """

    services: tuple[Standing, ...]
    others: tuple[Incident, ...]
    more: bool
    letters: int
    reports: int


class ServicesPage:
    """Shows the page."""

    def __init__(self, outside: Outside, views: Views, visits: Visits, renderer: Renderer) -> None:
        self._book = outside.office.book
        self._public = f"{outside.page}/" if outside.publisher else ""
        self._views = views
        self._visits = visits
        self._renderer = renderer

    def routes(self) -> tuple[Route, ...]:
        """Return the routes."""
        return (Route("/services", self._visits.entered(self._show), methods=["GET"]),)

    async def _show(self, visit: Visit) -> Response:
        found = await self._views.read(lambda c: _found(c, self._book))
        return self._renderer.page(
            "services.html", caller=visit.caller, found=found, words=WORDS, public=self._public
        )


def _found(connection: Connection, book: Book) -> Found:
    page = browsing.incidents(connection, Wanted(states=WORKING), _MOST)
    services, others = standings(page.items, book)
    return Found(
        services=services,
        others=others,
        more=bool(page.following),
        letters=letters_waiting(connection),
        reports=waiting(connection),
    )


def standings(
    incidents: Iterable[Incident], book: Book
) -> tuple[tuple[Standing, ...], tuple[Incident, ...]]:
    """Return how each service is by the incidents that are not over, and those of none; pure."""
    found: dict[str, list[Incident]] = {key: [] for key in book.services}
    others: list[Incident] = []
    for one in incidents:
        service = book.service_of(one)
        if not is_drill(one):
            (found[service.key] if service else others).append(one)
    services = (_standing(service, found) for service in book.services.values())
    return tuple(services), tuple(others)


def _standing(service: Service, found: Mapping[str, Sequence[Incident]]) -> Standing:
    own = found[service.key]
    effects = (effect_of(one, service) for one in own)
    worst = max(effects, key=lambda effect: effect.rank, default=Effect.OPERATIONAL)
    return Standing(service, worst, tuple(own))
