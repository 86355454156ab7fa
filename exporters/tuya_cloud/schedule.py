"""What is worth the next call: pure, so that the budget's use can be proven."""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

HOUR = 3600.0
DAY = 24 * HOUR
# The list of devices may use that share of what is left; the rest is for single devices.
_LIST_SHARE = 0.5


def list_interval(least: float, cost: int, left: int, seconds: float) -> float:
    """Return the seconds between two lists of all devices that a budget can bear.

    Args:
        least: What is wished for.
        cost: Calls that a list takes.
        left: Calls that are left in the period.
        seconds: Until the period ends.
    """
    affordable = max(1.0, left * _LIST_SHARE / max(1, cost))
    return max(least, seconds / affordable)


@dataclass(order=True, slots=True)
class Task:
    """One thing to ask of one device.

    Attributes:
        due: When, in seconds since the epoch.
    """

    due: float
    kind: str
    device: str = field(compare=False)


class Tasks:
    """What is to be asked of single devices, each now and then.

    Args:
        every: Seconds between two askings, by kind.
        spread: Gives a number from 0 to 1: where in its interval a task begins.
    """

    def __init__(self, every: dict[str, float], spread: Callable[[], float]) -> None:
        self._every = every
        self._spread = spread
        self._heap: list[Task] = []
        self._known: set[tuple[str, str]] = set()

    def keep(self, devices: Iterable[str], now: float) -> None:
        """Ask of these devices, and of no others."""
        wanted = {(kind, device) for device in devices for kind in self._every}
        for kind, device in sorted(wanted - self._known):
            # All at once would use up the burst, and come back all at once each time.
            heapq.heappush(self._heap, Task(now + self._spread() * self._every[kind], kind, device))
        self._known = wanted

    def due(self, now: float) -> Task | None:
        """Take the task that has waited longest, None where none is due."""
        while self._heap and self._heap[0].due <= now:
            task = heapq.heappop(self._heap)
            if (task.kind, task.device) in self._known:
                return task
        return None

    def again(self, task: Task, now: float) -> None:
        """Put a task back for the next time."""
        heapq.heappush(self._heap, Task(now + self._every[task.kind], task.kind, task.device))

    def later(self, task: Task) -> None:
        """Put a task back that could not be done."""
        heapq.heappush(self._heap, task)
