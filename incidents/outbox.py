"""The outbox's threads: what is due is sent, each channel by itself.

One thread looks for channels with something due and starts a courier for each, of which a provider
has a bounded number at a time: whoever is slow holds up nobody else. A courier sends one message
after the other; the verdict on one and the claim of the next are one transaction, so that a crash
repeats at most what was under way.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from threading import Event, Lock, Thread
from time import monotonic

from sothat.incidents.backoff import MAX_ATTEMPTS, pause
from sothat.incidents.bounded import Bounded
from sothat.incidents.conversation.offering import Offering
from sothat.incidents.conversation.updating import Updater
from sothat.incidents.directory import Directory
from sothat.incidents.notification import Channel, Rejected, Result, Retry, Sent, updates
from sothat.incidents.roster import Roster
from sothat.incidents.store.conversation import keep, stale_channels
from sothat.incidents.store.entries import Claim
from sothat.incidents.store.outbox import claim, due_channels
from sothat.incidents.store.stand_ins import Lookout
from sothat.incidents.store.verdicts import FAILED, RETRY, SENT, Verdict, finish
from sothat.incidents.tallies import delivered, notified
from sothat.incidents.times import seconds
from sothat.incidents.transaction import Transaction
from sothat.incidents.undelivered import carry_on
from sothat.incidents.writer import StoreUnavailable, Writer
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 0.5
# Couriers that one provider may have at a time.
_MOST_COURIERS = 16
# After so many attempts, or a pause so long, another channel takes over if there is one.
_PATIENT_ATTEMPTS = 3
_PATIENT_SECONDS = 60.0


def lease_of(channel: Channel) -> int:
    """Return for how long nobody else takes what a courier of the channel has claimed.

    It is longer than an attempt may last, so that only a process that has died loses it, and no
    longer than that: the page waits for so long.
    """
    return seconds(1.5 * channel.deadline + 15)


class Courier:
    """Sends what the outbox holds for one channel."""

    def __init__(
        self,
        name: str,
        directory: Directory,
        writer: Writer,
        external_url: str,
        clock: Callable[[], int],
        chance: Callable[[], float],
    ) -> None:
        self._name = name
        self._directory = directory
        self._channel = Bounded(name, directory.channels[name])
        self._lease = lease_of(directory.channels[name])
        self._writer = writer
        self._external_url = external_url
        self._clock = clock
        self._chance = chance
        self._stopping = Event()
        self._offering = Offering(directory, external_url)
        parts = (name, self._channel, self._lease, self._offering, writer, chance)
        self._updater = Updater(*parts) if updates(directory.channels[name]) else None

    def stop(self) -> None:
        """Start no further send."""
        self._stopping.set()

    def send_due(self) -> None:
        """Send all that is due, the most urgent first; change messages when nothing else is."""
        entry = self._exchange(None)
        while not self._stopping.is_set():
            if entry is not None:
                verdict = self._verdict(entry, self._channel.send(entry.notice))
                entry = self._exchange(verdict)
            elif self._updater is not None and self._updater.change_one():
                entry = self._exchange(None)
            else:
                return

    def _exchange(self, verdict: Verdict | None) -> Claim | None:
        """Keep what became of one message and take the next, in one transaction.

        A verdict is never dropped because the store is busy: what was sent would be sent again.
        """
        job = partial(self._exchanged, verdict=verdict)
        while True:
            try:
                return self._writer.run(job).result()
            except (StoreUnavailable, DBAPIError) as error:
                _LOG.debug("the outbox cannot be written", extra={"reason": str(error)})
                if verdict is None or self._stopping.wait(_LOOK_SECONDS):
                    return None

    def _exchanged(self, transaction: Transaction, verdict: Verdict | None) -> Claim | None:
        if verdict is not None:
            _concluded(transaction, verdict, self._directory)
        if self._stopping.is_set():
            return None
        limit = self._directory.limit(self._name)
        found = claim(transaction, self._name, self._lease, self._external_url, limit)
        return found and self._offering.answerable(transaction, found)

    def _verdict(self, entry: Claim, result: Result) -> Verdict:
        told = f"{self._name}: {entry.notice.reason}"
        told += f" and {len(entry.rows) - 1} more" if len(entry.rows) > 1 else ""
        match result:
            case Sent(reference):
                # A message about several incidents is none that one of them could change; what was
                # written for people outside must never turn into an incident's own notice.
                reference = "" if entry.notice.others or entry.notice.text else reference
                return Verdict(entry, SENT, told, reference=reference)
            case Rejected(reason):
                others = self._directory.instead_of(self._name)
                return Verdict(entry, FAILED, f"{told}: given up, {reason}", None, others)
            case Retry():
                return self._again(entry, result, told)

    def _again(self, entry: Claim, result: Retry, told: str) -> Verdict:
        wait = pause(entry.attempt, self._chance(), result.after)
        others = self._others(entry)
        late = entry.attempt >= _PATIENT_ATTEMPTS or wait > _PATIENT_SECONDS
        until = self._clock() + seconds(wait)
        paused = until if result.after else None
        if (late and others) or entry.attempt >= MAX_ATTEMPTS:
            text = f"{told}: given up after {entry.attempt}, {result.reason}"
            return Verdict(entry, FAILED, text, None, others, paused, result.unsure)
        text = f"{told}: attempt {entry.attempt} failed, {result.reason}; again in {wait:.0f} s"
        return Verdict(entry, RETRY, text, until, (), paused, result.unsure)

    def _others(self, entry: Claim) -> tuple[str, ...]:
        gone = {*entry.rows[0].tried, self._name}
        return tuple(name for name in self._directory.instead_of(self._name) if name not in gone)


def _concluded(transaction: Transaction, verdict: Verdict, directory: Directory) -> None:
    """Keep a verdict, count it, and tell somebody else if nobody got the message."""
    outcome = finish(transaction, verdict)
    transaction.tallies[notified(directory.label(verdict.claim.channel), outcome)] += 1
    for row in verdict.claim.rows if outcome == SENT else ():
        if not row.held:
            transaction.tallies.update(delivered(row.incident, row.created_at, transaction.now))
    if verdict.reference:
        keep(transaction, verdict.claim.rows[0].incident, verdict.claim.channel, verdict.reference)
    if outcome == FAILED:
        carry_on(transaction, verdict.claim, directory)


def _abandon(transaction: Transaction, channel: str, directory: Directory) -> None:
    """Give up what waits for a channel that the configuration no longer has."""
    while entry := claim(transaction, channel, 0, ""):
        text = f"{channel}: {entry.notice.reason}: given up, there is no such channel any more"
        _concluded(transaction, Verdict(entry, FAILED, text), directory)


class Outbox:
    """All couriers, and the thread that sends them off."""

    def __init__(
        self,
        directory: Directory,
        writer: Writer,
        readers: Engine,
        external_url: str,
        clock: Callable[[], int],
        chance: Callable[[], float],
        roster: Roster | None = None,
    ) -> None:
        """Make the threads.

        Args:
            directory: All ways to people.
            writer: Of the store.
            readers: Likewise.
            external_url: Where people reach the service.
            clock: Nanoseconds since 1970.
            chance: From 0 to 1.
            roster: Told of stand-ins at each look at the outbox.
        """
        self._directory = directory
        self._writer = writer
        self._lookout = Lookout(roster) if roster else None
        self._couriers: Mapping[str, Courier] = {
            name: Courier(name, directory, writer, external_url, clock, chance)
            for name in directory.channels
        }
        self._providers = {name: one.provider for name, one in directory.channels.items()}
        self._updating = [name for name, one in directory.channels.items() if updates(one)]
        self._readers = readers
        self._clock = clock
        self._wake = Event()
        self._stopping = False
        self._lock = Lock()
        self._under_way: dict[str, Thread] = {}
        # A daemon, like its couriers: a send under way must not hold up the end of the process.
        self._thread = Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def wake(self) -> None:
        """Look at the outbox now."""
        self._wake.set()

    def stop(self, patience: float) -> None:
        """Start no further send; wait for those under way for some seconds in all."""
        self._stopping = True
        for courier in self._couriers.values():
            courier.stop()
        self._wake.set()
        until = monotonic() + patience
        self._thread.join(patience)
        with self._lock:
            threads = list(self._under_way.values())
        for thread in threads:
            thread.join(max(0.0, until - monotonic()))

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(_LOOK_SECONDS)
            self._wake.clear()
            try:
                self._send_off()
            except DBAPIError as error:
                _LOG.debug("the outbox cannot be read", extra={"reason": str(error)})

    def _send_off(self) -> None:
        with self._readers.connect() as connection:
            now = self._clock()
            if self._lookout:
                self._lookout.look(connection, now)
            due = due_channels(connection, now)
            stale = stale_channels(connection, now) if self._updating else ()
        gone = [name for name in due if name not in self._couriers]
        for name in gone:
            self._writer.run(partial(_abandon, channel=name, directory=self._directory))
        with self._lock:
            busy = Counter(self._providers[name] for name in self._under_way)
            known = {*set(due) - set(gone), *set(stale).intersection(self._updating)}
            for name in known - set(self._under_way):
                if self._stopping:
                    return
                if busy[self._providers[name]] < _MOST_COURIERS:
                    busy[self._providers[name]] += 1
                    self._start(name)

    def _start(self, name: str) -> None:
        thread = Thread(target=self._deliver, args=(name,), name=f"channel-{name}", daemon=True)
        self._under_way[name] = thread
        thread.start()

    def _deliver(self, name: str) -> None:
        try:
            self._couriers[name].send_due()
        finally:
            with self._lock:
                del self._under_way[name]
            # Something may have become due for it, or a place has become free.
            self._wake.set()
