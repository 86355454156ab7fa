"""Simulated time: so many seconds in a second."""

import time

from sothat.simulator.plan import Timing


class SimulatedClock:
    """Gives the simulated time in epoch seconds."""

    def __init__(self, timing: Timing) -> None:
        self._factor = timing.factor
        self.start = time.time() if timing.start is None else timing.start
        self._begun = time.monotonic()

    def __call__(self) -> float:
        """Return the time."""
        return self.start + (time.monotonic() - self._begun) * self._factor

    def real(self, seconds: float) -> float:
        """Return how long simulated seconds take."""
        return seconds / self._factor
