"""One collector's background poll: one thread, a deadline, and truth about what it has."""

import logging
import math
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sothat.exporters.clock import Clock, Deadline
from sothat.exporters.snapshot import Screen, Snapshot
from sothat.exporters.source import PollFailed, Sample, Source

log = logging.getLogger(__name__)

# Values older than this many intervals (or deadlines, where those are longer) are no longer shown.
STALE_INTERVALS = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """How a collector is polled; durations in seconds."""

    name: str
    interval: float
    deadline: float
    max_series: int

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
    """

    plan: Plan
    snapshot: Snapshot | None
    fresh: bool
    last_success: float | None
    errors: Mapping[str, int]


class _Flight:
    """A poll that is under way."""

    __slots__ = ("over", "samples", "started")

    def __init__(self, started: float) -> None:
        self.started = started
        self.samples: list[Sample] = []
        self.over = 0

    def take(self, sample: Sample, budget: int) -> None:
        """Keep a sample, or only count it when the budget is spent: memory stays bounded."""
        if len(self.samples) < budget:
            self.samples.append(sample)
        else:
            self.over += 1


class Poller:
    """Polls one source in a thread of its own, and tells at any time what is true of it.

    A poll that overruns its deadline is reported as failed at once, with what it had by then; its
    late result is thrown away, and no second poll begins before it has come back.
    """

    def __init__(self, plan: Plan, source: Source, clock: Clock) -> None:
        self.plan = plan
        self._source = source
        self._clock = clock
        self._screen = Screen(source.contract)
        self._stopping = threading.Event()
        self._polled = threading.Condition()  # guards all that follows
        self._flight: _Flight | None = None
        self._snapshot: Snapshot | None = None
        self._last_success: float | None = None
        self._errors: Counter[str] = Counter()
        self._thread = threading.Thread(target=self._run, name=f"poll-{plan.name}", daemon=True)

    def start(self) -> None:
        """Begin to poll."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end after the poll that is under way."""
        self._stopping.set()

    def join(self, timeout: float) -> bool:
        """Wait for the thread; return whether it has ended, and its source is closed."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def view(self) -> View:
        """Return what is true now."""
        with self._polled:
            now = self._clock.monotonic()
            self._give_up_overdue(now)
            snapshot = self._snapshot
            stale = snapshot is not None and now - snapshot.finished > self.plan.stale_after
            if snapshot and stale:
                snapshot = replace(snapshot, samples=(), success=False, reason="stale")
            fresh = bool(snapshot and snapshot.samples)
            return View(self.plan, snapshot, fresh, self._last_success, dict(self._errors))

    def wait_for_poll(self, timeout: float) -> bool:
        """Wait until a first poll has ended or was given up; return whether one has."""
        with self._polled:
            return self._polled.wait_for(lambda: self._snapshot is not None, timeout)

    def _run(self) -> None:
        begun = self._clock.monotonic()
        while not self._stopping.is_set():
            self.poll()
            # Ticks that a slow poll has missed are skipped, not made up for.
            ticks = math.floor((self._clock.monotonic() - begun) / self.plan.interval) + 1
            pause = begun + ticks * self.plan.interval - self._clock.monotonic()
            self._stopping.wait(max(0.0, pause))
        self._source.close()

    def poll(self) -> None:
        """Poll once, in the calling thread."""
        flight = _Flight(self._clock.monotonic())
        with self._polled:
            self._flight = flight
        reason, message = self._collect(flight)
        with self._polled:
            if self._flight is not flight:
                return  # given up meanwhile: what came late is not the present
            self._finish(flight, reason, message, self._clock.monotonic())

    def _collect(self, flight: _Flight) -> tuple[str, str]:
        """Fill the flight; return why it is not complete, in a word and a sentence."""
        deadline = Deadline(flight.started + self.plan.deadline, self._clock)
        try:
            for sample in self._source.collect(deadline):
                flight.take(sample, self.plan.max_series)
                if deadline.expired():
                    return "deadline", f"not done after {self.plan.deadline:g} s"
        except PollFailed as error:
            return error.reason, str(error)
        except Exception as error:  # the wall between one collector and all others
            log.debug("traceback of a failed poll", exc_info=True)
            return "error", f"{type(error).__name__}: {error}"
        return "", ""

    def _give_up_overdue(self, now: float) -> None:
        flight = self._flight
        if flight and now - flight.started >= self.plan.deadline:
            self._finish(flight, "deadline", f"not done after {self.plan.deadline:g} s", now)

    def _finish(self, flight: _Flight, reason: str, message: str, now: float) -> None:
        screened = self._screen.screen(tuple(flight.samples))
        if screened.refused and not reason:
            reason, message = "contract", "; ".join(screened.complaints)
        if reason:
            self._errors[reason] += 1
        else:
            self._last_success = self._clock.time()
        self._log_change(reason, message)
        self._snapshot = Snapshot(
            samples=screened.samples,
            success=not reason,
            reason=reason,
            finished=now,
            duration=now - flight.started,
            dropped=flight.over + screened.doubled,
        )
        self._flight = None
        self._polled.notify_all()

    def _log_change(self, reason: str, message: str) -> None:
        """Log the first failure and the recovery, not every poll in between."""
        before = self._snapshot.reason if self._snapshot else ""
        if reason and reason != before:
            fields = {"collector": self.plan.name, "reason": reason, "why": message}
            log.warning("a poll failed", extra=fields)
        elif before and not reason:
            log.info("polls succeed again", extra={"collector": self.plan.name})
