"""Tie a process to its parent, then become the real command.

Run as a file (``python -I -S leash.py PARENT -- COMMAND…``), so that it costs a few milliseconds
and needs nothing but the standard library.

The kernel's parent-death signal survives ``exec``, so a supervisor that is killed outright takes
its children with it. Linux fires it when the *thread* that forked ends: the supervisor starts
all its children from the one thread that outlives them. Other systems have no such signal; there
the guard (`sothat.stack.guard`) alone does it, a moment later.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
# The exit code of "unusable input or set-up".
UNUSABLE = 2


def tie_to_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent dies, and exit if it already has."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        # The parent went before the tie was made: nobody would ever stop this process.
        sys.exit(1)


def leashed(command: Sequence[str], parent: int) -> list[str]:
    """Return the command line that runs a command on a leash held by a process."""
    return [sys.executable, "-I", "-S", str(Path(__file__)), str(parent), "--", *command]


def _main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[3:]
    tie_to_parent(parent)
    try:
        os.execvp(command[0], command)  # noqa: S606 – becoming the command is the point
    except OSError as error:
        sys.stderr.write(f"{command[0]}: error: cannot run: {error.strerror}\n")
        sys.exit(UNUSABLE)


if __name__ == "__main__":
    _main()
