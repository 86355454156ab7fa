"""How many attempts to connect may be under way at once, in the whole fleet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """So many attempts; those at devices that keep failing get half of them at most."""

    def __init__(self, number: int) -> None:
        self._all = asyncio.Semaphore(number)
        self._probing = asyncio.Semaphore(max(1, number // 2))

    @asynccontextmanager
    async def one(self, *, probing: bool) -> AsyncIterator[None]:
        """Hold a slot for the time of the block."""
        if not probing:
            async with self._all:
                yield
            return
        async with self._probing, self._all:
            yield
