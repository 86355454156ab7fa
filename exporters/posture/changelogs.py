"""Debian changelogs of installed packages: where their version was published, and when."""

import re
import zlib
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import NamedTuple

from sothat.exporters.posture.machine import Machine
from sothat.exporters.posture.reading import read

_LARGEST = 4 * 1024 * 1024
_FIRST = 256 * 1024
# NAME (VERSION) DISTRIBUTION …; urgency=…
_HEAD = re.compile(r"^\S+ \(([^)\s]+)\) ([^;\n]+);", re.MULTILINE)
_SIGNED = re.compile(r"^ -- .*?>  (.+)$", re.MULTILINE)
_NAMES = ("changelog.Debian.gz", "changelog.gz", "changelog.Debian")


class Publication(NamedTuple):
    """A version's entry: for which distribution, and when it was signed."""

    version: str
    distribution: str
    at: float

    @property
    def security(self) -> bool:
        """Return whether it was made for a security archive."""
        return "security" in self.distribution


def newest_entry(machine: Machine, package: str) -> Publication | None:
    """Return the newest entry of a package's changelog, None where there is none to be read."""
    folder = machine.path(f"/usr/share/doc/{package}")
    for name in _NAMES:
        try:
            return _entry(_text(folder / name))
        except OSError:
            continue
    return None


def _text(path: Path) -> str:
    data = read(path, _LARGEST).data
    if path.suffix == ".gz":
        data = _unpacked(data)
    return data[:_FIRST].decode("utf-8", "replace")


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(data, _FIRST)
    except zlib.error:
        return b""


def _entry(text: str) -> Publication | None:
    head = _HEAD.search(text)
    signed = _SIGNED.search(text, head.end()) if head else None
    if head is None or signed is None:
        return None
    try:
        at = parsedate_to_datetime(signed[1]).timestamp()
    except (ValueError, OverflowError):
        return None
    return Publication(head[1], head[2], at)
