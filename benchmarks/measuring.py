"""Wall time, processor time and peak memory of a child process."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# What Linux counts in kilobytes, macOS counts in bytes.
_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """What a process took: seconds, seconds of all its processors, bytes; and how it ended."""

    wall: float
    cpu: float
    peak: int
    code: int


def measure(command: Sequence[str | Path], folder: Path) -> Measured:
    """Run a command in a folder to its end; its output is thrown away."""
    start = time.perf_counter()
    child = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(wall, cpu, usage.ru_maxrss * _UNIT, child.returncode)


def best(command: Sequence[str | Path], folder: Path, times: int = 3) -> Measured:
    """Run a command several times and return the quickest: the others met somebody else's work."""
    return min((measure(command, folder) for _ in range(times)), key=lambda found: found.wall)
