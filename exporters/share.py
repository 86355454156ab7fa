"""A collector's share of its list of targets, at any moment."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

from sothat.exporters.clock import Clock
from sothat.exporters.sharding import WHOLE, Shard, owner

T = TypeVar("T")


class Share:
    """What one process takes of one list.

    Args:
        shard: Which process of how many.
        clock: Time: at a moment that all know, another number of processes may begin to hold.
    """

    def __init__(self, shard: Shard, clock: Clock) -> None:
        self.shard = shard
        self._clock = clock
        self._of: tuple[Sequence[Any], int] | None = None
        self._taken: Sequence[Any] = ()

    @property
    def processes(self) -> int:
        """Return how many processes share now."""
        return self.shard.processes(self._clock.time())

    @property
    def counts(self) -> tuple[int, int] | None:
        """Return how many targets were taken of how many; None where nothing is shared out."""
        if self.shard == WHOLE or self._of is None:
            return None
        return len(self._taken), len(self._of[0])

    def take(self, items: Sequence[T], key: Callable[[T], str]) -> Sequence[T]:
        """Return the targets of a list that this process takes now.

        Args:
            items: The list; the very same one costs nothing the second time.
            key: Returns a target's stable id; targets of one id stay together.
        """
        if self.shard == WHOLE:
            return items
        processes = self.processes
        if self._of is None or self._of[0] is not items or self._of[1] != processes:
            index = self.shard.index
            self._taken = tuple(one for one in items if owner(key(one), processes) == index)
            self._of = items, processes
        return self._taken


@runtime_checkable
class Sharing(Protocol):
    """A source that takes a share of its targets."""

    @property
    def share(self) -> Share:
        """Return its share."""


def shares(sources: Sequence[tuple[str, object]]) -> Iterator[tuple[str, Share]]:
    """Yield the share of each source that takes one, with the name it was given."""
    for name, source in sources:
        if isinstance(source, Sharing):
            yield name, source.share
