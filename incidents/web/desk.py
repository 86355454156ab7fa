"""Where messages are taken in: read, written, and confirmed after the commit."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

from sothat.incidents.delivery import Receipt, read_delivery
from sothat.incidents.sources.source import Source
from sothat.incidents.web.answering import Answers
from sothat.incidents.writer import Writer

# A body from this size on is parsed in a thread, so that the others' answers do not wait for it.
LARGE = 256 * 1024


class Desk(Protocol):
    """Takes messages in."""

    async def take(self, source: str, body: bytes) -> tuple[Receipt, str]:
        """Store a message of a source; return its receipt, and why it is refused, if it is.

        Raises:
            StoreUnavailable: There can be no commit.
        """


class OwnDesk:
    """The desk before this process's writer.

    Args:
        sources: By name.
    """

    def __init__(self, writer: Writer, sources: Mapping[str, Source]) -> None:
        self._writer = writer
        self._sources = sources
        self._answers = Answers()

    async def take(self, source: str, body: bytes) -> tuple[Receipt, str]:
        """Store a message."""
        reader = self._sources[source]
        if len(body) < LARGE:
            delivery = read_delivery(body, reader)
        else:
            delivery = await asyncio.to_thread(read_delivery, body, reader)
        receipt = await self._answers.of(self._writer.deliver(delivery))
        return receipt, delivery.refusal
