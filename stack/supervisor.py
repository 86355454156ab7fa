"""The supervisor: starts the parts in order, looks after them, stops them in reverse order."""

import logging
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from sothat.stack.guard import Guard
from sothat.stack.lifecycle import (
    Action,
    Health,
    Life,
    Timing,
    answered,
    born,
    exited,
    launched,
    next_action,
    probe_interval,
    stopped,
)
from sothat.stack.part import Part
from sothat.stack.probe import probe
from sothat.stack.process import Process, explain_exit
from sothat.stack.status import PartStatus, Status

log = logging.getLogger(__name__)

TICK_SECONDS = 0.05
# What counts as the exit code of a part for which there could be no process.
CANNOT_START = 1


@dataclass(slots=True)
class _Charge:
    """A part in the supervisor's care."""

    part: Part
    life: Life
    process: Process | None = None
    look: Future[Health] | None = None
    look_at: float = 0.0
    killed_for: str = ""


@dataclass(slots=True)
class Supervisor:
    """Keeps parts running until told to stop.

    Everything happens on the thread that calls `run`; ``status`` may be read from any thread, and
    the two events set from any.

    Attributes:
        parts: In the order in which they start; they stop in the reverse of it.
        logs: Folder for one log file a part.
        stop: Set it to have everything stopped; `run` then returns.
        force: Set it to have everything killed at once.
        changed: Called with the status after each change that people want to see.
        refused: Name of the part that would not take its input; the run then ends by itself.
    """

    parts: Sequence[Part]
    logs: Path
    stop: Event
    force: Event = field(default_factory=Event)
    timing: Timing = field(default_factory=Timing)
    clock: Callable[[], float] = time.monotonic
    look: Callable[[Part], Health] = probe
    changed: Callable[[Status], None] = lambda _status: None
    refused: str = ""
    _charges: dict[str, _Charge] = field(default_factory=dict)
    _told: tuple[object, ...] = ()

    def run(self) -> None:
        """Start the parts and look after them; return when all have been stopped."""
        now = self.clock()
        self._charges = {part.name: _Charge(part, born(now)) for part in self.parts}
        self.logs.mkdir(parents=True, exist_ok=True)
        guard = Guard()
        with ThreadPoolExecutor(max(1, len(self.parts))) as pool:
            try:
                while not self.stop.is_set():
                    self._round(guard, pool)
                    self.stop.wait(TICK_SECONDS)
            finally:
                self._stop_all()
                guard.dismiss()

    def status(self) -> Status:
        """Return how each part is, in the order of their start."""
        now = self.clock()
        return tuple(_status(charge, now) for charge in tuple(self._charges.values()))

    def _round(self, guard: Guard, pool: ThreadPoolExecutor) -> None:
        for charge in self._charges.values():
            self._notice_exit(charge)
            self._notice_look(charge, pool)
            self._act(charge, guard)
        self._tell()

    def _notice_exit(self, charge: _Charge) -> None:
        code = charge.process.ended() if charge.process else None
        if code is None:
            return
        how = charge.killed_for or explain_exit(code)
        charge.life = exited(charge.life, code, how, self.clock(), self.timing)
        charge.process, charge.look, charge.killed_for = None, None, ""
        log.info("%s is down: %s", charge.part.name, how)
        if charge.life.refused:
            self.refused = charge.part.name
            self.stop.set()

    def _notice_look(self, charge: _Charge, pool: ThreadPoolExecutor) -> None:
        if charge.process is None:
            return
        now = self.clock()
        if charge.look and charge.look.done():
            charge.life = answered(charge.life, charge.look.result(), now, self.timing)
            charge.look = None
            charge.look_at = now + probe_interval(charge.life, self.timing)
        if charge.look is None and now >= charge.look_at:
            charge.look = pool.submit(self.look, charge.part)

    def _act(self, charge: _Charge, guard: Guard) -> None:
        needed = [self._charges[name] for name in charge.part.needs]
        action, reason = next_action(
            charge.life,
            self.clock(),
            self.timing,
            may_start=all(other.life.was_ready for other in needed),
            start_seconds=charge.part.start_seconds,
        )
        if action is Action.START:
            self._start(charge, guard)
        elif action is Action.KILL and charge.process and not charge.killed_for:
            charge.killed_for = reason
            charge.process.signal(signal.SIGKILL)

    def _start(self, charge: _Charge, guard: Guard) -> None:
        """Start a part; one that cannot be started (a full disk) is down and tried again."""
        charge.life = launched(charge.life, self.clock())
        charge.look_at = self.clock() + self.timing.start_probe
        try:
            charge.process = Process(charge.part, self.log_of(charge.part.name), guard)
        except OSError as error:
            how = f"cannot be started: {error.strerror or error}"
            charge.life = exited(charge.life, CANNOT_START, how, self.clock(), self.timing)

    def log_of(self, name: str) -> Path:
        """Return the path of a part's log."""
        return self.logs / f"{name}.log"

    def _tell(self) -> None:
        status = self.status()
        seen = tuple((p.name, p.state, p.pid, p.restarts, p.detail) for p in status)
        if seen != self._told:
            self._told = seen
            self.changed(status)

    def _stop_all(self) -> None:
        for charge in reversed(self._charges.values()):
            if charge.process:
                self._stop_one(charge, charge.process)
            charge.life = stopped(charge.life, self.clock())
            self._tell()

    def _stop_one(self, charge: _Charge, process: Process) -> None:
        process.signal(signal.SIGTERM)
        deadline = self.clock() + charge.part.stop_seconds
        while process.ended() is None and not self.force.is_set() and self.clock() < deadline:
            time.sleep(TICK_SECONDS)
        if process.ended() is None:
            log.warning("%s does not stop, so it is killed", charge.part.name)
            process.signal(signal.SIGKILL)
            process.wait(charge.part.stop_seconds)
        charge.process = None


def _status(charge: _Charge, now: float) -> PartStatus:
    part, life = charge.part, charge.life
    pid = charge.process.pid if charge.process else None
    return PartStatus(
        part.name, life.state, now - life.since, part.address, pid, life.restarts, life.detail
    )
