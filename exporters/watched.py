"""Sources over watched servers: a collector's many, and a probe's one after another."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import Generic, TypeVar

from sothat.exporters.clock import Deadline
from sothat.exporters.crew import Crew
from sothat.exporters.source import Log, PollFailed, Sample
from sothat.exporters.targets import Target, Targets
from sothat.exporters.watch import Watch
from sothat.model.metric import Contract

S = TypeVar("S")

# Of a poll's time, what is kept for those that answer late to be called down.
_KEPT = 0.1
_MOST_KEPT_SECONDS = 0.5
_MOST_PROBED = 200


class WatchedServers(Generic[S]):
    """The servers of a collector, several at once; one that hangs holds up no other."""

    def __init__(
        self,
        contract: Contract,
        targets: Targets,
        watch: Callable[[Target], Watch[S]],
        at_once: int,
        up: str,
    ) -> None:
        self.contract = contract
        self.share = targets.share
        self._targets = targets
        self._watch = watch
        self._up = up
        self._crew: Crew[Target, list[Sample]] = Crew(at_once, f"watch-{contract.source}")
        self._watches: dict[Target, Watch[S]] = {}

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield the samples of each server; one that does not answer in time is down.

        Raises:
            PollFailed: The discovery file cannot be used; the servers of the last one are asked.
        """
        self._renew(self._targets.current())
        inner = deadline.sooner(min(_MOST_KEPT_SECONDS, deadline.remaining() * _KEPT))
        calls = {target: _call(watch, inner) for target, watch in self._watches.items()}
        silent = dict.fromkeys(calls)
        defects: list[Exception] = []
        for target, outcome in self._crew.results(calls, inner):
            del silent[target]
            if isinstance(outcome, Exception):
                defects.append(outcome)
            else:
                yield from outcome
        for target in silent:
            yield Sample(self._up, 0, {"server": target.name})
        if defects:
            raise defects[0]
        if self._targets.problem:
            raise PollFailed("discovery", self._targets.problem)

    def close(self) -> None:
        """Hang up everywhere."""
        for watch in self._watches.values():
            watch.close()

    def _renew(self, targets: Iterable[Target]) -> None:
        wanted = dict.fromkeys(targets)
        for target in [target for target in self._watches if target not in wanted]:
            self._watches.pop(target).close()
        for target in wanted:
            if target not in self._watches:
                self._watches[target] = self._watch(target)


class WatchedProbe(Generic[S]):
    """Any servers, one probe each; connections of the latest ones are kept."""

    def __init__(self, contract: Contract, watch: Callable[[Target], Watch[S]]) -> None:
        self.contract = contract
        self._watch = watch
        self._lock = Lock()  # guards the watches that nobody uses now
        self._idle: OrderedDict[str, Watch[S]] = OrderedDict()
        self._closed = False

    def probe(self, target: str, deadline: Deadline, log: Log) -> Iterator[Sample]:
        """Yield what the server tells.

        Raises:
            PollFailed: It is down.
        """
        with self._lock:
            watch = self._idle.pop(target, None)
        watch = watch or self._watch(Target(target, target))
        found = watch.samples(deadline)
        self._keep(target, watch)
        yield from found
        if found[0].value == 0:
            raise PollFailed("down", watch.why or "the server is down")
        refused = [
            s.labels["part"] for s in found if s.name.endswith("_part_success") and not s.value
        ]
        log("the server has answered", samples=len(found), absent=", ".join(refused) or "nothing")

    def close(self) -> None:
        """Hang up everywhere."""
        with self._lock:
            self._closed = True
            idle = list(self._idle.values())
            self._idle.clear()
        for watch in idle:
            watch.close()

    def _keep(self, target: str, watch: Watch[S]) -> None:
        """Keep the connection for the next probe; the one that was not used for longest goes."""
        with self._lock:
            surplus: Watch[S] | None = watch
            if not self._closed:
                self._idle[target] = watch
                full = len(self._idle) > _MOST_PROBED
                surplus = self._idle.popitem(last=False)[1] if full else None
        if surplus:
            surplus.close()


def _call(watch: Watch[S], deadline: Deadline) -> Callable[[], list[Sample]]:
    return lambda: watch.samples(deadline)
