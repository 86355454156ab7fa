"""The webhook of the sources: 200 after the commit, 503 when there can be none.

Alertmanager tries again after 5xx only; any other refusal drops the message. So 429 and 413 are
never answered, nor a redirect, and whatever keeps a message from being stored is a 503.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson
from sothat.incidents.contract import WEBHOOK_OUTCOMES
from sothat.incidents.counts import Counts
from sothat.incidents.delivery import Receipt
from sothat.incidents.sources.source import Call, Source
from sothat.incidents.tallies import answered
from sothat.incidents.web.desk import Desk
from sothat.incidents.writer import StoreUnavailable
from starlette.types import Receive, Scope, Send

_LOG = logging.getLogger(__name__)
PREFIX = "/api/v1/webhooks/"
_LIMIT = 64 * 1024 * 1024
_, _, _, _UNAUTHORISED, _FAILED = WEBHOOK_OUTCOMES
_HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]
Answer = tuple[int, Mapping[str, Any], list[tuple[bytes, bytes]]]


class _Unread(Exception):  # noqa: N818 – it is named for the body
    """The body is too large, or the client went away in the middle of it."""


class Webhook:
    """``POST /api/v1/webhooks/{source}`` as an ASGI application: it is what a storm meets."""

    def __init__(
        self,
        desk: Desk,
        counts: Counts,
        sources: Mapping[str, Source],
        clock: Callable[[], int],
    ) -> None:
        self._desk = desk
        self._counts = counts
        self._sources = {PREFIX + name: source for name, source in sources.items()}
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a message in."""
        status, data, headers = await self._answer(scope, receive)
        content = orjson.dumps(data)
        headers = [*_HEADERS, (b"content-length", b"%d" % len(content)), *headers]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        source = self._sources.get(scope["path"])
        if source is None:
            return 404, {"error": "there is no source of this name"}, []
        if scope["method"] != "POST":
            return 405, {"error": "send a POST"}, [(b"allow", b"POST")]
        call = Call(dict(scope["headers"]), b"", self._clock(), _names(scope))
        try:
            return await self._admit(source, call, receive)
        except _Unread as error:
            return self._failed(str(error))
        except StoreUnavailable as error:
            return self._failed(f"the store cannot commit: {error}")

    async def _admit(self, source: Source, call: Call, receive: Receive) -> Answer:
        if not _all_hold(source.early, call):
            return self._refused(source)
        body = await _body(receive)
        if source.late and not _all_hold(source.late, replace(call, body=body)):
            return self._refused(source)
        return await self._take(source, body)

    async def _take(self, source: Source, body: bytes) -> Answer:
        receipt, refusal = await self._desk.take(source.name, body)
        if refusal:
            return 400, {"error": _speakable(refusal)}, []
        return 200, _told(receipt), []

    def _refused(self, source: Source) -> Answer:
        self._counts.add_waiting(answered(_UNAUTHORISED))
        challenge = (b"www-authenticate", source.challenge.encode())
        return 401, {"error": "this source proves who it is in another way"}, [challenge]

    def _failed(self, reason: str) -> Answer:
        self._counts.add_waiting(answered(_FAILED))
        _LOG.error("a message could not be stored", extra={"reason": reason})
        return 503, {"error": reason}, []


def _told(receipt: Receipt) -> Mapping[str, Any]:
    for problem in receipt.problems:
        _LOG.warning("a message held an alert with a problem", extra={"reason": problem})
    problems = [_speakable(problem) for problem in receipt.problems]
    return {"message": receipt.number, "outcome": receipt.outcome, "problems": problems}


def _speakable(text: str) -> str:
    """Return a text as UTF-8 has it; a lone surrogate in it becomes a visible escape."""
    return text.encode("utf-8", "backslashreplace").decode()


def _all_hold(proofs: tuple[Callable[[Call], bool], ...], call: Call) -> bool:
    return all(proof(call) for proof in proofs)


def _names(scope: Scope) -> tuple[str, ...]:
    names: tuple[str, ...] = scope.get("extensions", {}).get("tls", {}).get("client_names", ())
    return names


async def _body(receive: Receive) -> bytes:
    """Return a request's body; no more than the limit is ever held.

    Raises:
        _Unread: It is larger, or ended early.
    """
    message = await receive()
    if not message.get("more_body") and message["type"] == "http.request":
        whole: bytes = message.get("body", b"")
        return whole
    parts: list[bytes] = []
    size = 0
    while True:
        if message["type"] != "http.request":
            raise _Unread("the message ended early")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > _LIMIT:
            raise _Unread(f"the message is larger than {_LIMIT // 1024 // 1024} MiB")
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()
