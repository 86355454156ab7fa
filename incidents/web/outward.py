"""The faces of what is said outside, and of what comes in from there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sothat.incidents.outside import Outside
from sothat.incidents.reports_in.desk import Counter
from sothat.incidents.web.announcements import ANNOUNCEMENTS, AnnouncementsApi
from sothat.incidents.web.announcing import AnnouncingPages
from sothat.incidents.web.api import Handler
from sothat.incidents.web.operations import Operation
from sothat.incidents.web.orders import Orders
from sothat.incidents.web.own_status import OwnStatus
from sothat.incidents.web.rendering import Renderer
from sothat.incidents.web.reports import REPORTS, ReportsApi
from sothat.incidents.web.services import ServicesPage
from sothat.incidents.web.status import Box, StatusPages
from sothat.incidents.web.subscriptions import SUBSCRIPTIONS, SubscriptionsApi
from sothat.incidents.web.triage import TriagePages
from sothat.incidents.web.views import Views
from sothat.incidents.web.visits import Visits
from sothat.incidents.writer import Writer
from starlette.routing import Route


@dataclass(frozen=True, slots=True)
class Outward:
    """What the application takes in.

    Attributes:
        handlers: What answers each of the operations, by its name.
        named: Routes under the service's own names; ``open``: under any name.
    """

    operations: tuple[Operation, ...] = ()
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    named: tuple[Route, ...] = ()
    open: tuple[Route, ...] = ()


def outward(
    outside: Outside,
    views: Views,
    orders: Orders,
    visits: Visits,
    renderer: Renderer,
    writer: Writer,
    clock: Callable[[], int],
) -> Outward:
    """Return the faces."""
    announcing = AnnouncementsApi(views, orders, outside.office)
    pages = AnnouncingPages(announcing, views, outside.office, visits, renderer)
    counter = Counter(outside.office, outside.seals, outside.mail, outside.reports.address)
    reports = ReportsApi(views, orders, counter)
    triage = TriagePages(reports, outside.office, outside.look, outside.reports, visits, renderer)
    services = ServicesPage(outside, views, visits, renderer)
    subscriptions = SubscriptionsApi(views, orders)
    own = _own_status(outside, views, visits, renderer, clock)
    return Outward(
        operations=(*ANNOUNCEMENTS, *REPORTS, *SUBSCRIPTIONS),
        handlers={
            **announcing.handlers(),
            **reports.handlers(),
            **subscriptions.handlers(),
        },
        named=(*pages.routes(), *triage.routes(), *services.routes(), *own),
        open=(*_status(outside, writer, clock), *triage.open_routes()),
    )


def _own_status(
    outside: Outside,
    views: Views,
    visits: Visits,
    renderer: Renderer,
    clock: Callable[[], int],
) -> tuple[Route, ...]:
    if outside.publisher is None:
        return ()
    book = outside.office.book
    page = OwnStatus(book, outside.calendar, outside.look, views, visits, renderer, clock)
    return tuple(page.routes())


def _status(outside: Outside, writer: Writer, clock: Callable[[], int]) -> tuple[Route, ...]:
    if outside.publisher is None:
        return ()
    box = Box(writer, outside.seals, outside.office.book, outside.look, outside.page, outside.mail)
    return StatusPages(outside.publisher, box, clock).routes()
