"""Alertmanager's webhook: 200 after the commit, 503 when there can be none.

Alertmanager tries again after 5xx only; any other refusal drops the message. So 429 and 413 are
never answered, nor a redirect, and whatever keeps a message from being stored is a 503.
"""

import asyncio
import logging

from sothat.incidents.contract import WEBHOOK_OUTCOMES
from sothat.incidents.counts import Counts
from sothat.incidents.delivery import Receipt, read_delivery
from sothat.incidents.tallies import answered
from sothat.incidents.web.access import bears
from sothat.incidents.web.answers import error_answer, json_answer
from sothat.incidents.web.bodies import TooLarge, read_body
from sothat.incidents.writer import StoreUnavailable, Writer
from sothat.runtime.secrets import Secret
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

_LOG = logging.getLogger(__name__)
_LIMIT = 64 * 1024 * 1024
# A body from this size on is parsed in a thread, so that the others' answers do not wait for it.
_LARGE = 256 * 1024
_, _, _, _UNAUTHORISED, _FAILED = WEBHOOK_OUTCOMES


class Webhook:
    """The endpoint ``POST /api/v1/webhooks/alertmanager``."""

    def __init__(self, writer: Writer, counts: Counts, token: Secret) -> None:
        self._writer = writer
        self._counts = counts
        self._token = token

    async def post(self, request: Request) -> Response:
        """Take a message in."""
        if not bears(request, self._token):
            self._counts.add_waiting(answered(_UNAUTHORISED))
            return error_answer(
                401, "a bearer token is wanted here", **{"WWW-Authenticate": "Bearer"}
            )
        try:
            body = await read_body(request, _LIMIT)
        except TooLarge:
            return self._failed(f"the message is larger than {_LIMIT // 1024 // 1024} MiB")
        except ClientDisconnect:
            return self._failed("the message ended early")
        try:
            return _answer(await self._take(body))
        except StoreUnavailable as error:
            return self._failed(f"the store cannot commit: {error}")

    async def _take(self, body: bytes) -> tuple[Receipt, str]:
        if len(body) < _LARGE:
            delivery = read_delivery(body)
        else:
            delivery = await asyncio.to_thread(read_delivery, body)
        receipt = await asyncio.wrap_future(self._writer.deliver(delivery))
        return receipt, delivery.refusal

    def _failed(self, reason: str) -> Response:
        self._counts.add_waiting(answered(_FAILED))
        _LOG.error("a message could not be stored", extra={"reason": reason})
        return error_answer(503, reason)


def _answer(taken: tuple[Receipt, str]) -> Response:
    receipt, refusal = taken
    if refusal:
        return error_answer(400, refusal)
    for problem in receipt.problems:
        _LOG.warning("a message held an alert with a problem", extra={"reason": problem})
    return json_answer(
        {
            "message": receipt.number,
            "outcome": receipt.outcome,
            "problems": list(receipt.problems),
        }
    )
