"""The guard: kills what a dead supervisor left behind.

The leash ends the supervisor's own children; *their* children (a database's worker, Grafana's
plug-ins) only share the process group. The guard is one small process that reads group numbers
from a pipe whose other end only the supervisor holds. When the pipe ends, so has the supervisor,
and the guard kills every group still on its list.

Run as a file: ``python -I -S guard.py``; lines ``+GROUP`` and ``-GROUP`` on standard input.
"""

import contextlib
import os
import signal
import subprocess
import sys
from typing import TextIO


class Guard:
    """The supervisor's end: start it, tell it of groups, dismiss it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
            cwd="/",
        )

    @property
    def pid(self) -> int:
        """Return the guard's process id."""
        return self._process.pid

    def watch(self, group: int) -> None:
        """Have a process group killed should this process die."""
        self._tell(f"+{group}")

    def forget(self, group: int) -> None:
        """Take a group off the list; it has ended."""
        self._tell(f"-{group}")

    def dismiss(self) -> None:
        """End the guard; groups still on its list are killed."""
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        if self._process.stdin is None:
            return
        # A guard that somebody killed is no reason to stop the stack: the leashes still hold.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()


def read_groups(stream: TextIO) -> set[int]:
    """Return the groups still listed when the stream ends."""
    groups: set[int] = set()
    for line in stream:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def kill_group(group: int) -> None:
    """Kill a process group; one that has ended already is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for group in read_groups(sys.stdin):
        kill_group(group)


if __name__ == "__main__":
    _main()
