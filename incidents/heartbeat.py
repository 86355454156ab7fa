"""A sign of life to an outside watch: sent only while the store can be written.

Who watches the watcher has to notice, too, that it runs and cannot do its work; so each beat
is a commit first. What is not sent makes the outside watch ring.
"""

import logging
from collections.abc import Callable
from threading import Event, Thread

import requests
from sothat.incidents.counts import Counts
from sothat.incidents.settings.heartbeat import HeartbeatSettings
from sothat.incidents.store.beats import PROBE, mark_beats
from sothat.incidents.tallies import beaten
from sothat.incidents.transaction import Transaction
from sothat.incidents.writer import StoreUnavailable, Writer
from sothat.runtime.secrets import Secret
from sqlalchemy.exc import DBAPIError

_LOG = logging.getLogger(__name__)
_TIMEOUT = 10.0


class Heartbeat:
    """Sends the beats, in a thread of its own.

    Args:
        settings: Where to, and how often; None: to nobody.
        writer: Shows by a commit that the service can work.
        counts: Counts the beats.
        send: Sends one; returns whether it was taken.
    """

    def __init__(
        self,
        settings: HeartbeatSettings | None,
        writer: Writer,
        counts: Counts,
        send: Callable[[str], bool] | None = None,
    ) -> None:
        self._url = settings.url if settings else None
        self._every = settings.every if settings else 0.0
        self._writer = writer
        self._counts = counts
        self._send = send or ping
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Start the thread, if there is anybody to hear of."""
        if self._url:
            self._thread.start()

    def stop(self, patience: float) -> None:
        """Send no further beat; wait so many seconds for one under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(patience)

    def beat(self, url: Secret) -> str:
        """Send one beat; return what became of it: sent, failed or unwell."""
        try:
            self._writer.run(_probe).result()
        except (StoreUnavailable, DBAPIError) as error:
            _LOG.error("no heartbeat: the store cannot commit", extra={"reason": str(error)})
            return "unwell"
        return "sent" if self._send(url.reveal()) else "failed"

    def _run(self) -> None:
        while self._url:
            self._counts.add_waiting(beaten(self.beat(self._url)))
            if self._stopping.wait(self._every):
                return


def _probe(transaction: Transaction) -> None:
    mark_beats(transaction.connection, transaction.now, [PROBE])


def ping(url: str) -> bool:
    """Ask a URL; return whether it answered with 2xx. The URL is a secret: it is never logged."""
    try:
        answer = requests.get(url, timeout=_TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        _LOG.warning("a heartbeat was not taken", extra={"reason": type(error).__name__})
        return False
    if not answer.ok:
        _LOG.warning("a heartbeat was not taken", extra={"status": answer.status_code})
    return answer.ok
