"""The bytes of files that people name: bounded, and nobody waits for a pipe for ever."""

import errno
import os
import select
import stat
import time
from pathlib import Path

# What a process substitution, <(…), may take to say all it has to say.
_PIPE_SECONDS = 5.0
_PIECE = 1024 * 1024
# A pipe that nobody writes to, or a terminal, would make a plain open wait.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


def read_first(path: Path, most: int, seconds: float = _PIPE_SECONDS) -> bytes:
    """Return the first bytes of a file, at most so many; of a pipe too.

    Args:
        path: Of the file.
        most: Bytes.
        seconds: How long a pipe or device may take.

    Raises:
        OSError: It cannot be read, or nothing more comes in time.
    """
    descriptor = _open(path)
    until = time.monotonic() + seconds
    found = bytearray()
    try:
        while len(found) < most and (piece := _piece(descriptor, most - len(found), until)):
            found += piece
    finally:
        os.close(descriptor)
    return bytes(found)


def open_regular(path: Path) -> int:
    """Return a descriptor of a regular file; a pipe or device is refused without waiting for it.

    Raises:
        OSError: It cannot be opened, or is no regular file.
    """
    descriptor = _open(path)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file")
    return descriptor


def _open(path: Path) -> int:
    try:
        return os.open(path, _FLAGS)
    except ValueError as error:  # a NUL in the name
        raise OSError(errno.EINVAL, "no file can have this name") from error


def _piece(descriptor: int, most: int, until: float) -> bytes:
    while True:
        try:
            return os.read(descriptor, min(_PIECE, most))
        except BlockingIOError:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
                raise TimeoutError(errno.ETIMEDOUT, "it does not end in time") from None
