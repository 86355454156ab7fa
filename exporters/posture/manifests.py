"""Manifests of checksums, as ``sha256sum`` writes them, and files against them."""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sothat.exporters.clock import Deadline
from sothat.exporters.source import PollFailed
from sothat.runtime.reading import open_regular

MOST_FILES = 10_000
LARGEST_FILE = 256 * 1024 * 1024
STATES = ("same", "changed", "missing", "unreadable")
_PIECE = 1024 * 1024
# A backslash before the sum: newlines and backslashes in the name are escaped.
_LINE = re.compile(rb"(\\?)([0-9a-fA-F]{64})(?:  | \*)(.+)")
_ESCAPED = {rb"\n": b"\n", rb"\r": b"\r", rb"\\": b"\\"}


class Entry(NamedTuple):
    """One line: a file, and the checksum that it had."""

    path: Path
    checksum: str


def entries(data: bytes, folder: Path) -> Iterator[Entry | None]:
    """Yield each line's entry, None for lines that are none; relative paths start at ``folder``."""
    for line in data.splitlines():
        if line.strip():
            found = _LINE.fullmatch(line)
            yield _entry(found, folder) if found else None


def _entry(found: re.Match[bytes], folder: Path) -> Entry:
    name = found[3]
    if found[1]:
        name = re.sub(rb"\\[nr\\]", lambda match: _ESCAPED[match[0]], name)
    return Entry(folder / os.fsdecode(name), found[2].decode().lower())


def state(entry: Entry, deadline: Deadline) -> str:
    """Return one of STATES.

    Raises:
        PollFailed: There is no time to read the file.
    """
    try:
        checksum = _checksum(entry.path, deadline)
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except OSError:
        return "unreadable"
    return "same" if checksum == entry.checksum else "changed"


def _checksum(path: Path, deadline: Deadline) -> str:
    """Return a file's checksum; one that has grown out of bounds has none, but has changed."""
    descriptor = open_regular(path)
    try:
        summed = hashlib.sha256()
        size = 0
        while piece := os.read(descriptor, _PIECE):
            size += len(piece)
            if size > LARGEST_FILE:
                return ""
            if deadline.expired():
                raise PollFailed("deadline", "no time to read all files of the manifests")
            summed.update(piece)
    finally:
        os.close(descriptor)
    return summed.hexdigest()
