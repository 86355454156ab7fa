"""The application: which path leads where, who may go there, and what errors look like."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

from sothat.incidents.web.access import goes_by, host_of
from sothat.incidents.web.actions import ACTIONS
from sothat.incidents.web.answers import text_answer
from sothat.incidents.web.headers import SecurityHeaders
from sothat.incidents.web.health import Health
from sothat.incidents.web.pages import Pages
from sothat.incidents.web.problems import problem
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.shelf import Shelf
from sothat.incidents.web.visits import Page, Visits
from starlette.applications import Starlette
from starlette.convertors import IntegerConvertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

# More than any number that there is; what is cut off leaves it too large all the same.
_DIGITS = 100
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Faces:
    """The parts that answer requests.

    Attributes:
        api: The routes of the JSON API.
        host: The name under which people reach the service; None: any will do.
        open: Routes that answer under any name, to anybody.
    """

    api: tuple[Route, ...]
    pages: Pages
    visits: Visits
    shelf: Shelf
    health: Health
    host: str | None
    open: tuple[Route, ...] = ()


class _Number(IntegerConvertor):
    """A number of any length: Python refuses to read one of thousands of digits."""

    def convert(self, value: str) -> int:
        return int(value[:_DIGITS])


def _of_any_number(route: Route) -> Route:
    for name, convertor in route.param_convertors.items():
        if isinstance(convertor, IntegerConvertor):
            route.param_convertors[name] = _Number()
    return route


def build_app(faces: Faces) -> Starlette:
    """Return the application."""
    app = Starlette(
        routes=[_of_any_number(route) for route in (*_open_routes(faces), *_named(faces))],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={HTTPException: _http_error(faces.pages), Exception: _unexpected},
    )
    # A redirect would turn Alertmanager's POST into a GET and count as delivered.
    app.router.redirect_slashes = False
    return app


def _open_routes(faces: Faces) -> list[Route]:
    return [
        Route("/-/healthy", faces.health.healthy),
        Route("/-/ready", faces.health.ready),
        Route("/metrics", faces.health.metrics),
        Route("/static/style.css", faces.pages.style),
        Route("/static/icon.svg", faces.pages.icon),
        *faces.open,
    ]


def _named(faces: Faces) -> Iterator[Route]:
    """Yield the routes that answer under the service's own names only."""
    for route in (*faces.api, *_page_routes(faces)):
        methods = [method for method in route.methods or () if method != "HEAD"]
        yield Route(route.path, _known(route.endpoint, faces.host), methods=methods)


def _page_routes(faces: Faces) -> Iterator[Route]:
    pages, visits, shelf = faces.pages, faces.visits, faces.shelf

    def guarded(path: str, page: Page, method: str = "GET", scoped: Scoped | None = None) -> Route:
        if path.startswith("/incidents/{id:int}"):
            scoped = Scoped.INCIDENT
        return Route(path, visits.entered(page, scoped), methods=[method])

    yield guarded("/", pages.index, scoped=Scoped.NARROWED)
    yield guarded("/incidents/{id:int}", pages.incident)
    yield guarded("/incidents/{id:int}/timeline", pages.timeline)
    yield guarded("/on-call", pages.on_call, scoped=Scoped.NARROWED)
    yield guarded("/account", pages.account, scoped=Scoped.OPEN)
    for action in ACTIONS:
        yield guarded(f"/incidents/{{id:int}}/{action.name}", pages.command(action), "POST")
    yield guarded("/runbooks/", shelf.index, scoped=Scoped.OPEN)
    yield guarded("/runbooks/{alert:path}", shelf.page, scoped=Scoped.OPEN)
    yield Route("/login", visits.enter, methods=["GET", "POST"])
    yield Route("/logout", visits.leave, methods=["POST"])


def _known(handler: Handler, host: str | None) -> Handler:
    async def answer(request: Request) -> Response:
        if host is not None and not goes_by(host_of(request), host):
            return problem(421, "not this service's name; external_url sets it")
        return await handler(request)

    return answer


def _http_error(pages: Pages) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        headers = dict(error.headers or {})
        if request.url.path.startswith("/api/"):
            return problem(error.status_code, error.detail, **headers)
        if error.status_code == HTTPStatus.NOT_FOUND:
            return pages.missing(None)
        response = text_answer(f"{error.detail}\n", error.status_code)
        response.headers.update(headers)
        return response

    return answer


async def _unexpected(request: Request, _error: Exception) -> Response:
    text = "something went wrong here; the log has the details"
    if request.url.path.startswith("/api/"):
        return problem(500, text)
    return text_answer(f"{text}\n", 500)
