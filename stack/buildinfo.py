"""The version of a Go program that was compiled from its module and so has none stamped in.

`go build` leaves the names and versions of all modules in the binary, as lines
``mod<TAB>github.com/prometheus/prometheus<TAB>v0.313.5``.
"""

import mmap
import re
from pathlib import Path

# Prometheus numbers its module v0.42.0 for release 2.42.0, and v0.313.5 for 3.13.5.
PROMETHEUS_MODULE = "github.com/prometheus/prometheus"
_HUNDRED = 100


def module_version(program: Path, module: str) -> tuple[int, ...]:
    """Return the release that a program was compiled from; empty when it does not say."""
    pattern = rb"(?:mod|dep)\t%b\tv(\d+)\.(\d+)\.(\d+)" % re.escape(module.encode())
    try:
        with (
            program.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as binary,
        ):
            match = re.search(pattern, binary)
            numbers = tuple(int(part) for part in match.groups()) if match else ()
    except (OSError, ValueError):  # unreadable, or empty
        return ()
    return release(numbers) if module == PROMETHEUS_MODULE else numbers


def release(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Return Prometheus' release for its module's version."""
    if not numbers or numbers[0] > 0:
        return numbers
    major, minor = divmod(numbers[1], _HUNDRED)
    return (major or 2, minor, numbers[2])
