"""When a test looks at its alert."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sothat.generator.proving.scenarios import Fired


@dataclass(frozen=True, slots=True)
class Looks:
    """When to look at a scenario so that its runs agree, and each look says something.

    Attributes:
        runs: What fired at each evaluation, by version.
        edges: Where each phase starts, and the end.
    """

    runs: Sequence[Sequence[Fired]]
    edges: Sequence[int]

    def all(self, ends: Mapping[int, bool], *, ended: bool) -> dict[int, Fired] | None:
        """Return what is seen when; None where it is not what the phases should bring about.

        Args:
            ends: Whether the alert fires at the end of a phase, by the phase's number.
            ended: Whether the alert should resolve after those.
        """
        looks: dict[int, Fired] = {}
        for phase in (phase for phase, fires in ends.items() if not fires):
            last = self.edges[phase + 1] - 1
            if any(run[last] for run in self.runs):
                return None
            looks[last] = frozenset()
        hot = [phase for phase, fires in ends.items() if fires]
        if hot and not self._firing(looks, hot):
            return None
        if ended:
            self._resolving(looks, hot[-1] + 1)
        return looks

    def _firing(self, looks: dict[int, Fired], hot: Sequence[int]) -> bool:
        start, end = self.edges[hot[0]], self.edges[hot[-1] + 1]
        firsts = [next((i for i in range(start, end) if run[i]), None) for run in self.runs]
        if any(first is None for first in firsts):
            return False
        early, late = (pick(first for first in firsts if first is not None) for pick in (min, max))
        if early > start:
            looks[early - 1] = frozenset()
        for index in (late, *(self.edges[phase + 1] - 1 for phase in hot)):
            seen = {run[index] for run in self.runs}
            if len(seen) != 1 or not all(seen):
                return False
            looks[index] = seen.pop()
        return True

    def _resolving(self, looks: dict[int, Fired], after: int) -> None:
        """Add the last look at which it fires and the first at which it does not."""
        start, end = self.edges[after], self.edges[-1]
        ends = [next((i for i in range(start, end) if not run[i]), None) for run in self.runs]
        known = [index for index in ends if index is not None]
        if len(known) < len(self.runs):
            return
        before = {run[min(known) - 1] for run in self.runs}
        if len(before) == 1 and not any(run[max(known)] for run in self.runs):
            looks[min(known) - 1] = before.pop()
            looks[max(known)] = frozenset()
