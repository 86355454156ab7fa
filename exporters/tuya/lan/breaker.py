"""When a device that fails is tried again: pure."""

from collections.abc import Callable
from dataclasses import dataclass

# After so many failures in a row it is probed only, behind those that work.
FAILURES_TO_OPEN = 4
_FIRST_PAUSE = 1.0
_MAX_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class Pacing:
    """How often to try.

    Attributes:
        longest: Most seconds between two attempts.
        chance: Gives numbers of at least 0 and below 1.
    """

    longest: float
    chance: Callable[[], float]


class Breaker:
    """Counts failures in a row; closed at first, open after a few, closed by any success."""

    def __init__(self, pacing: Pacing) -> None:
        self._pacing = pacing
        self.failures = 0

    @property
    def open(self) -> bool:
        """Return whether the device is only probed now and then."""
        return self.failures >= FAILURES_TO_OPEN

    def failed(self) -> None:
        """Note a failure."""
        self.failures += 1

    def succeeded(self) -> None:
        """Note a success."""
        self.failures = 0

    def pause(self) -> float:
        """Return the seconds until the next attempt: doubled each time, and never in step."""
        if not self.failures:
            return 0.0
        doubled = _FIRST_PAUSE * 2.0 ** min(self.failures - 1, _MAX_DOUBLINGS)
        whole = min(self._pacing.longest, doubled)
        return whole * (1 - self._pacing.chance() / 2)
