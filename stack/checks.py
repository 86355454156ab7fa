"""Has commands look at their input before anything starts, several at the same time."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from sothat.stack.guard import kill_group
from sothat.stack.leash import UNUSABLE, leashed
from sothat.stack.process import explain_exit

CHECK_SECONDS = 120
# The exit code of "problems found"; what others give is set-up that cannot be used.
PROBLEMS = 1
# How often a check under way looks whether it is still wanted.
LOOK_SECONDS = 0.1


class Declined(Exception):  # noqa: N818 – it is named for what happened
    """A command will not take its input; what it said is shown as it is."""

    def __init__(self, what: str, code: int, text: str) -> None:
        self.what = what
        self.code = code
        self.text = text
        super().__init__(f"{what}: {text}")


class Interrupted(Exception):  # noqa: N818 – it is named for what happened
    """Somebody asked to stop."""


def check_all(commands: Mapping[str, Sequence[str]], stop: Event) -> None:
    """Run commands at the same time, each to its end.

    Raises:
        Declined: Some failed; it holds what all of those said.
        Interrupted: The flag was set; none of them is left.
    """
    with ThreadPoolExecutor(len(commands)) as pool:
        runs = [pool.submit(check, what, command, stop) for what, command in commands.items()]
    failures = [error for run in runs if isinstance(error := run.exception(), Declined)]
    if failures and not stop.is_set():
        text = "".join(failure.text for failure in failures)
        raise Declined(failures[0].what, failures[0].code, text)
    for run in runs:
        run.result()


def check(what: str, command: Sequence[str], stop: Event) -> None:
    """Run a command to its end.

    Raises:
        Declined: It failed, or took too long.
        Interrupted: The flag was set, and the command has been killed.
    """
    # In a session of its own, for a Ctrl-C is for this process to act on; on a leash, so that it
    # ends with this process all the same.
    with subprocess.Popen(
        leashed(command, os.getpid()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        told, complained = _outcome(what, process, stop)
    if code := process.returncode:
        silent = f"{what} {explain_exit(code)} and said nothing\n"
        raise Declined(what, code if code == PROBLEMS else UNUSABLE, complained or told or silent)


def _outcome(what: str, process: "subprocess.Popen[str]", stop: Event) -> tuple[str, str]:
    """Return what a command wrote to standard output and standard error."""
    deadline = time.monotonic() + CHECK_SECONDS
    while True:
        try:
            return process.communicate(timeout=LOOK_SECONDS)
        except subprocess.TimeoutExpired as error:
            if stop.is_set():
                kill_group(process.pid)
                raise Interrupted from error
            if time.monotonic() > deadline:
                kill_group(process.pid)
                text = f"{what} took longer than {CHECK_SECONDS} s\n"
                raise Declined(what, 1, text) from error
