"""The application: which path leads where, who may go there, and what errors look like."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from sothat.incidents.orders import ACTIONS
from sothat.incidents.web.access import goes_by, host_of, may_enter
from sothat.incidents.web.answers import error_answer, text_answer
from sothat.incidents.web.api import Api
from sothat.incidents.web.headers import SecurityHeaders
from sothat.incidents.web.health import Health
from sothat.incidents.web.pages import Pages
from sothat.incidents.web.shelf import Shelf
from sothat.incidents.web.webhook import Webhook
from sothat.runtime.secrets import Secret
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Faces:
    """The parts that answer requests.

    Attributes:
        token: What API and pages want, if anything.
        host: The name under which people reach the service.
    """

    webhook: Webhook
    api: Api
    pages: Pages
    shelf: Shelf
    health: Health
    token: Secret | None
    host: str


def build_app(faces: Faces) -> Starlette:
    """Return the application."""
    app = Starlette(
        routes=[*_open_routes(faces), *_guarded_routes(faces)],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={HTTPException: _http_error(faces.pages), Exception: _unexpected},
    )
    # A redirect would turn Alertmanager's POST into a GET and count as delivered.
    app.router.redirect_slashes = False
    return app


def _open_routes(faces: Faces) -> list[Route]:
    hook = "/api/v1/webhooks/alertmanager"
    return [
        Route(hook, faces.webhook.post, methods=["POST"]),
        Route("/-/healthy", faces.health.healthy),
        Route("/-/ready", faces.health.ready),
        Route("/metrics", faces.health.metrics),
        Route("/static/style.css", faces.pages.style),
    ]


def _guarded_routes(faces: Faces) -> list[Route]:
    api, pages = faces.api, faces.pages

    def guarded(path: str, handler: Handler, method: str = "GET") -> Route:
        return Route(path, _guard(handler, faces.token, faces.host), methods=[method])

    return [
        guarded("/api/v1/incidents", api.index),
        guarded("/api/v1/incidents/{id:int}", api.show),
        *(guarded(f"/api/v1/incidents/{{id:int}}/{a}", api.command(a), "POST") for a in ACTIONS),
        *(guarded(f"/incidents/{{id:int}}/{a}", pages.command(a), "POST") for a in ACTIONS),
        guarded("/", pages.index),
        guarded("/incidents/{id:int}", pages.incident),
        guarded("/runbooks/", faces.shelf.index),
        guarded("/runbooks/{alert:path}", faces.shelf.page),
    ]


def _guard(handler: Handler, token: Secret | None, host: str) -> Handler:
    async def guarded(request: Request) -> Response:
        if token is None and not goes_by(host_of(request), host):
            return error_answer(421, "not this service's name; external_url sets it")
        if may_enter(request, token):
            return await handler(request)
        challenge = {"WWW-Authenticate": 'Basic realm="sothat", charset="UTF-8"'}
        return error_answer(401, "the API's token is wanted here", **challenge)

    return guarded


def _http_error(pages: Pages) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        headers = dict(error.headers or {})
        if request.url.path.startswith("/api/"):
            return error_answer(error.status_code, error.detail, **headers)
        if error.status_code == HTTPStatus.NOT_FOUND:
            return pages.missing(request)
        response = text_answer(f"{error.detail}\n", error.status_code)
        response.headers.update(headers)
        return response

    return answer


async def _unexpected(request: Request, _error: Exception) -> Response:
    text = "something went wrong here; the log has the details"
    if request.url.path.startswith("/api/"):
        return error_answer(500, text)
    return text_answer(f"{text}\n", 500)
