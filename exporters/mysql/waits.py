"""Who waits for whom."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waits:
    """The graph of waits, in figures.

    Attributes:
        waiting: Those that wait.
        roots: Those that others wait for, and that wait for nobody.
        depth: Waits one behind the other in the longest queue.
    """

    waiting: int
    roots: int
    depth: int


def summarise(edges: Iterable[tuple[str, str]]) -> Waits:
    """Return the figures of pairs of one that waits and one that it waits for.

    Circles, which a server is about to break, are counted as far as they are entered.
    """
    blockers: dict[str, set[str]] = defaultdict(set)
    for waiter, blocker in edges:
        if waiter != blocker:
            blockers[waiter].add(blocker)
    named = {blocker for found in blockers.values() for blocker in found}
    return Waits(len(blockers), len(named - blockers.keys()), _depth(blockers))


def _depth(blockers: dict[str, set[str]]) -> int:
    """Return the length of the longest way, in time linear in the pairs.

    Nobody is in the next layer who is not waited for by somebody of this one; layers are taken off
    from the side of those for whom nobody waits.
    """
    waited_for: dict[str, int] = defaultdict(int)
    for found in blockers.values():
        for blocker in found:
            waited_for[blocker] += 1
    layer = [waiter for waiter in blockers if not waited_for[waiter]]
    depth = 0
    while layer:
        depth += 1
        following = []
        for waiter in layer:
            for blocker in blockers.get(waiter, ()):
                waited_for[blocker] -= 1
                if not waited_for[blocker]:
                    following.append(blocker)
        layer = following
    # The last layer waits for nobody; a circle that nobody enters is one wait deep at least.
    return max(depth - 1, 1 if blockers else 0)
