"""Health, readiness and metrics."""

import asyncio

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from sothat.incidents.exposition import Exposition
from sothat.incidents.store.beats import PROBE, mark_beats
from sothat.incidents.transaction import Transaction
from sothat.incidents.web.answers import NO_STORE, text_answer
from sothat.incidents.writer import StoreUnavailable, Writer
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response


class Health:
    """What Prometheus and a supervisor ask."""

    def __init__(self, writer: Writer, exposition: Exposition) -> None:
        self._writer = writer
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
        """``/metrics``."""
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        try:
            content = await asyncio.to_thread(encode, self._registry)
        except DBAPIError as error:
            return text_answer(f"the store cannot be read: {error.orig}\n", 503)
        return Response(content, 200, {**NO_STORE, "Content-Type": content_type})


def _probe(transaction: Transaction) -> None:
    mark_beats(transaction.connection, transaction.now, [PROBE])
