"""What the operating system refuses wherever it happens: a path, or room for what is written."""

import errno
import os
import sys

from sothat.commands._output import tell_problems
from sothat.model.problem import Position, Problem

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def of_the_system(error: OSError) -> Problem:
    """Return an error that is about a path or about room as a problem.

    Any path that is asked for may be too long, or lie in a folder that may not be entered: each
    look at one says so only here.

    Raises:
        OSError: It is about something else (a connection, say), or about a reader that has gone.
    """
    path = error.filename
    about_room = error.errno in _FULL
    if isinstance(error, BrokenPipeError) or not (about_room or isinstance(path, str)):
        raise error
    reason = error.strerror or str(error)
    position = Position(path) if isinstance(path, str) else None
    hint = "make room, or write elsewhere" if about_room else "check the path, and who may use it"
    return Problem("system-refused", f"the system refuses: {reason}", position, hint=hint)


def tell_anywhere(problem: Problem, *, as_json: bool) -> None:
    """Print a problem; on standard error if standard output takes nothing."""
    try:
        tell_problems([problem], as_json=as_json)
    except OSError:
        tell_problems([problem], as_json=False)
    _drop_what_cannot_be_written()


def _drop_what_cannot_be_written() -> None:
    """Send what is still buffered nowhere: Python would stumble over it again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
