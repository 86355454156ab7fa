"""One collector: polled in the background or asked by the scrape, and truth about what it has."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from random import random

from sothat.exporters.clock import Clock
from sothat.exporters.flight import Flight, Landing
from sothat.exporters.pace import pause
from sothat.exporters.snapshot import Screen, Snapshot
from sothat.exporters.source import Source

log = logging.getLogger(__name__)

# Values older than this many intervals (or deadlines, where those are longer) are no longer shown.
STALE_INTERVALS = 3
# How often a successor looks whether its predecessor's thread has come back.
_SUCCESSION_SECONDS = 0.2


class Mode(StrEnum):
    """Who decides when a collector is asked: a clock, or the scrape that waits for it."""

    BACKGROUND = "background"
    SCRAPE = "scrape"


@dataclass(frozen=True, slots=True)
class Plan:
    """How a collector is polled; durations in seconds."""

    name: str
    interval: float
    deadline: float
    max_series: int
    mode: Mode = Mode.BACKGROUND

    @property
    def stale_after(self) -> float:
        """Return the age at which values are no longer shown."""
        return STALE_INTERVALS * max(self.interval, self.deadline)


@dataclass(frozen=True, slots=True)
class View:
    """What is known of a collector at one moment.

    Attributes:
        snapshot: The last poll's result, without samples once they are stale; None before any.
        fresh: Whether the last poll brought samples that are not stale.
        last_success: Seconds since the epoch, or None.
        errors: Numbers since the start, by reason.
        age: Seconds since the last poll ended, None before any.
        stuck: Whether a poll that was given up has not come back.
    """

    plan: Plan
    snapshot: Snapshot | None
    fresh: bool
    last_success: float | None
    errors: Mapping[str, int]
    age: float | None = None
    stuck: bool = False


class Poller:
    """Asks one source, never twice at a time, and tells at any moment what is true of it.

    A poll that overruns its deadline is reported as failed at once, with what it had by then; its
    late result is thrown away, and no second poll begins before it has come back.

    Args:
        plan: How it is polled.
        source: Closed by the poller once no poll is under way any more.
        clock: Time.
        chance: Random numbers of at least 0 and below 1, for back-off.
        predecessor: Whose place it takes: it goes on from its counters and last snapshot, and does
            not ask before that one's thread has come back.
    """

    def __init__(
        self,
        plan: Plan,
        source: Source,
        clock: Clock,
        *,
        chance: Callable[[], float] = random,
        predecessor: "Poller | None" = None,
    ) -> None:
        self.plan = plan
        self.source = source
        self._clock = clock
        self._chance = chance
        self._predecessor = predecessor
        self._screen = Screen(source.contract)
        self._stopping = threading.Event()
        self._over = threading.Event()
        self._lock = threading.Lock()  # guards all that follows
        self._flight: Flight | None = None
        self._hanging: Flight | None = None
        self._snapshot: Snapshot | None = None
        self._last_success: float | None = None
        self._errors: Counter[str] = Counter()
        self._fruitless = 0
        self._ending = False
        if predecessor:
            self._inherit(predecessor)

    def start(self) -> None:
        """Begin to poll, where a clock decides."""
        if self.plan.mode is Mode.BACKGROUND:
            name = f"poll-{self.plan.name}"
            threading.Thread(target=self._run, name=name, daemon=True).start()

    def stop(self) -> None:
        """Ask no more; the source is closed once the poll that is under way has come back."""
        self._stopping.set()
        if self.plan.mode is Mode.SCRAPE:
            self._end_if_idle()

    def join(self, timeout: float) -> bool:
        """Wait for the end after a stop; return whether no thread is left and the source closed."""
        return self._over.wait(timeout) and self._succeeds()

    def view(self, *, partial: bool = False) -> View:
        """Return what is true now.

        Args:
            partial: Whether what a poll under way has yielded so far stands for its result.
        """
        with self._lock:
            self._settle()
            now = self._clock.monotonic()
            snapshot = self._snapshot
            if partial and self._flight:
                snapshot = self._snapshot_of(self._flight.so_far("deadline", ""))[0]
            age = now - snapshot.finished if snapshot else None
            if snapshot and age is not None and age > self.plan.stale_after:
                snapshot = replace(snapshot, blocks=(), success=False, reason="stale")
            fresh = bool(snapshot and snapshot.blocks)
            errors = dict(self._errors)
            stuck = self._is_stuck()
            return View(self.plan, snapshot, fresh, self._last_success, errors, age, stuck)

    def legacy(self) -> tuple[Counter[str], float | None, Snapshot | None]:
        """Return what a successor goes on from: errors, last success, last snapshot."""
        with self._lock:
            self._settle()
            return Counter(self._errors), self._last_success, self._snapshot

    def poll(self) -> None:
        """Poll once, in the calling thread."""
        with self._lock:
            flight = self._begin(self.plan.deadline)
        flight.run()
        with self._lock:
            self._settle()

    def ask(self, seconds: float) -> Flight | None:
        """Return a flight to wait for: a new one of so many seconds at most, or the one under way.

        None when there can be none now, because an earlier one is stuck.
        """
        with self._lock:
            self._settle()
            if self._flight:
                return self._flight
            if self._stopping.is_set():
                return None
            if self._is_stuck():
                self._refuse()
                return None
            flight = self._begin(min(seconds, self.plan.deadline))
            flight.start(f"poll-{self.plan.name}", self._came_back)
            return flight

    def _run(self) -> None:
        self._wait_for_predecessor()
        begun = self._clock.monotonic()
        while not self._stopping.is_set():
            self.poll()
            since = self._clock.monotonic() - begun
            self._stopping.wait(pause(since, self.plan.interval, self._fruitless, self._chance()))
        self._end()

    def _wait_for_predecessor(self) -> None:
        while not self._succeeds():
            if self._stopping.wait(_SUCCESSION_SECONDS):
                return

    def _succeeds(self) -> bool:
        """Return whether the threads of all its predecessors have come back."""
        before = self._predecessor
        while before and before._over.is_set():  # noqa: SLF001 – its own kind
            before = self._predecessor = before._predecessor  # noqa: SLF001
        return before is None

    def _came_back(self) -> None:
        with self._lock:
            self._settle()
        if self._stopping.is_set():
            self._end_if_idle()

    def _end_if_idle(self) -> None:
        with self._lock:
            self._settle()
            flights = (self._flight, self._hanging)
            idle = all(flight is None or flight.back for flight in flights)
            ends = idle and not self._ending
            self._ending = self._ending or ends
        if ends:
            self._end()

    def _end(self) -> None:
        self.source.close()
        self._over.set()

    def _is_stuck(self) -> bool:
        hanging = self._hanging
        return not self._succeeds() or (hanging is not None and hanging.stuck)

    def _begin(self, seconds: float) -> Flight:
        self._flight = Flight(self.source.collect, seconds, self.plan.max_series, self._clock)
        return self._flight

    def _settle(self) -> None:
        """Take note of the flight under way, if it is over or overdue."""
        flight = self._flight
        if flight and flight.give_up():
            self._flight, self._hanging = None, flight
            self._finish(flight.landed.result())

    def _refuse(self) -> None:
        """Note that a scrape had to go without: what an earlier one saw is not the present."""
        now = self._clock.monotonic()
        message = "an earlier poll has not come back"
        self._finish(Landing((), 0, "stuck", message, now, 0.0))

    def _finish(self, landing: Landing) -> None:
        snapshot, message = self._snapshot_of(landing)
        if snapshot.success:
            self._last_success = self._clock.time()
        else:
            self._errors[snapshot.reason] += 1
        self._fruitless = 0 if snapshot.success or snapshot.blocks else self._fruitless + 1
        self._log_change(snapshot.reason, message)
        self._snapshot = snapshot

    def _snapshot_of(self, landing: Landing) -> tuple[Snapshot, str]:
        screened = self._screen.screen(landing.samples)
        reason, message = landing.reason, landing.message
        if screened.refused and not reason:
            reason, message = "contract", "; ".join(screened.complaints)
        dropped = landing.over + screened.doubled
        finished, duration = landing.finished, landing.duration
        return Snapshot(screened.blocks, not reason, reason, finished, duration, dropped), message

    def _log_change(self, reason: str, message: str) -> None:
        """Log the first failure and the recovery, not every poll in between."""
        before = self._snapshot.reason if self._snapshot else ""
        if reason and reason != before:
            fields = {"collector": self.plan.name, "reason": reason, "why": message}
            log.warning("a poll failed", extra=fields)
        elif before and not reason:
            log.info("polls succeed again", extra={"collector": self.plan.name})

    def _inherit(self, other: "Poller") -> None:
        self._errors, self._last_success, snapshot = other.legacy()
        if other.source.contract == self.source.contract:
            self._snapshot = snapshot
