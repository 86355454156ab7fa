"""Probes of many targets: one flight a target, bounded in number, measured from outside."""

import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sothat.exporters.clock import Clock, Deadline
from sothat.exporters.declare import gauge
from sothat.exporters.flight import Flight, Landing
from sothat.exporters.series import Block
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Probe, Sample
from sothat.exporters.trace import Trace
from sothat.model.metric import Contract
from sothat.runtime.secrets import Secret

# As blackbox_exporter names and means them, so that rules and boards for it hold for ours. Their
# declaration for the compiler is in the contract of that exporter.
_MEASURED = Screen(
    Contract(
        "probe",
        (
            gauge("probe_success", "Displays whether or not the probe was a success"),
            gauge(
                "probe_duration_seconds",
                "Returns how long the probe took to complete in seconds",
            ),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many probes there may be at once.

    Attributes:
        running: Under way.
        stuck: Given up, and not come back.
    """

    running: int
    stuck: int


@dataclass(frozen=True)
class Module:
    """A configured way to probe.

    Attributes:
        deadline: Seconds a probe may take.
        targets: What a target must match as a whole; none: any target will do.
        secrets: To be kept out of what is shown.
    """

    name: str
    type: str
    deadline: float
    max_series: int
    targets: tuple[re.Pattern[str], ...]
    probe: Probe
    secrets: Sequence[Secret] = ()
    screen: Screen = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "screen", Screen(self.probe.contract))

    def allows(self, target: str) -> bool:
        """Return whether the target may be probed."""
        return not self.targets or any(pattern.fullmatch(target) for pattern in self.targets)


@dataclass(frozen=True, slots=True)
class Probed:
    """The result of one probe.

    Attributes:
        outcome: success, failure, deadline or stuck.
        notes: What the probe did, line by line.
    """

    outcome: str
    reason: str
    message: str
    duration: float
    blocks: tuple[Block, ...]
    notes: tuple[str, ...]

    @property
    def groups(self) -> Sequence[Iterable[Block]]:
        """Return all there is to expose."""
        samples = (
            Sample("probe_success", self.outcome == "success"),
            Sample("probe_duration_seconds", self.duration),
        )
        return [_MEASURED.fresh().screen(samples).blocks, self.blocks]


class BusyError(Exception):
    """There are too many probes under way, or stuck."""


class Probing:
    """A probe that somebody waits for."""

    def __init__(self, flight: Flight, trace: Trace) -> None:
        self.flight = flight
        self.trace = trace


class Probes:
    """All probes of a process, whatever the configuration they began under."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()  # guards what follows
        self._flying: dict[tuple[str, str], Probing] = {}
        self._ended: Counter[tuple[str, str]] = Counter()

    def begin(self, module: Module, target: str, seconds: float, limits: Limits) -> Probing | None:
        """Return the probe of a target: a new one, or the one under way; None if it is stuck.

        Raises:
            BusyError: There can be no further one now.
        """
        with self._lock:
            self._forget_those_back()
            probing = self._flying.get((module.name, target))
            if probing:
                return None if probing.flight.stuck else probing
            running, stuck = self._numbers()
            if running >= limits.running or stuck >= limits.stuck:
                self._ended[module.name, "busy"] += 1
                raise BusyError(f"{running} probes are under way, {stuck} are stuck")
            probing = self._new(module, target, min(seconds, module.deadline))
            self._flying[module.name, target] = probing
            probing.flight.start(f"probe-{module.name}", self._forget)
            return probing

    def end(self, module: Module, probing: Probing | None) -> Probed:
        """Return the result: what there is now, if the probe is still under way."""
        if probing is None:
            message = "the target's last probe has not come back"
            result = Probed("stuck", "stuck", message, 0.0, (), ())
        else:
            flight = probing.flight
            over = flight.give_up()
            landing = flight.landed.result() if over else flight.so_far("deadline", "no time left")
            result = _result(module, landing, probing.trace)
        with self._lock:
            self._ended[module.name, result.outcome] += 1
        return result

    def samples(self) -> Iterator[Sample]:
        """Yield the numbers of probes, for the exporter's own health."""
        with self._lock:
            self._forget_those_back()
            running, stuck = self._numbers()
            ended = dict(self._ended)
        yield Sample("sothat_exporter_probes_running", running)
        yield Sample("sothat_exporter_probes_stuck", stuck)
        for (module, outcome), number in sorted(ended.items()):
            labels = {"module": module, "outcome": outcome}
            yield Sample("sothat_exporter_probes_total", number, labels)

    def count_from_zero(self, modules: Iterable[str]) -> None:
        """Begin to count for modules, so that the first failure of each is a step from 0."""
        with self._lock:
            for module in modules:
                for outcome in ("success", "failure", "deadline"):
                    self._ended.setdefault((module, outcome), 0)

    def _new(self, module: Module, target: str, seconds: float) -> Probing:
        trace = Trace(self._clock, module.secrets)

        def collect(deadline: Deadline) -> Iterable[Sample]:
            return module.probe.probe(target, deadline, trace)

        return Probing(Flight(collect, seconds, module.max_series, self._clock), trace)

    def _numbers(self) -> tuple[int, int]:
        """Return how many are under way, and how many stuck."""
        stuck = sum(probing.flight.stuck for probing in self._flying.values())
        return len(self._flying) - stuck, stuck

    def _forget(self) -> None:
        with self._lock:
            self._forget_those_back()

    def _forget_those_back(self) -> None:
        self._flying = {
            key: probing for key, probing in self._flying.items() if not probing.flight.back
        }


def _result(module: Module, landing: Landing, trace: Trace) -> Probed:
    screened = module.screen.fresh().screen(landing.samples)
    reason, message = landing.reason, landing.message
    if screened.refused and not reason:
        reason, message = "contract", "; ".join(screened.complaints)
    outcome = "success" if not reason else ("deadline" if reason == "deadline" else "failure")
    return Probed(
        outcome,
        reason,
        trace.blotted(message),
        landing.duration,
        screened.blocks,
        tuple(trace.notes()),
    )


def by_name(modules: Iterable[Module]) -> Mapping[str, Module]:
    """Return modules by their names."""
    return {module.name: module for module in modules}
