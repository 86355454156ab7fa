"""The single writer: one thread, one connection, many requests in one transaction.

Whoever wants something written submits a job and waits for its future. The thread takes all jobs
that wait, does them in one transaction and answers only after the commit (group commit): the disk
is asked once for all of them, and SQLite's one-writer rule is never in anybody's way.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Thread
from time import monotonic
from typing import Any, TypeVar

from sothat.incidents.commands import NoSuchIncident
from sothat.incidents.counts import Counts
from sothat.incidents.delivery import Delivery, Receipt, take_in
from sothat.incidents.inbox import Inbox
from sothat.incidents.incident import Rules
from sothat.incidents.store.engines import reason, unavailable
from sothat.incidents.store.tallying import grow
from sothat.incidents.tallies import Delta
from sothat.incidents.timers import anything_due, keep_appointments
from sothat.incidents.transaction import Transaction
from sothat.incidents.transition import Refused
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

_LOG = logging.getLogger(__name__)
# A transaction takes at most this many jobs, so that nobody waits long for the others' sake.
_BATCH = 256
# With this many jobs waiting, new ones are turned away at once: better 503 than a late answer.
_QUEUE_LIMIT = 5000
_TICK_SECONDS = 0.25
# How long the first job of a batch waits for the others at most.
_LINGER_SECONDS = 0.004

T = TypeVar("T")


class StoreUnavailable(Exception):  # noqa: N818 – it is named for the state it reports
    """The store could not commit: locked, full, read-only, or too much is waiting."""


@dataclass(slots=True)
class _Job:
    """Something to be done in a transaction; a delivery is done together with its neighbours."""

    work: Delivery | Callable[[Transaction], Any]
    future: Future[Any] = field(default_factory=Future)
    outcome: Any = None
    refusal: Exception | None = None

    def answer(self) -> None:
        if self.refusal is not None:
            self.future.set_exception(self.refusal)
        else:
            self.future.set_result(self.outcome)


class Writer:
    """Everything that changes the store goes through here."""

    def __init__(
        self,
        engine: Engine,
        rules: Rules,
        counts: Counts,
        clock: Callable[[], int],
        on_pages: Callable[[], None],
        readers: Engine | None = None,
    ) -> None:
        """Make the writer.

        Args:
            engine: Of the connection that writes.
            rules: What the incidents go by.
            counts: What waits to be stored.
            clock: Nanoseconds since 1970.
            on_pages: Called when there is something new in the outbox.
            readers: Asked whether anything is due before the store's lock is taken for it.
        """
        self._engine = engine
        self._readers = readers
        self._rules = rules
        self._counts = counts
        self._clock = clock
        self._on_pages = on_pages
        self._inbox: Inbox[_Job] = Inbox()
        self._next_tick = 0.0
        self._expected = 0
        self._failing = False
        self._thread = Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits, then end the thread."""
        self._inbox.close()
        self._thread.join()

    def deliver(self, delivery: Delivery) -> "Future[Receipt]":
        """Take a delivery in.

        Returns:
            A future that ends after the commit; `StoreUnavailable` if there could be none.
        """
        return self._submit(_Job(delivery))

    def run(self, work: Callable[[Transaction], T]) -> "Future[T]":
        """Do something in a transaction.

        Returns:
            A future that ends after the commit: the result, what ``work`` refused with, or
            `StoreUnavailable` if there could be no commit.
        """
        return self._submit(_Job(work))

    def _submit(self, job: _Job) -> Future[Any]:
        if len(self._inbox) >= _QUEUE_LIMIT:
            job.future.set_exception(StoreUnavailable("too many requests are waiting"))
        elif not self._inbox.put(job, isinstance(job.work, Delivery)):
            job.future.set_exception(StoreUnavailable("it is stopping"))
        return job.future

    def _run(self) -> None:
        while self._inbox.await_any(max(0.0, self._next_tick - monotonic())):
            self._next()

    def _next(self) -> None:
        jobs = self._waiting_jobs()
        tick = self._tick(jobs) if monotonic() >= self._next_tick else None
        if tick:
            jobs.append(tick)
        if jobs:
            self._commit(jobs)
        if tick and tick.outcome:
            # What is still due goes along with the next messages, or follows at once.
            self._next_tick = monotonic()

    def _tick(self, jobs: Sequence[_Job]) -> _Job | None:
        """Return the job of doing what is due, unless there is nothing to do."""
        self._next_tick = monotonic() + _TICK_SECONDS
        return _Job(keep_appointments) if jobs or not self._is_idle() else None

    def _is_idle(self) -> bool:
        """Return whether a transaction would do nothing: others need not wait for its lock."""
        if self._readers is None or self._failing or self._counts.waiting():
            return False
        try:
            with self._readers.connect() as connection:
                return not anything_due(connection, self._clock())
        except SQLAlchemyError:
            return False

    def _waiting_jobs(self) -> list[_Job]:
        """Return the jobs that wait.

        In a storm the senders answered last are about to send again: for a moment as many messages
        as last time are waited for. A transaction costs as much as several messages in it, and a
        courier's job goes along with them instead of in one of its own.
        """
        if self._inbox:
            self._inbox.await_weight(self._expected, _LINGER_SECONDS)
        # Whoever has given up waiting gets nothing written: it would never be confirmed.
        taken = self._inbox.take(_BATCH)
        found = [job for job in taken if job.future.set_running_or_notify_cancel()]
        messages = sum(isinstance(job.work, Delivery) for job in found)
        self._expected = messages or self._expected // 2
        return found

    def _commit(self, jobs: Sequence[_Job]) -> None:
        """Do jobs in one transaction and answer; a poisonous one must not take the rest along."""
        try:
            self._transact(jobs)
        except Exception as error:  # noqa: BLE001 – every failure is some job's answer
            if unavailable(error):
                self._counts.strand()
                self._fail(jobs, StoreUnavailable(reason(error)))
            elif len(jobs) == 1:
                _LOG.exception("a write failed")
                self._fail(jobs, error)
            else:
                for job in jobs:
                    self._commit([job])

    def _fail(self, jobs: Sequence[_Job], error: Exception) -> None:
        if not self._failing:
            _LOG.error("cannot write to the store", extra={"reason": str(error)})
            self._failing = True
        for job in jobs:
            job.refusal = error
            job.answer()

    def _transact(self, jobs: Sequence[_Job]) -> None:
        with self._engine.begin() as connection:
            transaction = Transaction(connection, self._clock(), self._rules)
            self._deliver_all(transaction, jobs)
            for job in jobs:
                if not isinstance(job.work, Delivery):
                    _perform(job, job.work, transaction)
            flushed = self._grow(connection, transaction.tallies)
        self._counts.commit(flushed)
        if self._failing:
            _LOG.info("writing to the store works again")
            self._failing = False
        for job in jobs:
            job.answer()
        if transaction.paged:
            self._on_pages()

    def _deliver_all(self, transaction: Transaction, jobs: Sequence[_Job]) -> None:
        pairs = [(job, job.work) for job in jobs if isinstance(job.work, Delivery)]
        if not pairs:
            return
        receipts = take_in(transaction, [delivery for _, delivery in pairs])
        for (job, _), receipt in zip(pairs, receipts, strict=True):
            job.outcome = receipt

    def _grow(self, connection: Connection, tallies: Counter[Delta]) -> Counter[Delta]:
        flushed = self._counts.waiting()
        grow(connection, (tallies + flushed).items())
        return flushed


def _perform(job: _Job, work: Callable[[Transaction], Any], transaction: Transaction) -> None:
    job.refusal = None
    try:
        job.outcome = work(transaction)
    except (NoSuchIncident, Refused) as refusal:  # decided before anything was written
        job.refusal = refusal
