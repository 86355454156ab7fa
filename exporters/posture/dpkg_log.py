"""What dpkg's log says was upgraded, and when."""

import datetime as dt
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, NamedTuple

from sothat.exporters.clock import Deadline
from sothat.exporters.posture.machine import Machine
from sothat.exporters.source import PollFailed
from sothat.runtime.reading import open_regular

_FOLDER = "/var/log"
# Rotated monthly; four files hold the 90 days that are looked back.
_FILES = 4
_MOST_LINES = 500_000
_LONGEST_LINE = 2000
_UPGRADE = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) upgrade ([^: ]+)(?::\S+)? \S+ (\S+)$")


class Upgrade(NamedTuple):
    """One package that was replaced by a newer version of itself."""

    package: str
    version: str
    at: float


def upgrades(machine: Machine, deadline: Deadline) -> Iterator[Upgrade]:
    """Yield the upgrades, newest file first.

    Raises:
        OSError: A log is there and cannot be read.
        PollFailed: There is no time to read it all.
    """
    for path in _logs(machine):
        for line in _lines(path, deadline):
            if found := _UPGRADE.match(line):
                at = _local(found[1])
                if at is not None:
                    yield Upgrade(found[2], found[3], at)


def _logs(machine: Machine) -> Iterator[Path]:
    for number in range(_FILES):
        stem = f"{_FOLDER}/dpkg.log" + (f".{number}" if number else "")
        for path in (machine.path(stem), machine.path(f"{stem}.gz")):
            if path.exists():
                yield path
                break


def _lines(path: Path, deadline: Deadline) -> Iterator[str]:
    with closing(_opened(path)) as file:
        for _ in range(_MOST_LINES):
            if deadline.expired():
                raise PollFailed("deadline", f"no time to read {path.name}")
            try:
                line = file.readline(_LONGEST_LINE)
            except (EOFError, zlib.error) as error:
                raise OSError(f"{path.name}: {error}") from error
            if not line:
                return
            yield line.decode("utf-8", "replace").rstrip("\n")


def _opened(path: Path) -> IO[bytes]:
    file = open(open_regular(path), "rb")  # noqa: PTH123, SIM115 – of a descriptor; closed above
    return gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file  # type: ignore[return-value]


def _local(text: str) -> float | None:
    """Return the seconds since the epoch of a time as dpkg writes it: the machine's local one."""
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d %H:%M:%S").astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        return None
