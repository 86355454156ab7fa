"""A collection under way: one thread, one deadline, one budget."""

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass

from sothat.exporters.clock import Clock, Deadline
from sothat.exporters.source import PollFailed, Sample

log = logging.getLogger(__name__)

# Samples over the budget that are counted before the collection is ended.
COUNTED_OVER = 10_000

Collect = Callable[[Deadline], Iterable[Sample]]


@dataclass(frozen=True, slots=True)
class Landing:
    """How a flight ended, or what it had when it was given up.

    Attributes:
        samples: At most as many as the budget allows.
        over: Number of samples over the budget.
        reason: Why it is not complete, in one word; empty when it is.
        message: The same as a sentence.
        finished: Monotonic time.
        duration: Seconds.
    """

    samples: tuple[Sample, ...]
    over: int
    reason: str
    message: str
    finished: float
    duration: float


class Flight:
    """One collection; whoever sees first that it is over or overdue lands it, once.

    Attributes:
        landed: Becomes done with the landing.
    """

    def __init__(self, collect: Collect, seconds: float, budget: int, clock: Clock) -> None:
        self.landed: Future[Landing] = Future()
        self.started = clock.monotonic()
        self._deadline = Deadline(self.started + seconds, clock)
        self._collect = collect
        self._seconds = seconds
        self._budget = budget
        self._clock = clock
        self._samples: list[Sample] = []
        self._over = 0
        self._landing = threading.Lock()
        self._gone = threading.Event()
        self._given_up = False
        self._down = False  # as landed.done() says it, which takes a lock: too dear for each sample

    @property
    def back(self) -> bool:
        """Return whether its thread has come back: another flight may begin."""
        return self._gone.is_set()

    def remaining(self) -> float:
        """Return the seconds until it is overdue, never below 0."""
        return self._deadline.remaining()

    def start(self, name: str, after: Callable[[], None] | None = None) -> None:
        """Collect in a new thread, then call ``after`` in it."""

        def run() -> None:
            self.run()
            if after:
                after()

        threading.Thread(target=run, name=name, daemon=True).start()

    def run(self) -> None:
        """Collect in the calling thread."""
        reason, message = self._filled()
        self._land(reason, message)
        self._gone.set()

    def give_up(self) -> bool:
        """Land it if it is overdue; return whether it has landed."""
        if self._deadline.expired() and not self.landed.done():
            self._given_up = True
            self._land(*self._too_late())
        return self.landed.done()

    @property
    def stuck(self) -> bool:
        """Return whether it is overdue, and its thread has not come back."""
        self.give_up()
        return self._given_up and not self.back

    def so_far(self, reason: str, message: str) -> Landing:
        """Return what there is now, as that of a flight that is not complete."""
        now = self._clock.monotonic()
        samples = tuple(self._samples)
        return Landing(samples, self._over, reason, message, now, now - self.started)

    def _land(self, reason: str, message: str) -> None:
        with self._landing:
            if not self.landed.done():
                self.landed.set_result(self.so_far(reason, message))
            self._samples = []
            self._down = True

    def _filled(self) -> tuple[str, str]:
        """Collect; return why it is not complete, in a word and a sentence."""
        try:
            return self._taken()
        except PollFailed as error:
            return error.reason, str(error)
        # The wall between one source and all others: sys.exit() and a panic of a compiled library
        # are no Exception, and would end the thread without a word.
        except BaseException as error:
            log.debug("traceback of a failed collection", exc_info=True)
            return "error", f"{type(error).__name__}: {error}"

    def _taken(self) -> tuple[str, str]:
        samples = iter(self._collect(self._deadline))
        try:
            for sample in samples:
                self._take(sample)
                if self._down or self._deadline.expired():
                    return self._too_late()
                if self._over >= COUNTED_OVER:
                    return "budget", f"more than {self._budget + COUNTED_OVER} samples"
        finally:
            # A generator that is left in the middle lets go of what it holds now, not some day.
            getattr(samples, "close", _nothing)()
        return "", ""

    def _take(self, sample: Sample) -> None:
        """Keep a sample, or only count it when the budget is spent: memory stays bounded."""
        if len(self._samples) < self._budget:
            self._samples.append(sample)
        else:
            self._over += 1

    def _too_late(self) -> tuple[str, str]:
        return "deadline", f"not done after {self._seconds:g} s"


def _nothing() -> None:
    """Close what needs no closing."""
