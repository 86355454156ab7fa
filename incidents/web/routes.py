"""The JSON API's routes: who may, what is checked, how errors look; made from the operations."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sothat.incidents.web.answers import json_answer
from sothat.incidents.web.api import Call, Handler
from sothat.incidents.web.binding import read_json, read_query
from sothat.incidents.web.gate import Gate
from sothat.incidents.web.models import LARGEST_ID
from sothat.incidents.web.openapi import document
from sothat.incidents.web.operations import PREFIX, Operation
from sothat.incidents.web.problems import EXPECTED, Failure, failed, failure_of
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass(frozen=True, slots=True)
class Served:
    """An operation with what answers it."""

    operation: Operation
    handler: Handler


class Endpoint:
    """All operations of one path."""

    def __init__(self, gate: Gate, served: Mapping[str, Served]) -> None:
        self._gate = gate
        self._served = served

    async def answer(self, request: Request) -> Response:
        """Answer a request; every error is a problem document."""
        try:
            return await self._answer(request, self._served[request.method])
        except EXPECTED as error:
            return failed(failure_of(error))
        except DBAPIError as error:
            return failed(Failure(503, f"the store cannot be read: {error.orig}"))

    async def _answer(self, request: Request, served: Served) -> Response:
        operation = served.operation
        caller = await self._gate.caller(request)
        if caller is None:
            challenge = {"WWW-Authenticate": 'Bearer realm="sothat"'}
            raise Failure(401, "a token is wanted here", **challenge)
        if not caller.role.covers(operation.role):
            raise Failure(403, f"this is for the role {operation.role}; yours is {caller.role}")
        if request.path_params.get("id", 0) > LARGEST_ID:
            raise Failure(404, "there is nothing of this number")
        await self._gate.admit(caller, operation.scoped, request.path_params)
        query = read_query(request, operation.query)
        body = await read_json(request, operation.body) if operation.body else None
        return await served.handler(Call(request, caller, query, body))


def api_routes(
    operations: Sequence[Operation], handlers: Mapping[str, Handler], gate: Gate, version: str
) -> Iterator[Route]:
    """Yield the routes of the operations and of the document that describes them."""
    paths: defaultdict[str, dict[str, Served]] = defaultdict(dict)
    for operation in operations:
        paths[operation.path][operation.method] = Served(operation, handlers[operation.name])
    for path, served in paths.items():
        place = PREFIX + path.replace("{id}", "{id:int}")
        # Starlette adds HEAD wherever GET is.
        both = {**served, "HEAD": served["GET"]} if "GET" in served else served
        yield Route(place, Endpoint(gate, both).answer, methods=list(served))
    described = document(operations, version, anonymous=gate.anonymous() is not None)

    async def describe(_request: Request) -> Response:
        return json_answer(described)

    yield Route(f"{PREFIX}/openapi.json", describe)
