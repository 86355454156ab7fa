"""The threads that keep incidents and tickets together, one for each tracker.

All that they know is in the store: what happened is found on the timeline, what is due in the
table of tickets. A system that is down for an hour finds as many requests then as there are
tickets that have changed, one after the other, and each once.
"""

import logging
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from typing import TypeVar

from sothat.incidents.backoff import pause
from sothat.incidents.delivery import read_delivery, take_in
from sothat.incidents.notification import Retry
from sothat.incidents.payload import parse_message
from sothat.incidents.refusal import Refused
from sothat.incidents.sources.source import Source
from sothat.incidents.store import trackers as standings
from sothat.incidents.store.ticketing import (
    Claim,
    Glance,
    begin,
    claim,
    enrol,
    finish,
    glance,
    put_off,
    refuse,
    touch,
)
from sothat.incidents.tallies import exchanged
from sothat.incidents.tickets.denial import SOURCE, denial, end_of_denial
from sothat.incidents.tickets.exchange import Exchange, Later
from sothat.incidents.tickets.hearing import say
from sothat.incidents.tickets.mapping import Terms
from sothat.incidents.tickets.tracker import Changes, Denied, Tracker, Trouble
from sothat.incidents.times import SECOND, seconds
from sothat.incidents.transaction import Transaction
from sothat.incidents.writer import StoreUnavailable, Writer
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0
_COMMIT_SECONDS = 60.0
_LEASE = 300 * SECOND
# The longest pause of a system that fails and does not say how long it wants.
_LONGEST_PAUSE = 120.0
# How often a system is asked that does not let us in: more would lock the account.
_SHUT_SECONDS = 3600.0
# When a ticket is tried again that the system refused, unless something happens before.
_REFUSED_SECONDS = 6 * 3600.0
_OWN = Source(SOURCE, parse_message)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bound:
    """A tracker of the configuration, ready to be asked, and what goes between it and incidents."""

    terms: Terms
    tracker: Tracker


class Synchroniser:
    """Keeps the tickets of one tracker and their incidents together until it is stopped.

    Args:
        bound: The tracker.
        trackers: The names of all trackers.
        readers: The store.
        writer: Likewise.
        clock: Nanoseconds since 1970.
        chance: From 0 to 1.
    """

    def __init__(
        self,
        bound: Bound,
        trackers: Collection[str],
        readers: Engine,
        writer: Writer,
        clock: Callable[[], int],
        chance: Callable[[], float],
    ) -> None:
        self._terms = bound.terms
        self._name = bound.terms.name
        self._tracker = bound.tracker
        self._exchange = Exchange(bound.terms, trackers, bound.tracker, writer, clock)
        self._readers = readers
        self._writer = writer
        self._clock = clock
        self._chance = chance
        self._holder = secrets.token_hex(8)
        self._stopping = Event()
        self._thread = Thread(target=self._work, name=f"tickets {self._name}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Begin nothing further; wait so many seconds for what is under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(patience)

    def once(self) -> bool:
        """Do one thing that is due; return whether there was one."""
        now = self._clock()
        standing = self._glance(now)
        if standing.behind and self._run(partial(enrol, terms=self._terms)):
            return True
        if standing.resume_at > now:
            return False
        if standing.poll_at <= now and self._poll():
            return True
        if not (standing.due or standing.behind):
            return False
        lease = partial(claim, terms=self._terms, holder=self._holder, lease=_LEASE)
        taken = self._run(lease)
        if taken is not None:
            self._settle(taken)
        return taken is not None

    def _glance(self, now: int) -> Glance:
        with self._readers.connect() as connection:
            found = glance(connection, self._name, now)
        if found is None:
            self._run(partial(begin, tracker=self._name))
            return self._glance(now)
        return found

    def _work(self) -> None:
        fresh = True
        while not self._stopping.is_set():
            busy = False
            try:
                if fresh:
                    self._run(partial(standings.try_again, tracker=self._name))
                    fresh = False
                busy = self.once()
            except (StoreUnavailable, DBAPIError, TimeoutError) as error:
                # Nothing is lost: what is due stays due.
                _LOG.debug("tickets wait for the store", extra={"reason": str(error)})
            if not busy:
                self._stopping.wait(_LOOK_SECONDS)

    def _settle(self, taken: Claim) -> None:
        """Bring a ticket and its incident together, and keep what became of it."""
        try:
            due = self._exchange.bring_together(taken)
        except Trouble as trouble:
            self._run(partial(self._failed, taken=taken, trouble=trouble))
        except Later as later:
            job = partial(put_off, claim=taken, due=later.due, error=later.reason)
            self._run(job)
        except Refused as lost:
            _LOG.info("another process has the ticket", extra={"reason": str(lost)})
        except (StoreUnavailable, DBAPIError, TimeoutError):
            raise
        except Exception as error:  # noqa: BLE001 – a plug-in's fault must not end the thread
            # Its text and its trace may hold what a tracker keeps secret.
            what = Retry(f"the tracker failed: {type(error).__name__}", unsure=True)
            _LOG.error("a tracker raised", extra={"tracker": self._name, "error": what.reason})
            self._run(partial(self._failed, taken=taken, trouble=Trouble(what)))
        else:
            self._run(partial(self._done, taken=taken, due=due))

    def _poll(self) -> bool:
        """Ask what has changed there, if it is the time."""
        every = self._terms.every
        due = self._run(partial(standings.take_poll, tracker=self._name, every=every))
        if due is None:
            return False
        overlap = seconds(self._tracker.overlap)
        since = self._clock() - overlap if due.since is None else due.since
        try:
            changes = self._tracker.changes(since)
        except Trouble as trouble:
            self._run(partial(self._unread, trouble=trouble))
        except Exception as error:  # noqa: BLE001 – as above
            what = Retry(f"the tracker failed: {type(error).__name__}")
            _LOG.error("a tracker raised", extra={"tracker": self._name, "error": what.reason})
            self._run(partial(self._unread, trouble=Trouble(what)))
        else:
            self._run(partial(self._read, changes=changes, since=since))
        return True

    def _read(self, transaction: Transaction, changes: Changes, since: int) -> None:
        """Keep what has changed there, and from when on is asked next."""
        touch(transaction, self._name, changes.touched)
        until = since if changes.until is None else changes.until
        back = 0 if changes.more else seconds(self._tracker.overlap)
        following = max(since, until - back)
        # Where a page holds one moment only there is no going on; a look at each ticket finds it.
        more = changes.more and following > since
        standings.polled(transaction, self._name, following, more=more)
        self._well(transaction)

    def _unread(self, transaction: Transaction, trouble: Trouble) -> None:
        self._troubled(transaction, trouble)
        if not isinstance(trouble.what, Denied):
            self._pause(transaction, trouble)

    def _done(self, transaction: Transaction, taken: Claim, due: int | None) -> None:
        finish(transaction, taken, due)
        transaction.tallies[exchanged(self._name, "done")] += 1
        self._well(transaction)

    def _failed(self, transaction: Transaction, taken: Claim, trouble: Trouble) -> None:
        """Keep that a ticket could not be brought together with its incident, and go on later."""
        self._troubled(transaction, trouble)
        what, now = trouble.what, transaction.now
        match what:
            case Denied():
                put_off(transaction, taken, now, what.reason)
            case Retry():
                self._pause(transaction, trouble)
                wait = pause(taken.ticket.attempts, self._chance(), what.after)
                put_off(transaction, taken, now + seconds(wait), what.reason)
            case _:
                error = f"its ticket: {what.reason}"
                say(transaction, taken.ticket, error, once=True)
                refuse(transaction, taken, now + seconds(_REFUSED_SECONDS), error)

    def _troubled(self, transaction: Transaction, trouble: Trouble) -> None:
        """Count a failure; one that will not end by itself is an incident of the owner's."""
        what = trouble.what
        outcome = "denied" if isinstance(what, Denied) else "rejected"
        outcome = "retry" if isinstance(what, Retry) else outcome
        transaction.tallies[exchanged(self._name, outcome)] += 1
        if not isinstance(what, Denied):
            return
        if standings.shut(transaction, self._name, _SHUT_SECONDS):
            _LOG.error("a tracker does not let us in", extra={"tracker": self._name})
            owner = self._owner(transaction)
            self._tell(transaction, denial(self._name, owner, what.reason, transaction.now))

    def _pause(self, transaction: Transaction, trouble: Trouble) -> None:
        """Leave a system alone that has failed: for longer each time, or as it wishes."""
        failures = standings.failures_of(transaction, self._name) + 1
        wanted = trouble.what.after if isinstance(trouble.what, Retry) else None
        own = min(_LONGEST_PAUSE, pause(failures, self._chance()))
        standings.hold(transaction, self._name, max(own, min(wanted or 0.0, 3600.0)))

    def _well(self, transaction: Transaction) -> None:
        """Keep that a system does what it is asked."""
        if standings.succeed(transaction, self._name):
            owner = self._owner(transaction)
            self._tell(transaction, end_of_denial(self._name, owner, transaction.now))

    def _owner(self, transaction: Transaction) -> str:
        """Return who is called: whoever answers for the monitoring itself, unless it is said."""
        return self._terms.owner or transaction.rules.policy.owner

    def _tell(self, transaction: Transaction, message: bytes) -> None:
        take_in(transaction, [read_delivery(message, _OWN)])

    def _run(self, job: Callable[[Transaction], T]) -> T:
        return self._writer.run(job).result(_COMMIT_SECONDS)
