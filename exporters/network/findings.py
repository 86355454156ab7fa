"""What a probe has found so far: kept until it is done or has failed, then given in one go."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from sothat.exporters.clock import Clock
from sothat.exporters.network.reasons import translated
from sothat.exporters.source import Deadline, PollFailed, Sample

# Of a probe's time, what is kept to say what was found.
_KEPT_SHARE = 0.05
_KEPT_MOST = 0.25


class Findings:
    """The samples of one probe; a series that is found again takes the later value."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}

    def add(self, name: str, value: float, labels: Mapping[str, str] | None = None) -> None:
        """Keep a value."""
        self._values[name, tuple((labels or {}).items())] = value

    def add_to(self, name: str, value: float, labels: Mapping[str, str] | None = None) -> None:
        """Add to the value there is."""
        key = (name, tuple((labels or {}).items()))
        self._values[key] = self._values.get(key, 0.0) + value

    def value(self, name: str, labels: Mapping[str, str]) -> float:
        """Return a value that was added up, 0 where nothing was."""
        return self._values.get((name, tuple(labels.items())), 0.0)

    @contextmanager
    def timed(self, name: str, clock: Clock, **labels: str) -> Iterator[None]:
        """Add the seconds that something takes; nothing where it fails: it was not done."""
        start = clock.monotonic()
        yield
        self.add_to(name, clock.monotonic() - start, labels)

    def samples(self) -> Iterator[Sample]:
        """Yield all there is."""
        for (name, labels), value in self._values.items():
            yield Sample(name, value, dict(labels))


def report(work: Callable[[Findings], None]) -> Iterator[Sample]:
    """Do the work of a probe, then yield what it has found, also when it has failed.

    Raises:
        PollFailed: It has failed.
    """
    findings = Findings()
    failure: PollFailed | None = None
    try:
        work(findings)
    except PollFailed as error:
        failure = error
    except OSError as error:
        failure = translated(error)
    yield from findings.samples()
    if failure:
        yield Sample("probe_failure_info", 1, {"reason": failure.reason})
        raise failure


def in_time(deadline: Deadline) -> Deadline:
    """Return a deadline that leaves time to say what was found."""
    return deadline.sooner(min(_KEPT_MOST, _KEPT_SHARE * deadline.remaining()))


def left(deadline: Deadline) -> float:
    """Return the seconds left, for a timeout.

    Raises:
        TimeoutError: There are none: as a timeout, 0 would mean not to wait at all.
    """
    seconds = deadline.remaining()
    if seconds <= 0:
        raise TimeoutError("not in time")
    return seconds
