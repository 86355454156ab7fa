"""One child process in its own group, on a leash, its output in a log file."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from sothat.stack.guard import Guard, kill_group
from sothat.stack.leash import leashed
from sothat.stack.part import Part

# A log larger than this is put aside when its part starts again.
MAX_LOG_BYTES = 10 * 1024 * 1024


class Process:
    """A running part. To be created from the thread that outlives it; see `sothat.stack.leash`."""

    def __init__(self, part: Part, log: Path, guard: Guard) -> None:
        self._guard = guard
        self._put_aside(log)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                leashed(_prioritised(part), os.getpid()),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **part.environment},
            )
        guard.watch(self.pid)

    @staticmethod
    def _put_aside(log: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            if log.stat().st_size > MAX_LOG_BYTES:
                log.replace(log.with_name(f"{log.name}.1"))

    @property
    def pid(self) -> int:
        """Return the process id, which is its group's number too."""
        return self._popen.pid

    def ended(self) -> int | None:
        """Return the exit code once the process has ended, with its whole group gone.

        The group is killed while the dead leader still holds its number, so that it can be
        nobody else's.
        """
        if self._popen.returncode is not None:
            return self._popen.returncode
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        if os.waitid(os.P_PID, self.pid, flags) is None:
            return None
        kill_group(self.pid)
        code = self._popen.wait()
        self._guard.forget(self.pid)
        return code

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, or SIGKILL to its whole group."""
        if self.ended() is not None:
            return
        if number is signal.SIGKILL:
            kill_group(self.pid)
        else:
            self._popen.send_signal(number)

    def wait(self, seconds: float) -> int | None:
        """Wait for the end and return the exit code, or None when the time is over."""
        deadline = time.monotonic() + seconds
        while (code := self.ended()) is None and time.monotonic() < deadline:
            time.sleep(0.02)
        return code


def _prioritised(part: Part) -> tuple[str, ...]:
    return ("nice", "-n", str(part.nice), *part.command) if part.nice else part.command


def explain_exit(code: int) -> str:
    """Return how a process ended, in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
