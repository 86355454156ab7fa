"""The thread that lets go of what is too old, in its spare time."""

import logging
from functools import partial
from threading import Event, Thread

from sothat.incidents.store.retention import Retention, let_go
from sothat.incidents.writer import StoreUnavailable, Writer
from sqlalchemy.exc import DBAPIError

_LOG = logging.getLogger(__name__)
_EVERY_SECONDS = 60.0
# Between two portions others have their turn.
_BREATH_SECONDS = 0.2


class Sweeper:
    """Sweeps once a minute until it is stopped."""

    def __init__(self, keep: Retention, writer: Writer) -> None:
        self._keep = keep
        self._writer = writer
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """Start the thread; with nothing to let go there is none."""
        if self._keep != Retention():
            self._thread.start()

    def stop(self) -> None:
        """Sweep no more; what is under way is finished by the writer."""
        self._stopping.set()

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            try:
                more = self._writer.run(partial(let_go, keep=self._keep)).result()
                pause = _BREATH_SECONDS if more else _EVERY_SECONDS
            except (StoreUnavailable, DBAPIError) as error:
                _LOG.warning("nothing could be let go", extra={"reason": str(error)})
                pause = _EVERY_SECONDS
