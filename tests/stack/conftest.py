"""A stand-in part, and helpers to wait and to find orphans."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import psutil
import pytest
from sothat.stack.lifecycle import Timing
from sothat.stack.part import Address, Part
from sothat.stack.ports import LOOPBACK, free_ports
from sothat.stack.status import PartStatus
from sothat.stack.supervisor import Supervisor

STAND_IN = Path(__file__).with_name("stand_in.py")
QUICK = Timing(start_probe=0.05, probe=0.1, silence=1.5, first_backoff=0.1)


def until(condition: Callable[[], bool], what: str, seconds: float = 40) -> None:
    """Wait for a condition, failing with what was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s for: {what}"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Say whether a process has ended (a zombie of somebody else's counts as ended)."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def part_of(supervisor: Supervisor, name: str) -> PartStatus:
    return next(part for part in supervisor.status() if part.name == name)


def stand_in(name: str, port: int, *words: str, needs: tuple[str, ...] = ()) -> Part:
    command = (sys.executable, "-S", str(STAND_IN), str(port), *words)
    return Part(name, command, Address(LOOPBACK, port), needs, start_seconds=10, stop_seconds=2)


@pytest.fixture
def ports() -> Iterator[int]:
    return iter(free_ports([str(n) for n in range(6)]).values())


@pytest.fixture
def stop() -> Event:
    return Event()
