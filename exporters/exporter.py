"""The exporter at work: one configuration at a time, exchanged as a whole or not at all."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from sothat.exporters import contract as own
from sothat.exporters.clock import Clock
from sothat.exporters.fleet import Fleet, Sources
from sothat.exporters.health import Loaded, health, of_configuration, of_shares
from sothat.exporters.negotiation import Form
from sothat.exporters.probing import Module, Probes, by_name
from sothat.exporters.sections import joined, own_part
from sothat.exporters.settings import ExporterSettings
from sothat.exporters.share import shares
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Source
from sothat.model.problem import Problem, Unusable
from sothat.runtime.service_manager import ServiceManager

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A checked configuration, and what it names, opened."""

    settings: ExporterSettings
    sources: Sources
    modules: Sequence[Module]

    def close(self) -> None:
        """Close all of it."""
        for _, source in self.sources:
            source.close()
        self.close_modules()

    def close_modules(self) -> None:
        """Close the modules of probes; the sources are their pollers'."""
        for module in self.modules:
            module.probe.close()


@dataclass(frozen=True, slots=True)
class State:
    """What is at work."""

    opened: Opened
    fleet: Fleet
    loaded: Loaded

    def named_sources(self) -> Sequence[tuple[str, Source]]:
        """Return the sources with the names of their collectors."""
        return [(entry.plan.name, source) for entry, source in self.opened.sources]


class Exporter:
    """Collectors and probes of one process.

    Args:
        opened: The first configuration.
        clock: Time.
        version: Of the software.
        prepare: Reads and opens the configuration anew; raises `Unusable`.
        manager: Told of reloads.
    """

    def __init__(
        self,
        opened: Opened,
        clock: Clock,
        version: str,
        prepare: Callable[[], Opened],
        manager: ServiceManager,
    ) -> None:
        self.probes = Probes(clock)
        self._clock = clock
        self._version = version
        self._prepare = prepare
        self._manager = manager
        self._own = Screen(own.contract())
        self._own_lock = threading.Lock()
        self._wanted = threading.Event()
        self._asked: deque[Future[Sequence[Problem]]] = deque()
        self._stopping = False
        self._reloader = threading.Thread(target=self._reloads, name="reload", daemon=True)
        self._state = self._at_work(opened, None)

    @property
    def state(self) -> State:
        """Return what is at work now."""
        return self._state

    def start(self) -> None:
        """Begin to poll."""
        self._state.fleet.start()
        self._reloader.start()

    def stop(self, timeout: float) -> bool:
        """End all polls within the timeout; return whether none was left hanging."""
        until = self._clock.monotonic() + timeout
        self._stopping = True
        self._wanted.set()
        self._reloader.join(timeout)
        self._state.opened.close_modules()
        return self._state.fleet.stop(max(0.0, until - self._clock.monotonic()))

    def reload_soon(self) -> None:
        """Ask for a reload, from a signal's handler; requests meanwhile are one."""
        self._wanted.set()

    def reloaded(self) -> Future[Sequence[Problem]]:
        """Ask for a reload; return its problems to be, none where it is accepted."""
        future: Future[Sequence[Problem]] = Future()
        self._asked.append(future)
        self._wanted.set()
        return future

    def exposition(self, state: State, form: Form, *, gzip: bool) -> Sequence[bytes]:
        """Return what there is to scrape, complete and encoded, piece by piece."""
        views = state.fleet.views(partial=True)
        samples = [
            *health(views, self._version),
            *self.probes.samples(),
            *of_configuration(state.loaded),
            *of_shares(shares(state.named_sources())),
        ]
        with self._own_lock:
            blocks = self._own.screen(samples).blocks
        parts = [*state.fleet.parts(views, form), own_part(blocks, form)]
        return joined(parts, gzip=gzip)

    def _at_work(self, opened: Opened, before: Fleet | None) -> State:
        fleet = Fleet(opened.sources, self._clock, before)
        self.probes.count_from_zero(by_name(opened.modules))
        return State(opened, fleet, Loaded(self._clock.time()))

    def _reloads(self) -> None:
        """Reload when asked, in a thread of its own: a file may be on a disk that hangs."""
        while self._wanted.wait() and not self._stopping:
            self._wanted.clear()
            asked = [self._asked.popleft() for _ in range(len(self._asked))]
            self._manager.reloading()
            problems = self._reload()
            self._manager.ready("the new configuration is refused" if problems else "reloaded")
            for future in asked:
                future.set_result(problems)

    def _reload(self) -> Sequence[Problem]:
        """Take up the configuration as it is now; return the problems, for which the old stays."""
        before = self._state
        try:
            opened = self._prepare()
        except Unusable as error:
            problems: Sequence[Problem] = error.problems
        # A defect of some extension must not cost what is at work, nor this thread: sys.exit() and
        # a panic of a compiled library are no Exception.
        except BaseException as error:
            log.debug("traceback of a failed reload", exc_info=True)
            problems = [Problem("extension-broken", f"{type(error).__name__}: {error}")]
        else:
            self._exchange(before, opened)
            return ()
        self._state = replace(before, loaded=replace(before.loaded, latest=False))
        _log_refused(problems)
        return problems

    def _exchange(self, before: State, opened: Opened) -> None:
        state = self._at_work(opened, before.fleet)
        state.fleet.start()
        self._state = state
        before.fleet.close()
        before.opened.close_modules()
        _log_reloaded(before.opened.settings, opened.settings)


def _log_refused(problems: Sequence[Problem]) -> None:
    log.error("the configuration is refused, the old one stays", extra={"problems": len(problems)})
    for problem in problems:
        fields = {"code": problem.code, "at": str(problem.position or ""), "hint": problem.hint}
        log.error(problem.message, extra=fields)


def _log_reloaded(before: ExporterSettings, now: ExporterSettings) -> None:
    log.info("the configuration is reloaded", extra={"collectors": len(now.collectors)})
    if before.listen != now.listen:
        log.warning(
            "another address takes effect with a restart", extra={"listen": str(now.listen)}
        )
