"""What every collector has to do, tried as the exporter uses it.

The ``check_…`` functions raise `ContractBroken`, an `AssertionError`, so that they can be called
from any test.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psutil
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.exposition import expose
from sothat.exporters.kit.promtool import promtool_is_silent
from sothat.exporters.kit.servers import HOSTILE, hostile
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import PollFailed, Sample, Source
from sothat.model.metric import Presence, index
from sothat.runtime.kit import ContractBroken, keep, overhearing

_ROUNDS = 5
# What ends by itself may take a moment, on a loaded machine a long one.
_SETTLING_SECONDS = 10.0
_LOOK_SECONDS = 0.05
_UP = "_up"


@dataclass(frozen=True, slots=True)
class Polling:
    """A collector, and ways to open it.

    Attributes:
        open: Returns a source whose target is well; a new one each time, see `opened`.
        dead: Returns one whose target is not there.
        at: Returns one whose target is a server of the kit's, by host and port: such as speak TCP.
        hostile: Return sources whose targets are bad in ways that only the collector knows of.
        secrets: What must be in no log line, no failure and no sample, such as passwords.
        deadline: Seconds that a poll is given here.
        patience: Seconds by which it may be late; a loaded machine needs some.
    """

    open: Callable[[], Source]
    dead: Callable[[], Source] | None = None
    at: Callable[[str, int], Source] | None = None
    hostile: Sequence[Callable[[], Source]] = ()
    secrets: tuple[str, ...] = ()
    deadline: float = 1.0
    patience: float = 5.0


@dataclass(frozen=True, slots=True)
class _Poll:
    """What came of a poll.

    Attributes:
        failure: What it said of not being complete; empty when it was.
    """

    samples: tuple[Sample, ...]
    failure: str


def check_all(polling: Polling) -> None:
    """Check everything that follows in this module.

    Raises:
        ContractBroken: Something is not as it has to be.
    """
    for check in CHECKS:
        check(polling)


def check_families(polling: Polling) -> None:
    """Check that a target that is well gives all that the contract says is always there."""
    with closing(polling.open()) as source:
        for _ in range(2):  # the second poll is none too many
            poll = _polled(polling, source, "a target that is well")
            if poll.failure:
                raise ContractBroken(f"a target that is well: the poll failed: {poll.failure}")
            _all_there(source, poll.samples)


def check_exposition(polling: Polling) -> None:
    """Check that promtool finds no fault with what would be scraped."""
    with closing(polling.open()) as source:
        poll = _polled(polling, source, "a target that is well")
        families = {name: one.family for name, one in index([source.contract]).items()}
        text, _ = expose(poll.samples, families, "")
    promtool_is_silent(text)


def check_opening(polling: Polling) -> None:
    """Check that to open and to close starts no thread and holds no connection.

    Sources are opened for ``--check`` and at each reload, also one that is refused then.
    """
    with _nothing_left("opening and closing"):
        polling.open().close()
    before = threading.active_count()
    with closing(polling.open()):
        if threading.active_count() > before:
            raise ContractBroken("a source starts a thread before it is polled")


def check_no_time(polling: Polling) -> None:
    """Check that a poll whose time is up already ends."""
    with closing(polling.open()) as source:
        _polled(polling, source, "no time left", seconds=0.0)


def check_dead(polling: Polling) -> None:
    """Check that a target that is not there is said, in time: ``…_up 0``, or a failed poll."""
    for what, source in _dead(polling):
        with closing(source):
            poll = _polled(polling, source, what)
        up = [sample for sample in poll.samples if sample.name.endswith(_UP)]
        if not poll.failure and not poll.samples:
            raise ContractBroken(f"{what}: nothing is said at all, so nobody would know")
        if any(sample.value for sample in up):
            raise ContractBroken(f"{what}: {up[0].name} is 1")


def check_hostile(polling: Polling) -> None:
    """Check that targets which misbehave cost a poll at most, and no more than its time."""
    _warm(polling)
    with _nothing_left("polls of hostile targets"):
        for number, make in enumerate(polling.hostile, 1):
            with closing(make()) as source:
                _polled(polling, source, f"hostile target {number}")
        for name, behaviour in HOSTILE.items() if polling.at else ():
            with hostile(behaviour) as port, closing(_at(polling, port)) as source:
                poll = _polled(polling, source, f"a {name} server")
            if any(sample.name.endswith(_UP) and sample.value for sample in poll.samples):
                raise ContractBroken(f"a {name} server: it counts as up")


def check_leaks(polling: Polling) -> None:
    """Check that a source that is closed leaves no thread and no connection behind."""
    _warm(polling)
    with _nothing_left("polls of a target that is well"):
        for _ in range(_ROUNDS):
            with closing(polling.open()) as source:
                _polled(polling, source, "a target that is well")
    with _nothing_left("polls of a target that is dead"):
        for what, source in _dead(polling):
            with closing(source):
                _polled(polling, source, what)


def check_secrets(polling: Polling) -> None:
    """Check that no secret gets out, by logs, failures or samples; see also every other check."""
    for what, source in (("a target that is well", polling.open()), *_dead(polling)):
        with closing(source):
            poll = _polled(polling, source, what)
        keep(polling.secrets, repr(poll), "what a poll says")


CHECKS: tuple[Callable[[Polling], None], ...] = (
    check_families,
    check_exposition,
    check_opening,
    check_no_time,
    check_dead,
    check_hostile,
    check_leaks,
    check_secrets,
)


def _warm(polling: Polling) -> None:
    """Poll once before anything is counted: libraries open files of their own the first time."""
    with closing(polling.open()) as source:
        _polled(polling, source, "a target that is well")


def _at(polling: Polling, port: int) -> Source:
    if polling.at is None:
        raise TypeError("there is no server to name")
    return polling.at("127.0.0.1", port)


def _dead(polling: Polling) -> Iterator[tuple[str, Source]]:
    """Yield sources whose targets are not there, each with words for it."""
    if polling.dead:
        yield "a target that is not there", polling.dead()
    if polling.at:
        with socket.socket() as held:
            # Bound and not listening: nobody else gets the port meanwhile.
            held.bind(("127.0.0.1", 0))
            yield "a port where nobody listens", _at(polling, held.getsockname()[1])


def _polled(polling: Polling, source: Source, what: str, *, seconds: float | None = None) -> _Poll:
    """Return what comes of a poll that keeps the contract and its time."""
    given = polling.deadline if seconds is None else seconds
    done: list[_Poll | BaseException] = []
    with overhearing(polling.secrets):
        thread = threading.Thread(target=lambda: done.append(_tried(source, given)), daemon=True)
        thread.start()
        thread.join(given + polling.patience)
        if thread.is_alive():
            late = f"{given:g} s and {polling.patience:g} s more"
            raise ContractBroken(f"{what}: a poll has not come back after {late}")
    (poll,) = done
    if not isinstance(poll, _Poll):
        raise ContractBroken(f"{what}: a poll raised {type(poll).__name__}: {poll}") from poll
    keep(polling.secrets, poll.failure, "the words of a failure")
    screened = Screen(source.contract).screen(poll.samples)
    if screened.complaints:
        raise ContractBroken(f"{what}: {'; '.join(screened.complaints)}")
    if screened.doubled:
        raise ContractBroken(f"{what}: {screened.doubled} series come twice")
    return poll


def _tried(source: Source, seconds: float) -> _Poll | BaseException:
    """Return what comes of a poll, or what it raises against the contract."""
    clock = SystemClock()
    end = Deadline(clock.monotonic() + seconds, clock)
    samples: list[Sample] = []
    failure = ""
    try:
        for sample in source.collect(end):
            samples.append(sample)
            if end.expired():
                failure = "deadline"  # the exporter takes no more
                break
    except PollFailed as error:
        failure = f"{error.reason}: {error}"
    # sys.exit() and a panic of a compiled library are no Exception, and as wrong as one.
    except BaseException as error:  # noqa: BLE001 – the caller raises it in its own thread
        return error
    return _Poll(tuple(samples), failure)


def _all_there(source: Source, samples: Sequence[Sample]) -> None:
    found = {sample.name for sample in samples}
    for family in source.contract.families:
        if family.presence is Presence.ALWAYS and not found & set(family.series_names):
            hint = "declare it event or feature, if that is right"
            message = f"{family.name} is declared as always there, and is not: {hint}"
            raise ContractBroken(message)


@contextmanager
def _nothing_left(what: str) -> Iterator[None]:
    """See that there are no more threads and open files after a block than before."""
    process = psutil.Process()
    threads, files = set(threading.enumerate()), process.num_fds()
    yield
    end = time.monotonic() + _SETTLING_SECONDS
    while True:
        left = [one.name for one in set(threading.enumerate()) - threads if one.is_alive()]
        more = process.num_fds() - files
        if not left and more <= 0:
            return
        if time.monotonic() > end:
            break
        time.sleep(_LOOK_SECONDS)
    if left:
        raise ContractBroken(f"{what}: threads are left behind: {', '.join(sorted(left))}")
    raise ContractBroken(f"{what}: {more} files or connections are left open")
