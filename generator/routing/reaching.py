"""Whether an alert reaches somebody at every hour."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sothat.generator.routing.combinations import combinations
from sothat.generator.routing.configuration import Configuration, Route
from sothat.generator.routing.timing import timing

# What of a route decides whether somebody hears: whether anybody is there, and its intervals.
_Kind = tuple[bool, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Gap:
    """A time at which nobody hears of an alert.

    Attributes:
        at: An instant of it, in UTC.
        running: Names of the time intervals that run then.
    """

    at: datetime
    running: frozenset[str]


class Reach:
    """Finds the gaps of a configuration; every combination of its time intervals is known once."""

    def __init__(
        self, configuration: Configuration, since: int, allowed: Collection[str] = ()
    ) -> None:
        """Work out which time intervals can run together.

        Args:
            configuration: The configuration.
            since: The first year that counts.
            allowed: Names of time intervals that may mute: they count as never running.
        """
        self._receivers = configuration.receivers
        used = _named_in(configuration.route) - set(allowed)
        intervals = [each for name, each in configuration.intervals.items() if name in used]
        self._states = combinations(intervals, since)
        self._known: dict[frozenset[_Kind], Gap | None] = {}

    def gap(self, routes: Collection[Route]) -> Gap | None:
        """Return the first time at which an alert that ends at these routes reaches nobody."""
        kinds = frozenset((bool(self._receivers[r.receiver]), r.active, r.mute) for r in routes)
        if kinds not in self._known:
            self._known[kinds] = self._find(routes)
        return self._known[kinds]

    def _find(self, routes: Collection[Route]) -> Gap | None:
        heard = [route for route in routes if self._receivers[route.receiver]]
        gaps = (
            Gap(at, running)
            for running, at in self._states.items()
            if not any(timing(route, running).speaks for route in heard)
        )
        return min(gaps, key=lambda gap: gap.at, default=None)


def _named_in(route: Route) -> set[str]:
    """Return the names of all time intervals that a route or one below it asks for."""
    return {*route.active, *route.mute}.union(*map(_named_in, route.routes))
