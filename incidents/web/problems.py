"""Errors of the JSON API as ``application/problem+json`` (RFC 9457)."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from sothat.incidents.absent import Absent
from sothat.incidents.commands import NoSuchIncident
from sothat.incidents.refusal import Refused
from sothat.incidents.store.cursors import BadCursor
from sothat.incidents.store.tokens import NameTaken, NoSuchToken
from sothat.incidents.web.answers import NO_STORE
from sothat.incidents.writer import StoreUnavailable
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class Failure(Exception):  # noqa: N818 – it is named for what the request is
    """A request that gets another answer than it asked for.

    Attributes:
        status: The HTTP status.
        detail: The reason, a sentence for people.
    """

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


_STATUS: Mapping[type[Exception], int] = {
    Absent: 404,
    BadCursor: 404,
    NoSuchIncident: 404,
    NoSuchToken: 404,
    NameTaken: 409,
    Refused: 409,
    StoreUnavailable: 503,
}
EXPECTED: tuple[type[Exception], ...] = (Failure, *_STATUS)


def failure_of(error: Exception) -> Failure:
    """Return one of the `EXPECTED` errors as a failure."""
    if isinstance(error, Failure):
        return error
    status = next(code for kind, code in _STATUS.items() if isinstance(error, kind))
    text = f"the store cannot commit: {error}" if status == HTTPStatus.SERVICE_UNAVAILABLE else ""
    return Failure(status, text or str(error))


def problem(status: int, detail: str, **headers: str) -> Response:
    """Return an error; a lone surrogate in its text survives as an escape."""
    title = HTTPStatus(status).phrase
    data = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    content = json.dumps(data, separators=(",", ":")).encode("ascii")
    return Response(content, status, {**NO_STORE, **headers}, MEDIA_TYPE)


def failed(failure: Failure) -> Response:
    """Return a failure's answer."""
    return problem(failure.status, failure.detail, **failure.headers)
