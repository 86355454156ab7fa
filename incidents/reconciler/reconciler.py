"""The thread that compares, again and again, and has the gaps repaired."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread

from sothat.incidents.delivery import read_delivery, take_in
from sothat.incidents.incident import SERVICE, Entry, Note
from sothat.incidents.reconciler.compare import Comparison, Memory, Terms, compare
from sothat.incidents.reconciler.held import held, incidents_of
from sothat.incidents.reconciler.messages import ended_messages, lost_messages
from sothat.incidents.reconciler.peers import Peers
from sothat.incidents.reconciler.words import ended_text, lost_text, silenced_text
from sothat.incidents.store.beats import RECONCILER, mark_beats
from sothat.incidents.store.rows import note_row
from sothat.incidents.store.tables import TIMELINE
from sothat.incidents.tallies import compared, repaired
from sothat.incidents.transaction import Transaction
from sothat.incidents.writer import StoreUnavailable, Writer
from sqlalchemy import Engine, insert

_LOG = logging.getLogger(__name__)
# How long a repair may wait for its commit.
_COMMIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Task:
    """What one reconciler does.

    Attributes:
        source: The source whose alerts it compares.
        every: Seconds between comparisons.
    """

    source: str
    peers: Peers
    terms: Terms
    every: float


class Reconciler:
    """Compares one source with its Alertmanagers until it is stopped."""

    def __init__(
        self, task: Task, readers: Engine, writer: Writer, clock: Callable[[], int]
    ) -> None:
        self._task = task
        self._readers = readers
        self._writer = writer
        self._clock = clock
        self._memory = Memory()
        self._end = Event()
        self._thread = Thread(target=self._run, name=f"reconciler {task.source}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, patience: float) -> None:
        """End the thread; what it is waiting for may hold it for at most this many seconds."""
        self._end.set()
        self._thread.join(patience)

    def _run(self) -> None:
        while not self._end.wait(self._task.every):
            try:
                self.once()
            except StoreUnavailable as error:
                # Nothing is lost: the gap is still there at the next comparison.
                _LOG.warning("a repair waits for the store", extra={"reason": str(error)})
            except Exception:  # noqa: BLE001 – the next comparison may succeed; the log tells
                _LOG.exception("a comparison with Alertmanager failed")

    def once(self) -> Comparison | None:
        """Compare once and repair what is due; return what was found, None if nobody answered."""
        now = self._clock()
        view, up = self._task.peers.view()
        outcome = "complete" if all(up.values()) else "partial"
        if view is None:
            self._commit(partial(_count, outcome="failed", source=""))
            return None
        with self._readers.connect() as connection:
            ours = held(connection, self._task.source, view.alerts)
        found = compare(ours, view, self._memory, now, self._task.terms)
        self._repair(found, now)
        # Only now: what could not be repaired has to be found again.
        self._memory = found.memory
        self._commit(partial(_count, outcome=outcome, source=self._task.source))
        return found

    def _repair(self, found: Comparison, now: int) -> None:
        lost = {r.known.fingerprint: lost_text(r, now) for r in found.lost}
        ended = {r.held.fingerprint: ended_text(r, now) for r in found.ended}
        self._deliver(lost_messages(found.lost), lost, "lost-firing")
        self._deliver(ended_messages(found.ended, now), ended, "swallowed-end")
        notes = [(r.incident, silenced_text(r)) for r in found.silenced]
        if notes:
            self._commit(partial(_tell, notes=notes))

    def _deliver(self, bodies: Iterable[bytes], texts: dict[str, str], gap: str) -> None:
        for body in bodies:
            job = partial(_apply, body=body, texts=texts, gap=gap, source=self._task.source)
            self._commit(job)

    def _commit(self, job: Callable[[Transaction], None]) -> None:
        self._writer.run(job).result(_COMMIT_SECONDS)


def _apply(
    transaction: Transaction, body: bytes, texts: dict[str, str], gap: str, source: str
) -> None:
    """Take a repair in as a message, and say on the timelines that it is one."""
    delivery = read_delivery(body)
    take_in(transaction, [delivery])
    if delivery.message is None:
        raise ValueError(f"a repair that is no message: {delivery.refusal}")
    prints = [sighting.fingerprint for sighting in delivery.message.sightings]
    where = incidents_of(transaction.connection, source, prints)
    _tell(transaction, [(where[p], texts[p]) for p in prints if p in where])
    transaction.tallies[repaired(gap)] += len(prints)


def _tell(transaction: Transaction, notes: Sequence[tuple[int, str]]) -> None:
    rows = [
        note_row(Note(incident, transaction.now, Entry.NOTE, SERVICE, text))
        for incident, text in dict.fromkeys(notes)
    ]
    if rows:
        transaction.connection.execute(insert(TIMELINE), rows)


def _count(transaction: Transaction, outcome: str, source: str) -> None:
    transaction.tallies[compared(outcome)] += 1
    if source:
        mark_beats(transaction.connection, transaction.now, [RECONCILER + source])
