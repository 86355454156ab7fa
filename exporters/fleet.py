"""All collectors of one process: opened together, polled apart, seen together."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

from sothat.exporters import contract as own
from sothat.exporters.clock import Clock
from sothat.exporters.flight import Flight
from sothat.exporters.negotiation import Form
from sothat.exporters.poller import Mode, Poller, View
from sothat.exporters.sections import Part, sections
from sothat.exporters.settings import CollectorSettings
from sothat.exporters.source import Collector, Context, Source
from sothat.model.problem import Problem, Unusable
from sothat.runtime.plugins import kept

Sources = Sequence[tuple[CollectorSettings, Source]]

# How often polls are looked at when nobody scrapes, so that an overdue one is logged in time.
WATCH_SECONDS = 1.0


class Fleet:
    """The pollers of one process.

    Args:
        sources: What is polled.
        clock: Time.
        predecessor: The fleet whose place it takes: collectors of the same name go on from where
            they were. It is stopped by the caller, once this one has started.
    """

    def __init__(self, sources: Sources, clock: Clock, predecessor: "Fleet | None" = None) -> None:
        before = dict(predecessor.by_name) if predecessor else {}
        # Those that are gone may be stuck still, and come back with another reload.
        self.by_name: dict[str, Poller] = {
            name: poller for name, poller in before.items() if not poller.join(0)
        }
        for entry, source in sources:
            name = entry.plan.name
            kept = before.get(name)
            self.by_name[name] = Poller(entry.plan, source, clock, predecessor=kept)
        self.pollers = tuple(self.by_name[entry.plan.name] for entry, _ in sources)
        self._sections = sections([_names(source) for _, source in sources])
        self._clock = clock
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._watching, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to poll."""
        for poller in self.pollers:
            poller.start()
        self._watch.start()

    def ask(self, seconds: float) -> list[Flight]:
        """Have those collectors asked that a scrape waits for; return the flights to wait for."""
        waiting = [poller for poller in self.pollers if poller.plan.mode is Mode.SCRAPE]
        return [flight for poller in waiting if (flight := poller.ask(seconds))]

    def close(self) -> None:
        """Ask all polls to end, without waiting for them."""
        self._stopping.set()
        for poller in self.pollers:
            poller.stop()

    def stop(self, timeout: float) -> bool:
        """End all polls within the timeout; return whether none was left hanging."""
        until = self._clock.monotonic() + timeout
        self.close()
        self._watch.join(max(0.0, until - self._clock.monotonic()))
        ended = [poller.join(max(0.0, until - self._clock.monotonic())) for poller in self.pollers]
        return all(ended)

    def views(self, *, partial: bool = False) -> tuple[View, ...]:
        """Return what is true of each collector now, in the configuration's order.

        Args:
            partial: Whether polls that a scrape has waited for in vain show what they have so far.
        """
        return tuple(
            poller.view(partial=partial and poller.plan.mode is Mode.SCRAPE)
            for poller in self.pollers
        )

    def parts(self, views: Sequence[View], form: Form) -> list[Part]:
        """Return the exposition of what was seen."""
        snapshots = [view.snapshot for view in views]
        return [section.part(snapshots, form) for section in self._sections]

    def _watching(self) -> None:
        while not self._stopping.wait(WATCH_SECONDS):
            self.views()


def _names(source: Source) -> Iterator[str]:
    return (family.name for family in source.contract.families)


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
    with ExitStack() as undo:
        for entry in entries:
            named = replace(context, name=entry.plan.name, secrets=[])
            try:
                whose = f"what the collector '{entry.type}' opens"
                source = kept(types[entry.type].open(entry.settings, named), Source, whose)
            except Unusable as error:
                problems += error.problems
            else:
                undo.callback(source.close)
                opened.append((entry, source))
        problems += _disputes(opened)
        if problems:
            raise Unusable(problems)
        undo.pop_all()
    return opened


def _disputes(opened: Sources) -> Iterator[Problem]:
    """Yield a problem for each family that two sources declare differently."""
    first = {family.name: ("the exporter itself", family) for family in own.contract().families}
    for entry, source in opened:
        for family in source.contract.families:
            name, earlier = first.setdefault(family.name, (entry.plan.name, family))
            if (earlier.type, set(earlier.label_names)) != (family.type, set(family.label_names)):
                message = f"{family.name} is declared otherwise by {name}"
                yield entry.settings.problem("metric-clash", message, "type")
