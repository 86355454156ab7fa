"""A thread that lets the writer do some work again and again, such as asking for what is due."""

import logging
from collections.abc import Callable, Sequence
from threading import Event, Thread

from sothat.incidents.transaction import Transaction
from sothat.incidents.writer import StoreUnavailable, Writer
from sqlalchemy.exc import DBAPIError

_LOG = logging.getLogger(__name__)
_TIMEOUT = 30.0


class Rounds:
    """Goes its rounds until it is stopped; each piece of work is a transaction of its own.

    Args:
        work: What is done on each round, in order.
        every: Seconds between two rounds.
        writer: Does it.
    """

    def __init__(
        self, work: Sequence[Callable[[Transaction], object]], every: float, writer: Writer
    ) -> None:
        self._work = work
        self._every = every
        self._writer = writer
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="rounds", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Go no further round; wait so many seconds for one under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(patience)

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            for work in self._work:
                self._do(work)

    def _do(self, work: Callable[[Transaction], object]) -> None:
        try:
            self._writer.run(work).result(_TIMEOUT)
        except (StoreUnavailable, DBAPIError, TimeoutError) as error:
            _LOG.warning("a round was left out", extra={"reason": str(error)})
        except Exception:  # noqa: BLE001 – the next round may succeed; the log tells
            _LOG.exception("a round has failed")
