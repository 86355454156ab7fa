"""When a route is silent."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sothat.generator.routing.configuration import Route
from sothat.generator.routing.time_interval import MonthLength, NamedInterval, released_length


@dataclass(frozen=True, slots=True)
class Timing:
    """Whether a route speaks, and why.

    Attributes:
        muting: Names of the running intervals that mute it.
        inactive: Whether it speaks only in intervals of which none is running.
    """

    muting: tuple[str, ...]
    inactive: bool

    @property
    def speaks(self) -> bool:
        """Return whether notifications go out."""
        return not self.muting and not self.inactive


def running_at(
    intervals: Iterable[NamedInterval], at: datetime, length: MonthLength = released_length
) -> frozenset[str]:
    """Return the names of the intervals that run at an instant.

    Args:
        intervals: The configuration's.
        at: The instant, aware of its zone.
        length: How the days of a month are counted.
    """
    return frozenset(each.name for each in intervals if each.contains(at, length))


def timing(route: Route, running: Collection[str]) -> Timing:
    """Return whether a route speaks while intervals of these names run."""
    muting = tuple(name for name in route.mute if name in running)
    inactive = bool(route.active) and not any(name in running for name in route.active)
    return Timing(muting, inactive)
