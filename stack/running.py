"""A stack that runs: the supervisor on its thread, its state written down, stopped at the end."""

import json
import logging
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from sothat.stack.folder import write_text
from sothat.stack.plan import Plan, parts_of
from sothat.stack.status import Status
from sothat.stack.supervisor import Supervisor

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Keeper:
    """The supervisor's thread, and what became of it."""

    supervisor: Supervisor
    error: BaseException | None = None
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Make the thread; its end would end the children, so nothing else may start them."""
        self.thread = threading.Thread(target=self._run, name="supervisor")

    def _run(self) -> None:
        try:
            self.supervisor.run()
        except BaseException as error:  # noqa: BLE001 – raised again on the waiting thread
            self.error = error
        finally:
            self.supervisor.stop.set()

    def finish(self) -> None:
        """Have everything stopped and wait until it is.

        Raises:
            BaseException: What ended the supervisor, if it was no order to stop.
        """
        self.supervisor.stop.set()
        while self.thread.is_alive():
            # With a timeout, so that signals are handled meanwhile.
            self.thread.join(0.2)
        if self.error:
            raise self.error


@contextmanager
def supervised(supervisor: Supervisor) -> Iterator[Keeper]:
    """Run a supervisor on its own thread; at the end everything it started has stopped."""
    keeper = Keeper(supervisor)
    keeper.thread.start()
    try:
        yield keeper
    finally:
        keeper.finish()


@contextmanager
def running(plan: Plan, stop: threading.Event, force: threading.Event) -> Iterator[Supervisor]:
    """Run the plan's parts until the block ends or the event is set.

    ``stack.json`` in the data folder tells who runs where, and is gone afterwards.
    """
    supervisor = Supervisor(parts_of(plan), plan.data.logs, stop, force)
    supervisor.changed = lambda status: write_state(plan, status)
    with ExitStack() as clean_up:
        clean_up.callback(_forget_state, plan)
        clean_up.enter_context(supervised(supervisor))
        yield supervisor


def write_state(plan: Plan, status: Status) -> None:
    """Write what runs to the data folder; a full disk costs the file, not the stack."""
    text = json.dumps(state(plan, status), indent=2)
    try:
        write_text(plan.data.state, f"{text}\n")
    except OSError as error:
        log.warning("cannot write %s: %s", plan.data.state, error.strerror or error)


def _forget_state(plan: Plan) -> None:
    with suppress(OSError):
        plan.data.state.unlink(missing_ok=True)


def state(plan: Plan, status: Status) -> Mapping[str, Any]:
    """Return what runs: this process, the addresses, each part's process and state."""
    return {
        "pid": os.getpid(),
        "addresses": urls(plan),
        "parts": {
            part.name: {
                "pid": part.pid,
                "state": part.state.value,
                "restarts": part.restarts,
                "detail": part.detail,
            }
            for part in status
        },
    }


def urls(plan: Plan) -> Mapping[str, str]:
    """Return the parts' addresses as URLs."""
    return {name: address.url for name, address in plan.addresses.items()}


@contextmanager
def signals(stop: threading.Event, force: threading.Event) -> Iterator[None]:
    """Turn the first signal to end into ``stop``, the second into ``force``."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        (force if stop.is_set() else stop).set()

    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def tail(file: Path, lines: int = 12) -> list[str]:
    """Return the last lines of a part's log; none if it cannot be read."""
    try:
        with file.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - 16_384))
            text = stream.read().decode(errors="replace")
    except OSError:
        return []
    return text.splitlines()[-lines:]
