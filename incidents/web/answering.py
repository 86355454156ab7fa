"""From the writer's thread to the event loop: the outcomes of one commit go over together."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


class Answers:
    """Ends futures of an event loop; the loop is woken once for many, not once for each."""

    def __init__(self) -> None:
        self._ended: deque[tuple[asyncio.Future[Any], Future[Any]]] = deque()
        self._called = False

    def of(self, done: "Future[T]") -> "asyncio.Future[T]":
        """Return a future of the running loop that ends as another thread's does."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[T] = loop.create_future()

        def end(ended: "Future[T]") -> None:
            self._ended.append((waiting, ended))
            if not self._called:
                self._called = True
                loop.call_soon_threadsafe(self._hand_over)

        done.add_done_callback(end)
        return waiting

    def _hand_over(self) -> None:
        # Set before looking: what comes from now on calls again.
        self._called = False
        while self._ended:
            waiting, ended = self._ended.popleft()
            if waiting.done():
                continue
            error = ended.exception()
            if error is None:
                waiting.set_result(ended.result())
            else:
                waiting.set_exception(error)
