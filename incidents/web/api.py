"""The JSON API under ``/api/v1``."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from sothat.incidents.commands import NoSuchIncident, carry_out
from sothat.incidents.incident import State
from sothat.incidents.orders import BadOrder, order
from sothat.incidents.store.reading import Filter, View, find_incident, list_incidents
from sothat.incidents.transition import Refused
from sothat.incidents.web.answers import error_answer, json_answer
from sothat.incidents.web.bodies import TooLarge, read_body
from sothat.incidents.web.shapes import full_shape, incident_shape
from sothat.incidents.writer import StoreUnavailable, Writer
from sqlalchemy import Engine
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

_LARGEST_COMMAND = 256 * 1024
_LARGEST_ID = 2**63 - 1
_MOST = 1000
STATUS: Mapping[type[Exception], int] = {
    BadOrder: 400,
    NoSuchIncident: 404,
    Refused: 409,
    StoreUnavailable: 503,
}
Handler = Callable[[Request], Awaitable[Response]]


class BadQuery(ValueError):  # noqa: N818 – it is named for what it says
    """A query parameter that cannot be used; the text says which."""


class Api:
    """Lists, shows and commands incidents."""

    def __init__(self, writer: Writer, readers: Engine) -> None:
        self._writer = writer
        self._readers = readers

    async def index(self, request: Request) -> Response:
        """``GET /api/v1/incidents``."""
        try:
            wanted = read_filter(request.query_params)
        except BadQuery as error:
            return error_answer(400, str(error))
        views = await asyncio.to_thread(self._list, wanted)
        return json_answer({"incidents": [incident_shape(view) for view in views]})

    async def show(self, request: Request) -> Response:
        """``GET /api/v1/incidents/{id}``."""
        number = request.path_params["id"]
        view = await asyncio.to_thread(self.find, number)
        if view is None:
            return error_answer(404, f"there is no incident {number}")
        return json_answer(full_shape(view))

    def command(self, action: str) -> Handler:
        """Return the handler of ``POST /api/v1/incidents/{id}/<action>``."""

        async def handle(request: Request) -> Response:
            # Only this type makes a browser ask before it lets a foreign page send it.
            if _content_type(request) != "application/json":
                return error_answer(415, "send application/json")
            try:
                data = _object(await read_body(request, _LARGEST_COMMAND))
                number = request.path_params["id"]
                await self.carry_out(number, action, data.get("by"), data.get("note"))
            except TooLarge:
                return error_answer(413, f"more than {_LARGEST_COMMAND // 1024} KiB")
            except tuple(STATUS) as error:
                return error_answer(STATUS[type(error)], str(error))
            return await self.show(request)

        return handle

    async def carry_out(self, number: int, action: str, by: object, note: object) -> None:
        """Carry out a person's command.

        Raises:
            BadOrder, NoSuchIncident, Refused, StoreUnavailable: Why it was not.
        """
        event = order(action, by, note)
        if number > _LARGEST_ID:
            raise NoSuchIncident(f"there is no incident {number}")
        job = partial(carry_out, number=number, event=event)
        await asyncio.wrap_future(self._writer.run(job))

    def find(self, number: int) -> View | None:
        """Return one incident with its timeline."""
        if number > _LARGEST_ID:
            return None
        with self._readers.connect() as connection:
            return find_incident(connection, number)

    def _list(self, wanted: Filter) -> Any:
        with self._readers.connect() as connection:
            return list_incidents(connection, wanted)


def read_filter(query: QueryParams) -> Filter:
    """Return the filter in a query: ``state`` and ``label=name=value`` (repeatable), ``limit``.

    Raises:
        BadQuery: A parameter is unknown or has an unusable value.
    """
    for name in query:
        if name not in ("state", "label", "limit"):
            raise BadQuery(f"unknown parameter {name!r}: state, label and limit are known")
    return Filter(
        states=tuple(_state(text) for text in query.getlist("state")),
        labels=tuple(_label(text) for text in query.getlist("label")),
        limit=_limit(query.get("limit", str(_MOST))),
    )


def _state(text: str) -> State:
    try:
        return State(text)
    except ValueError as error:
        raise BadQuery(f"state must be one of {', '.join(State)}, not {text!r}") from error


def _label(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadQuery(f"label must be name=value, not {text!r}")
    return name, value


def _limit(text: str) -> int:
    plain = text.isascii() and text.isdigit() and len(text) <= len(str(_MOST))
    if not (plain and 0 < int(text) <= _MOST):
        raise BadQuery(f"limit must be a number from 1 to {_MOST}, not {text!r}")
    return int(text)


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadOrder(f"the body is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise BadOrder("the body is not a JSON object")
    return data
