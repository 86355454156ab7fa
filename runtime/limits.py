"""What the system lets a process have."""

import logging

log = logging.getLogger(__name__)

# What a process needs beside the files that it is asked to have: logs, databases, listeners.
_SPARE = 200


def allow_open_files(number: int) -> bool:
    """Raise the process's own limit of open files and sockets, as far as the system lets it.

    Returns:
        Whether so many can be open now; where not, a line is in the log.
    """
    try:
        import resource  # noqa: PLC0415 – Windows has none
    except ImportError:
        return True
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number + _SPARE
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return True
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        extra = {"wanted": wanted, "allowed": allowed, "hint": "raise the hard limit (ulimit -Hn)"}
        log.warning("too few files can be open", extra=extra)
    return allowed >= wanted
