"""Expositions put together from parts that are kept for as long as nothing in them changes."""

import threading
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from sothat.exporters.exposition import Writer, encode
from sothat.exporters.negotiation import Form
from sothat.exporters.series import Block
from sothat.exporters.snapshot import Snapshot

# The first level is an order of magnitude faster than the last and nearly as small.
_GZIP_LEVEL = 1
_RAW_DEFLATE = -15
# RFC 1952: deflate, no name, no time, the fastest level, Unix; then the data; then CRC and length.
_GZIP_HEAD = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 4, 3])
_GZIP_LAST_BLOCK = b"\x03\x00"


@dataclass(frozen=True)
class Part:
    """Some bytes of an exposition, also as deflate blocks that others may follow."""

    plain: bytes

    @cached_property
    def deflated(self) -> bytes:
        """Return the bytes compressed, ending in a full flush."""
        compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _RAW_DEFLATE)
        return compressor.compress(self.plain) + compressor.flush(zlib.Z_FULL_FLUSH)


class Section:
    """The families that certain collectors share; its last bytes are kept by format."""

    def __init__(self, members: Sequence[int]) -> None:
        self.members = tuple(members)
        self._lock = threading.Lock()
        self._kept: dict[Form, tuple[tuple[Snapshot | None, ...], Part]] = {}
        self._writers: dict[Form, Writer] = {}

    def part(self, snapshots: Sequence[Snapshot | None], form: Form) -> Part:
        """Return the bytes of the members' snapshots, made anew only when one has changed."""
        mine = tuple(snapshots[number] for number in self.members)
        with self._lock:
            before, part = self._kept.get(form, ((), Part(b"")))
            if len(before) == len(mine) and all(a is b for a, b in zip(before, mine, strict=True)):
                return part
            groups = [snapshot.blocks for snapshot in mine if snapshot]
            writer = self._writers.setdefault(form, Writer(form, unique=len(mine) == 1))
            part = Part(writer.write(groups))
            self._kept[form] = (mine, part)
            return part


def joined(parts: Sequence[Part], *, gzip: bool) -> Sequence[bytes]:
    """Return what to send: the parts one after another, as they are or as one gzip member.

    They are not made one here, so that all who read at the same moment share what is kept.
    """
    if not gzip:
        return [part.plain for part in parts]
    check, length = 0, 0
    for part in parts:
        check = zlib.crc32(part.plain, check)
        length += len(part.plain)
    trailer = check.to_bytes(4, "little") + (length & 0xFFFFFFFF).to_bytes(4, "little")
    return [_GZIP_HEAD, *(part.deflated for part in parts), _GZIP_LAST_BLOCK, trailer]


def sections(families: Sequence[Iterable[str]]) -> tuple[Section, ...]:
    """Return which collectors stand together: those that share a family, directly or over others.

    Args:
        families: Names of the families of each collector.
    """
    groups: list[tuple[set[str], list[int]]] = []
    for number, names in enumerate(families):
        mine, members = set(names), [number]
        apart = []
        for group in groups:
            if group[0] & mine:
                mine |= group[0]
                members = [*group[1], *members]
            else:
                apart.append(group)
        groups = [*apart, (mine, members)]
    return tuple(Section(sorted(members)) for _, members in groups)


def own_part(blocks: Iterable[Block], form: Form) -> Part:
    """Return the part of the exporter's own families, new each time, and the end of the format."""
    return Part(encode([blocks], form, unique=True) + form.end)
