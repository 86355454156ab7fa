"""The outbox's workers: one thread a channel, so that a slow provider holds up nobody else."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from threading import Event, Thread

from sothat.incidents.backoff import MAX_ATTEMPTS, pause
from sothat.incidents.notification import Channel, Rejected, Result, Retry, Sent
from sothat.incidents.store.outbox import Claim, Verdict, claim, finish, is_due
from sothat.incidents.tallies import notified
from sothat.incidents.times import SECOND, seconds
from sothat.incidents.transaction import Transaction
from sothat.incidents.writer import StoreUnavailable, Writer
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

_LOG = logging.getLogger(__name__)
_AT_ONCE = 20
# Longer than the longest deadline of a channel (60 s); no send starts in its second half.
LEASE_SECONDS = 150
_LOOK_SECONDS = 0.5


class Worker:
    """Sends what the outbox holds for one channel."""

    def __init__(
        self,
        name: str,
        channel: Channel,
        writer: Writer,
        readers: Engine,
        external_url: str,
        clock: Callable[[], int],
        chance: Callable[[], float],
    ) -> None:
        self._name = name
        self._channel = channel
        self._writer = writer
        self._readers = readers
        self._external_url = external_url
        self._clock = clock
        self._chance = chance
        self._wake = Event()
        self._stopping = False
        # A daemon: a send under way must not hold up the end of the process; its lease ends.
        self._thread = Thread(target=self._run, name=f"channel-{name}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """Look at the outbox now."""
        self._wake.set()

    def stop(self, patience: float) -> None:
        """Start no further send; wait for the one under way for some seconds."""
        self._stopping = True
        self._wake.set()
        self._thread.join(patience)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(_LOOK_SECONDS)
            self._wake.clear()
            try:
                while not self._stopping and self.send_due():
                    pass
            except (StoreUnavailable, DBAPIError) as error:
                _LOG.debug("the outbox cannot be read", extra={"reason": str(error)})

    def send_due(self) -> bool:
        """Send some of what is due; return whether there may be more."""
        with self._readers.connect() as connection:
            if not is_due(connection, self._name, self._clock()):
                return False
        lease = LEASE_SECONDS * SECOND
        take = partial(
            claim,
            channel=self._name,
            limit=_AT_ONCE,
            lease=lease,
            external_url=self._external_url,
        )
        begun = self._clock()
        claims = self._writer.run(take).result()
        verdicts = [
            self._verdict(entry, self._send(entry))
            for entry in claims
            if not self._stopping and self._clock() < begun + lease // 2
        ]
        self._writer.run(partial(_conclude, verdicts=verdicts)).result()
        return len(claims) == _AT_ONCE

    def _send(self, entry: Claim) -> Result:
        try:
            return self._channel.send(entry.notice)
        except Exception as error:  # noqa: BLE001 – a plug-in's fault must not end the worker
            _LOG.exception("a notifier broke its promise not to raise", extra={"at": self._name})
            return Retry(f"the notifier failed: {type(error).__name__}")

    def _verdict(self, entry: Claim, result: Result) -> Verdict:
        told = f"{self._name}: {entry.notice.reason}"
        match result:
            case Sent():
                return Verdict(entry, "sent", told)
            case Rejected(reason):
                return Verdict(entry, "failed", f"{told}: given up, {reason}")
            case Retry(reason, _) if entry.attempt >= MAX_ATTEMPTS:
                return Verdict(entry, "failed", f"{told}: given up after {entry.attempt}, {reason}")
            case Retry(reason, after):
                wait = pause(entry.attempt, self._chance(), after)
                text = f"{told}: attempt {entry.attempt} failed, {reason}; again in {wait:.0f} s"
                return Verdict(entry, "retry", text, self._clock() + seconds(wait))


def _conclude(transaction: Transaction, verdicts: list[Verdict]) -> None:
    if not verdicts:
        return
    finish(transaction, verdicts)
    for verdict in verdicts:
        transaction.tallies[notified(verdict.claim.channel, verdict.outcome)] += 1


class Outbox:
    """All workers."""

    def __init__(self, workers: Mapping[str, Worker]) -> None:
        self._workers = workers

    def start(self) -> None:
        """Start all."""
        for worker in self._workers.values():
            worker.start()

    def wake(self) -> None:
        """Let all look at the outbox now."""
        for worker in self._workers.values():
            worker.wake()

    def stop(self, patience: float) -> None:
        """Stop all, each with at most this patience in seconds."""
        for worker in self._workers.values():
            worker.stop(patience)
