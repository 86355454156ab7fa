"""Requests as the types that the operations name, and answers as bytes."""

import json
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from sothat.incidents.web.answers import NO_STORE
from sothat.incidents.web.bodies import TooLarge, read_body
from sothat.incidents.web.problems import Failure
from starlette.requests import Request
from starlette.responses import Response

_LARGEST = 256 * 1024
Q = TypeVar("Q", bound=Struct)


def read_query(request: Request, kind: type[Q]) -> Q:
    """Return a query as a type; only its lists may be given more than once.

    Raises:
        Failure: It does not fit; the text says where.
    """
    fields = {one.encode_name: one for one in msgspec.structs.fields(kind)}
    given: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name not in fields:
            known = ", ".join(fields) or "none"
            raise Failure(400, f"unknown parameter {name!r:.60}; known: {known}")
        if isinstance(fields[name].default_factory, type):
            given.setdefault(name, []).append(value)
        elif given.setdefault(name, value) != value:
            raise Failure(400, f"{name} is given twice")
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Failure(400, words_of(error)) from error


async def read_json(request: Request, kind: type[Q]) -> Q:
    """Return a body as a type; an empty one is an empty object.

    Raises:
        Failure: It is too large, no JSON, or does not fit.
    """
    # Only this type makes a browser ask before it lets a foreign page send it.
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != "application/json":
        raise Failure(415, "send application/json")
    try:
        body = await read_body(request, _LARGEST)
        return msgspec.convert(_whole(msgspec.json.decode(body or b"{}")), kind)
    except TooLarge as error:
        raise Failure(413, f"more than {_LARGEST // 1024} KiB") from error
    except msgspec.ValidationError as error:
        raise Failure(400, words_of(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Failure(400, f"the body is not JSON: {error}") from error


def _whole(value: Any) -> Any:
    """Return JSON data with ``7.0`` as ``7``: JSON Schema knows no difference."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {name: _whole(one) for name, one in value.items()}
        case list():
            return [_whole(one) for one in value]
        case _:
            return value


def answer(data: Struct, status: int = 200, **headers: str) -> Response:
    """Return data as JSON; what UTF-8 cannot hold is escaped."""
    try:
        content = msgspec.json.encode(data)
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(data)
        content = json.dumps(plain, separators=(",", ":")).encode("ascii")
    return Response(content, status, {**NO_STORE, **headers}, "application/json")


def words_of(error: msgspec.ValidationError) -> str:
    """Return a reason without the notation of the library."""
    text, _, place = str(error).partition(" - at `$.")
    return f"{place.rstrip('`')}: {text}" if place else text
