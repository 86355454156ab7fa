"""The page of the audit log: who did what, the newest first; for administrators."""

from collections.abc import Iterator

from sothat.incidents.roles import Role
from sothat.incidents.store.audit import audited
from sothat.incidents.web.binding import read_query
from sothat.incidents.web.models import PageQuery
from sothat.incidents.web.problems import EXPECTED, Failure, failure_of
from sothat.incidents.web.rendering import Renderer
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.views import Views
from sothat.incidents.web.visits import Visit, Visits
from starlette.responses import Response
from starlette.routing import Route


class AuditPages:
    """Shows the audit log, of a limited administrator's incidents only what was done to them."""

    def __init__(self, views: Views, visits: Visits, renderer: Renderer) -> None:
        self._views = views
        self._visits = visits
        self._renderer = renderer

    def routes(self) -> Iterator[Route]:
        """Yield the route of the page."""
        yield Route("/audit", self._visits.entered(self._show, Scoped.NARROWED), methods=["GET"])

    async def _show(self, visit: Visit) -> Response:
        caller = visit.caller
        try:
            if not caller.role.covers(Role.ADMIN):
                raise Failure(403, "the audit log is there for administrators")
            query = read_query(visit.request, PageQuery)
            found = await self._views.read(
                lambda c: audited(c, query.limit, query.cursor, caller.scope)
            )
        except EXPECTED as error:
            failure = failure_of(error)
            page = ("refused.html", failure.status)
            return self._renderer.page(*page, caller=caller, problem=failure.detail)
        return self._renderer.page("audit.html", caller=caller, found=found)
