"""The simulated cloud over HTTP."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from sothat.simulator.cloud import answers
from sothat.simulator.cloud.project import Asked, Project, Refused
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_Answer = Callable[[Project, Request], Any]


def cloud_application(project: Project) -> Starlette:
    """Return the cloud of one project as an ASGI application."""
    routes = [
        _route(project, "/v1.0/token", "token", _grant),
        _route(
            project, "/v1.0/token/{refresh}", "token", lambda p, r: p.renew(_part(r, "refresh"))
        ),
        _route(
            project,
            "/v1.0/iot-01/associated-users/devices",
            "devices",
            lambda p, r: answers.associated(p, r.query_params),
        ),
        _route(
            project, "/v1.3/iot-03/devices", "keys", lambda p, r: answers.of_user(p, r.query_params)
        ),
        _route(
            project, "/v1.0/devices/{id}", "device", lambda p, r: answers.device(p, _part(r, "id"))
        ),
        _route(
            project,
            "/v1.0/devices/{id}/logs",
            "logs",
            lambda p, r: answers.logs(p, _part(r, "id"), r.query_params),
        ),
        _route(
            project,
            "/v2.0/cloud/thing/{id}/firmware",
            "firmware",
            lambda p, r: answers.firmware(p, _part(r, "id")),
        ),
        _route(
            project,
            "/v2.0/cloud/thing/{id}/{type}/signal",
            "signal",
            lambda p, r: answers.signal(p, _part(r, "id")),
        ),
    ]
    return Starlette(routes=routes)


def _route(project: Project, path: str, endpoint: str, answer: _Answer) -> Route:
    async def handle(request: Request) -> Response:
        asked = Asked(
            request.method, _address(request), dict(request.headers), await request.body()
        )
        milliseconds = int(project.clock() * 1000)
        try:
            project.admit(asked, endpoint)
            result = answer(project, request)
        except Refused as error:
            said = {"code": error.code, "msg": str(error), "success": False}
            return JSONResponse({**said, "t": milliseconds, "tid": "0"})
        return JSONResponse({"result": result, "success": True, "t": milliseconds, "tid": "0"})

    return Route(path, handle)


def _address(request: Request) -> str:
    """Return path and query as they must have been signed: the names in order, decoded."""
    query = unquote_plus(request.url.query)
    return f"{request.url.path}?{query}" if query else request.url.path


def _grant(project: Project, request: Request) -> dict[str, object]:
    if request.query_params.get("grant_type") != "1":
        raise Refused(1109)
    return project.grant()


def _part(request: Request, name: str) -> str:
    part: str = request.path_params[name]
    return part
