"""Time, passed in: a clock and the deadlines taken from it."""

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Where the runtime and the collectors get the time from."""

    def time(self) -> float:
        """Return seconds since the epoch."""

    def monotonic(self) -> float:
        """Return seconds of a clock that is never set back."""


class SystemClock:
    """The machine's own clocks."""

    def time(self) -> float:
        """Return seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds of the machine's monotonic clock."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Deadline:
    """The monotonic instant by which something must be done."""

    at: float
    clock: Clock

    def remaining(self) -> float:
        """Return the seconds left, never below 0."""
        return max(0.0, self.at - self.clock.monotonic())

    def expired(self) -> bool:
        """Return whether the time is up."""
        return self.clock.monotonic() >= self.at

    def sooner(self, seconds: float) -> "Deadline":
        """Return a deadline that leaves the caller some seconds to report."""
        return Deadline(self.at - seconds, self.clock)
