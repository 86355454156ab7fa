"""Runs a command without a shell: bounded in time and output, and gone afterwards."""

import os
import select
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from sothat.exporters.clock import Deadline
from sothat.exporters.source import PollFailed

MOST_BYTES = 16 * 1024 * 1024
_PIECE = 65536
_LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class Output:
    """What a command said on its standard output, and how it ended."""

    data: bytes
    code: int

    @property
    def text(self) -> str:
        """Return the output as text; bytes that are no UTF-8 are replaced."""
        return self.data.decode("utf-8", "replace")


Run = Callable[[Sequence[str], Deadline], Output]


def runner(environment: Mapping[str, str]) -> Run:
    """Return what runs commands in an environment, their words in English."""
    changed = {**environment, "LC_ALL": "C", "LANGUAGE": "C"}

    def run(command: Sequence[str], deadline: Deadline) -> Output:
        # Half of what is left, so that one that hangs leaves time for the others.
        return _run(command, deadline.sooner(deadline.remaining() / 2), changed)

    return run


def _run(command: Sequence[str], deadline: Deadline, environment: Mapping[str, str]) -> Output:
    """Run a command; what it writes to standard error, which may hold secrets, is not kept.

    Raises:
        PollFailed: It could not be started, said too much or took too long.
    """
    name = os.path.basename(command[0])  # noqa: PTH119 – a word of a command, not a path yet
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise PollFailed("command", f"{name} cannot be started: {_reason(error)}") from error
    try:
        data = _output(process, deadline)
        code = process.wait(min(deadline.remaining(), _LONGEST_WAIT))
    except subprocess.TimeoutExpired as error:
        raise PollFailed("deadline", f"{name} took too long") from error
    except _TooMuch as error:
        raise PollFailed("command", f"{name} said more than {MOST_BYTES} bytes") from error
    finally:
        _end(process)
    return Output(data, code)


def _reason(error: Exception) -> str:
    return error.strerror or "" if isinstance(error, OSError) else str(error)


class _TooMuch(Exception):  # noqa: N818 – it never leaves this module
    """More output than is wanted."""


def _output(process: "subprocess.Popen[bytes]", deadline: Deadline) -> bytes:
    stream: IO[bytes] = process.stdout  # type: ignore[assignment]  # PIPE was asked for
    poll = select.poll()
    poll.register(stream, select.POLLIN | select.POLLHUP)
    kept = bytearray()
    while True:
        if not poll.poll(min(deadline.remaining(), _LONGEST_WAIT) * 1000):
            raise subprocess.TimeoutExpired(process.args, 0)
        piece = os.read(stream.fileno(), _PIECE)
        if not piece:
            return bytes(kept)
        kept += piece
        if len(kept) > MOST_BYTES:
            raise _TooMuch


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the command with all that it has started, and take back its pipe."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdout:
        process.stdout.close()
    process.wait()
