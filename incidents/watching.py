"""Looks after the watchdogs: writes down which sources fell silent, and which are heard again."""

import logging
from collections.abc import Callable, Mapping
from threading import Event, Thread

from sothat.incidents.delivery import read_delivery
from sothat.incidents.payload import parse_message
from sothat.incidents.sources.source import Source
from sothat.incidents.store.beats import WATCHED, last_beats
from sothat.incidents.store.tables import ALERT
from sothat.incidents.watchdogs import SOURCE, Silence, message, silent, source_of
from sothat.incidents.writer import StoreUnavailable, Writer
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 5.0
_TIMEOUT = 30.0


class Watching:
    """Looks every few seconds, in a thread of its own.

    Args:
        watched: The longest time without a beat in nanoseconds, by source.
        readers: The store.
        writer: Takes the messages.
        team: Who is called; empty: every team is.
        clock: Nanoseconds since 1970.
    """

    def __init__(
        self,
        watched: Mapping[str, int],
        readers: Engine,
        writer: Writer,
        team: str,
        clock: Callable[[], int],
    ) -> None:
        self._watched = watched
        self._readers = readers
        self._writer = writer
        self._team = team
        self._clock = clock
        self._started = clock()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="watchdogs", daemon=True)

    def start(self) -> None:
        """Start the thread, if there is anything to watch."""
        if self._watched:
            self._thread.start()

    def stop(self, patience: float) -> None:
        """Look no more; wait so many seconds for a look under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(patience)

    def look(self) -> None:
        """Compare what is heard with what is known, and write down what has changed."""
        now = self._clock()
        told, beats = self._state()
        found = {one.source: one for one in silent(self._watched, beats, self._started, now)}
        for source in found.keys() - told:
            self._tell(source, found[source], now)
        for source in told - found.keys():
            self._tell(source, None, now)

    def _state(self) -> tuple[set[str], Mapping[str, int]]:
        """Return the sources that are known to be silent, and when each was last heard of."""
        query = select(ALERT.c.fingerprint).where(ALERT.c.source == SOURCE, ALERT.c.firing)
        with self._readers.connect() as connection:
            told = {source_of(name) for name in connection.execute(query).scalars()}
            return told, last_beats(connection, WATCHED)

    def _tell(self, source: str, silence: Silence | None, now: int) -> None:
        if silence:
            _LOG.error("a source is silent", extra={"source": source})
        delivery = read_delivery(message(source, silence, now, self._team), _OWN)
        self._writer.deliver(delivery).result(_TIMEOUT)

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            try:
                self.look()
            except (StoreUnavailable, DBAPIError, TimeoutError) as error:
                _LOG.warning("watchdogs cannot be looked after", extra={"reason": str(error)})


_OWN = Source(SOURCE, parse_message)
