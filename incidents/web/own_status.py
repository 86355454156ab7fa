"""``/my-status/``: the status page of whoever is signed in, with what is theirs alone."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from sothat.incidents.communication.book import Book
from sothat.incidents.status_page.own import own_snapshot
from sothat.incidents.status_page.planned import Calendar
from sothat.incidents.status_page.rendering import INDEX, Look, files
from sothat.incidents.web.answers import NO_STORE
from sothat.incidents.web.rendering import Renderer
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.views import Views
from sothat.incidents.web.visits import Visit, Visits
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

_PLACE = "/my-status/"


class OwnStatus:
    """Shows the page, its data and its feed.

    Args:
        book: Public names.
        calendar: What is planned.
        look: As the public page's, only that nobody subscribes here.
        clock: Nanoseconds since 1970.
    """

    def __init__(
        self,
        book: Book,
        calendar: Calendar,
        look: Look,
        views: Views,
        visits: Visits,
        renderer: Renderer,
        clock: Callable[[], int],
    ) -> None:
        self._book = book
        self._calendar = calendar
        self._look = replace(look, mail=False, action="")
        self._views = views
        self._visits = visits
        self._renderer = renderer
        self._clock = clock

    def routes(self) -> Iterator[Route]:
        """Yield the routes."""
        yield Route(_PLACE.rstrip("/"), self._visits.entered(self._enter, Scoped.OPEN))
        for path in (_PLACE, f"{_PLACE}{{name}}"):
            yield Route(path, self._visits.entered(self._show, Scoped.NARROWED))

    async def _enter(self, _visit: Visit) -> Response:
        return RedirectResponse(_PLACE, 308)

    async def _show(self, visit: Visit) -> Response:
        scope, now = visit.caller.scope, self._clock()
        shot = await self._views.read(
            lambda c: own_snapshot(c, self._book, self._calendar, scope, now)
        )
        name = visit.request.path_params.get("name", INDEX)
        file = files(shot, self._look, fresh=True).get(name)
        if file is None:
            return self._renderer.page("missing.html", 404, caller=visit.caller)
        return Response(file.content, 200, NO_STORE, file.media_type)
