"""All collectors of one process: opened together, polled apart, seen together."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sothat.exporters import contract as own
from sothat.exporters.clock import Clock
from sothat.exporters.health import health
from sothat.exporters.poller import Poller, View
from sothat.exporters.settings import CollectorSettings
from sothat.exporters.source import Collector, Context, Sample, Source
from sothat.model.metric import Contract, MetricFamily
from sothat.model.problem import Problem, Unusable

Sources = Sequence[tuple[CollectorSettings, Source]]

# How often polls are looked at when nobody scrapes, so that an overdue one is logged in time.
WATCH_SECONDS = 1.0


class Fleet:
    """The pollers of one process."""

    def __init__(self, sources: Sources, clock: Clock, version: str) -> None:
        self.pollers = tuple(Poller(entry.plan, source, clock) for entry, source in sources)
        self.families = families([own.contract(), *(source.contract for _, source in sources)])
        self._clock = clock
        self._version = version
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._watching, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to poll."""
        for poller in self.pollers:
            poller.start()
        self._watch.start()

    def stop(self, timeout: float) -> bool:
        """End all polls within the timeout; return whether none was left hanging."""
        until = self._clock.monotonic() + timeout
        self._stopping.set()
        for poller in self.pollers:
            poller.stop()
        self._watch.join(timeout)
        ended = [poller.join(max(0.0, until - self._clock.monotonic())) for poller in self.pollers]
        return all(ended)

    def views(self) -> tuple[View, ...]:
        """Return what is true of each collector now, in the configuration's order."""
        return tuple(poller.view() for poller in self.pollers)

    def samples(self) -> Iterator[Sample]:
        """Yield everything there is to expose."""
        views = self.views()
        yield from health(views, self._version)
        for view in views:
            yield from view.snapshot.samples if view.snapshot else ()

    def _watching(self) -> None:
        while not self._stopping.wait(WATCH_SECONDS):
            self.views()


def open_sources(
    entries: Iterable[CollectorSettings],
    types: Mapping[str, Collector],
    context: Context,
) -> Sources:
    """Return the source of each entry.

    Raises:
        Unusable: Some cannot be opened; the problems of all are named, and none stays open.
    """
    opened: list[tuple[CollectorSettings, Source]] = []
    problems: list[Problem] = []
    for entry in entries:
        named = Context(entry.plan.name, context.folder, context.environment, context.clock)
        try:
            opened.append((entry, types[entry.type].open(entry.settings, named)))
        except Unusable as error:
            problems += error.problems
    problems += _disputes(opened)
    if problems:
        for _, source in opened:
            source.close()
        raise Unusable(problems)
    return opened


def families(contracts: Iterable[Contract]) -> Mapping[str, MetricFamily]:
    """Return the family of each series name; of several declarations, the first."""
    found: dict[str, MetricFamily] = {}
    for contract in contracts:
        for family in contract.families:
            for name in family.series_names:
                found.setdefault(name, family)
    return found


def _disputes(opened: Sources) -> Iterator[Problem]:
    """Yield a problem for each family that two sources declare differently."""
    first: dict[str, tuple[str, MetricFamily]] = {
        family.name: ("the exporter itself", family) for family in own.contract().families
    }
    for entry, source in opened:
        for family in source.contract.families:
            name, earlier = first.setdefault(family.name, (entry.plan.name, family))
            if (earlier.type, set(earlier.label_names)) != (family.type, set(family.label_names)):
                message = f"{family.name} is declared otherwise by {name}"
                yield entry.settings.problem("metric-clash", message, "type")
