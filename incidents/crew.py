"""Several processes that do the same: started, started anew when one dies, stopped together."""

import logging
import os
import signal
import time
from collections.abc import Callable
from threading import Thread

_LOG = logging.getLogger(__name__)
# A process that dies at once is not started anew as fast as the machine can.
_PAUSE_SECONDS = 1.0


class Crew:
    """Some processes forked from this one, which only looks after them.

    Args:
        count: How many.
        work: What each does in its main thread; it ends on SIGTERM.
    """

    def __init__(self, count: int, work: Callable[[], None]) -> None:
        self._count = count
        self._work = work
        self._children: set[int] = set()
        self._stopping = False
        self._alive = os.pipe()

    def run(self) -> None:
        """Run until SIGTERM or SIGINT; call it in the main thread, before any other is started."""
        previous = {sig: signal.signal(sig, self._stop) for sig in (signal.SIGTERM, signal.SIGINT)}
        try:
            for _ in range(self._count):
                self._start()
            while self._children:
                self._replace(*os.wait())
        finally:
            for sig, handler in previous.items():
                signal.signal(sig, handler)
            for end in self._alive:
                os.close(end)

    def _replace(self, child: int, status: int) -> None:
        self._children.discard(child)
        if self._stopping:
            return
        code = os.waitstatus_to_exitcode(status)
        _LOG.error("a worker has ended; another takes its place", extra={"exit_code": code})
        time.sleep(_PAUSE_SECONDS)
        if not self._stopping:
            self._start()

    def _stop(self, *_: object) -> None:
        self._stopping = True
        for child in self._children:
            os.kill(child, signal.SIGTERM)

    def _start(self) -> None:
        # Whoever is told to stop between fork and note would not pass it on: it waits for the note.
        masked = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
        child = os.fork()
        if child == 0:
            os._exit(self._serve(masked))
        self._children.add(child)
        signal.pthread_sigmask(signal.SIG_SETMASK, masked)

    def _serve(self, masked: set[int]) -> int:
        """Work in the child; return its exit code."""
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, masked)
        os.close(self._alive[1])
        Thread(target=self._follow, name="follow-parent", daemon=True).start()
        try:
            self._work()
        except Exception:  # noqa: BLE001 – whatever it is ends this process alone
            _LOG.exception("a worker has failed")
            return 1
        return 0

    def _follow(self) -> None:
        """End with the parent, however that ends: nobody else would stop this process."""
        os.read(self._alive[0], 1)
        os.kill(os.getpid(), signal.SIGTERM)
