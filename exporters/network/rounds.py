"""One round over a list of targets: many at once, each with its fair share of the time."""

import math
import queue
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sothat.exporters.network.findings import in_time
from sothat.exporters.probing import BusyError, Limits, Module, Probed, Probes, Probing
from sothat.exporters.source import Deadline, PollFailed


@dataclass(frozen=True, slots=True)
class Entry:
    """One target of the list.

    Attributes:
        labels: What its series carry beside their own.
    """

    module: Module
    target: str
    labels: Mapping[str, str] = field(default_factory=dict)


class Round:
    """The probes of one poll.

    Args:
        entries: What to probe.
        probes: Keeps to one flight a target, over all rounds.
        limits: How many at once.
        deadline: By when it must be over.
    """

    def __init__(
        self, entries: Sequence[Entry], probes: Probes, limits: Limits, deadline: Deadline
    ) -> None:
        self._waiting = deque(entries)
        self._probes = probes
        self._limits = limits
        self._deadline = in_time(deadline)
        self._flying: dict[int, tuple[Entry, Probing]] = {}
        self._landed: queue.SimpleQueue[int] = queue.SimpleQueue()

    def results(self) -> Iterator[tuple[Entry, Probed]]:
        """Yield each target's result as it comes.

        Raises:
            PollFailed: So many probes hang that no further one may begin.
        """
        while self._waiting or self._flying:
            yield from self._begin()
            if self._flying:
                yield from self._take()

    def _begin(self) -> Iterator[tuple[Entry, Probed]]:
        """Begin as many as may be under way; yield the results of those that cannot begin."""
        while self._waiting and len(self._flying) < self._limits.running:
            entry = self._waiting[0]
            try:
                probing = self._probes.begin(
                    entry.module, entry.target, self._share(), self._limits
                )
            except BusyError as error:
                if self._flying:
                    return
                raise PollFailed("busy", str(error)) from error
            self._waiting.popleft()
            if probing is None:
                yield entry, self._probes.end(entry.module, None)
            else:
                self._watch(entry, probing)

    def _share(self) -> float:
        """Return the seconds that a probe may take, if all that wait are to have as much."""
        rounds = math.ceil(len(self._waiting) / self._limits.running)
        return self._deadline.remaining() / rounds

    def _watch(self, entry: Entry, probing: Probing) -> None:
        key = id(probing)
        self._flying[key] = entry, probing
        probing.flight.landed.add_done_callback(lambda _: self._landed.put(key))

    def _take(self) -> Iterator[tuple[Entry, Probed]]:
        """Wait until a probe is over or overdue; yield the results of all that are."""
        soonest = min(probing.flight.remaining() for _, probing in self._flying.values())
        try:
            over = [self._landed.get(timeout=soonest + _TICK)]
        except queue.Empty:
            over = [key for key, (_, probing) in self._flying.items() if probing.flight.give_up()]
        for key in over:
            if key in self._flying:
                entry, probing = self._flying.pop(key)
                yield entry, self._probes.end(entry.module, probing)


# Past the deadline, so that it is not looked at in vain a hair's breadth before.
_TICK = 0.001
