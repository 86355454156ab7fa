"""Health, readiness and metrics."""

import asyncio
import hmac

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from sothat.incidents.exposition import Exposition
from sothat.incidents.store.beats import PROBE, mark_beats
from sothat.incidents.transaction import Transaction
from sothat.incidents.web.access import given_token
from sothat.incidents.web.answers import NO_STORE, text_answer
from sothat.incidents.web.gate import Gate, address_of, digest_of
from sothat.incidents.web.problems import Failure
from sothat.incidents.writer import StoreUnavailable, Writer
from sothat.runtime.secrets import Secret
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response


class Health:
    """What Prometheus and a supervisor ask.

    Args:
        writer: Of the store.
        exposition: The metrics.
        gate: Counts wrong tokens by address.
        token: What whoever reads the metrics has to show; None: nothing.
    """

    def __init__(
        self, writer: Writer, exposition: Exposition, gate: Gate, token: Secret | None
    ) -> None:
        self._writer = writer
        self._gate = gate
        self._token = token
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(exposition)

    async def healthy(self, _request: Request) -> Response:
        """``/-/healthy``: the process serves."""
        return text_answer("healthy\n")

    async def ready(self, _request: Request) -> Response:
        """``/-/ready``: the store can be written, tried by writing."""
        try:
            await asyncio.wrap_future(self._writer.run(_probe))
        except StoreUnavailable as error:
            return text_answer(f"not ready: the store cannot commit: {error}\n", 503)
        return text_answer("ready\n")

    async def metrics(self, request: Request) -> Response:
        """``/metrics``: of the whole installation, so for its operators alone."""
        try:
            self._admit(request)
        except Failure as failure:
            answer = text_answer(f"{failure.detail}\n", failure.status)
            answer.headers.update(failure.headers)
            return answer
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        try:
            content = await asyncio.to_thread(encode, self._registry)
        except DBAPIError as error:
            return text_answer(f"the store cannot be read: {error.orig}\n", 503)
        return Response(content, 200, {**NO_STORE, "Content-Type": content_type})

    def _admit(self, request: Request) -> None:
        """Let in whoever shows the token, if one is wanted.

        Raises:
            Failure: It is not shown, or another one too often.
        """
        if self._token is None:
            return
        given = given_token(request)
        if given:
            self._gate.require_tries(address_of(request))
            if hmac.compare_digest(digest_of(given), digest_of(self._token.reveal())):
                return
            self._gate.count_try(address_of(request))
        challenge = {"WWW-Authenticate": 'Bearer realm="sothat metrics"'}
        raise Failure(401, "the token of the metrics is wanted here", **challenge)


def _probe(transaction: Transaction) -> None:
    mark_beats(transaction.connection, transaction.now, [PROBE])
