"""The heaviest of many things, without labels that come and go at each poll."""

from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

# Who wants a seat must be so much heavier than who has it: near equals would change all the time.
_MARGIN = 2.0


class Topmost(Generic[K]):
    """Those that have a series of their own; a seat is kept until somebody is much heavier.

    Args:
        size: Number of seats.
        stay: Choices for which a seat is kept at least: a bound on how many series come and go.
    """

    def __init__(self, size: int, stay: int = 20) -> None:
        self._size = size
        self._stay = stay
        self._seated: dict[K, int] = {}

    @property
    def seated(self) -> tuple[K, ...]:
        """Return those that have a seat, to be asked for by name."""
        return tuple(self._seated)

    def choose(self, weights: Mapping[K, float]) -> tuple[K, ...]:
        """Return who has a seat now; of equal weights the earlier ones are seated first.

        Args:
            weights: All that are there and may have one; who is missing has gone.
        """
        self._seated = {key: polls + 1 for key, polls in self._seated.items() if key in weights}
        waiting = sorted((k for k in weights if k not in self._seated), key=lambda k: -weights[k])
        free = self._size - len(self._seated)
        self._seated.update(dict.fromkeys(waiting[:free], 0))
        self._exchange(waiting[free:], weights)
        return tuple(self._seated)

    def _exchange(self, waiting: list[K], weights: Mapping[K, float]) -> None:
        """Give up to a tenth of the seats to those that are much heavier."""
        movable = [key for key, polls in self._seated.items() if polls > self._stay]
        movable.sort(key=lambda key: weights[key])
        most = max(1, self._size // 10)
        for challenger, weakest in zip(waiting[:most], movable, strict=False):
            if weights[challenger] <= _MARGIN * weights[weakest]:
                return
            del self._seated[weakest]
            self._seated[challenger] = 0


class Recent(Generic[K]):
    """How much counters have grown lately: older growth counts less and less.

    Args:
        fading: What is left of growth after one more poll, between 0 and 1.
    """

    def __init__(self, fading: float = 0.95) -> None:
        self._fading = fading
        self._last: dict[K, float] = {}
        self._grown: dict[K, float] = {}

    def update(self, values: Mapping[K, float]) -> Mapping[K, float]:
        """Return the recent growth of each counter; 0 for one that is seen for the first time."""
        self._grown = {
            key: self._fading * self._grown.get(key, 0.0)
            + max(0.0, value - self._last.get(key, value))
            for key, value in values.items()
        }
        self._last = dict(values)
        return self._grown


class Remainder(Generic[K]):
    """A counter of all that have no series of their own; it never falls.

    What somebody did before being seated stays in it, and what is done after leaving comes to it.
    """

    def __init__(self) -> None:
        self._total: float | None = None
        self._members: Mapping[K, float] = {}
        self._value = 0.0

    def update(self, total: float, members: Mapping[K, float]) -> float:
        """Return the counter.

        Args:
            total: The sum over all, members included.
            members: The counter of each that is seated.
        """
        if self._total is None:
            grown = total - sum(members.values())
        else:
            shown = sum(
                max(0.0, value - self._members[key])
                for key, value in members.items()
                if key in self._members
            )
            # A reset, or entries that the server threw away: the total has fallen.
            grown = total - self._total - shown
        self._value += max(0.0, grown)
        self._total, self._members = total, dict(members)
        return self._value
