"""When a connection is used, kept alive and renewed."""

from collections.abc import Callable
from dataclasses import dataclass

# Devices hang up on a connection without a word after half a minute.
_HEARTBEAT = 12.0
_SPREAD = 0.05
# Some devices hang after a couple of thousand polls on one connection.
_MOST_POLLS = 1000


@dataclass(frozen=True, slots=True)
class Pace:
    """Durations in seconds; each with some chance in it, so that a fleet does not act in step.

    Attributes:
        every: Between two polls of a device.
        renewal: After which a connection is made anew: some devices hang on old ones.
        chance: Gives numbers of at least 0 and below 1.
    """

    every: float
    renewal: float
    chance: Callable[[], float]
    heartbeat: float = _HEARTBEAT

    def interval(self) -> float:
        """Return the time from one poll to the next."""
        return self.every * (1 - _SPREAD * self.chance())

    def lifetime(self) -> float:
        """Return for how long a connection is used."""
        return min(self.renewal, _MOST_POLLS * self.every) * (1 - self.chance() / 4)

    def after_hang_up(self) -> float:
        """Return the pause before a device that has hung up in order is connected to again."""
        return min(self.every, 1.0) * (0.5 + self.chance() / 2)
