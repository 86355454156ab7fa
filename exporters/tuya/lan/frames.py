"""Whole frames out of a stream that splits, joins and corrupts them."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tinytuya.core import header as tuya
from tinytuya.core.message_helper import TuyaHeader

# tinytuya stops at 1440 bytes, which the list of children of a large gateway exceeds.
MAX_PAYLOAD = 16_384
_PREFIXES = (tuya.PREFIX_55AA_BIN, tuya.PREFIX_6699_BIN)
_PREFIX_SIZE = 4
_HEADER_55AA = struct.Struct(tuya.MESSAGE_HEADER_FMT_55AA)
_HEADER_6699 = struct.Struct(tuya.MESSAGE_HEADER_FMT_6699)


class Malformed(StrEnum):
    """What can be wrong with what a device sends: the values of the label ``kind``."""

    NOISE = "noise"
    OVERSIZED = "oversized"
    TRUNCATED = "truncated"
    CHECKSUM = "checksum"
    REPLAYED = "replayed"
    UNDECODABLE = "undecodable"


@dataclass(frozen=True, slots=True)
class RawFrame:
    """One whole frame, and its header as tinytuya has it."""

    raw: bytes
    header: Any


class Splitter:
    """Collects bytes and cuts frames out of them; holds no more than one frame's worth."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def incomplete(self) -> bool:
        """Return whether a frame has begun and not ended."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> Iterator[RawFrame | Malformed]:
        """Take bytes; yield each whole frame in turn, and what is wrong with the rest."""
        self._buffer += data
        while True:
            if self._skip_noise():
                yield Malformed.NOISE
            header = self._header()
            if header is None:
                return
            if header.length > MAX_PAYLOAD:
                yield Malformed.OVERSIZED
                self._skip_prefix()
            elif len(self._buffer) < header.total_length:
                return
            elif frame := self._cut(header):
                yield frame
            else:
                yield Malformed.NOISE
                self._skip_prefix()

    def _skip_noise(self) -> bool:
        """Drop all before the next prefix, keeping what may be the beginning of one."""
        found = [at for prefix in _PREFIXES if (at := self._buffer.find(prefix)) >= 0]
        start = min(found) if found else len(self._buffer) - self._hopeful()
        del self._buffer[:start]
        return start > 0

    def _hopeful(self) -> int:
        """Return how many bytes at the end may be the beginning of a prefix."""
        for size in range(min(_PREFIX_SIZE - 1, len(self._buffer)), 0, -1):
            if any(prefix.startswith(self._buffer[-size:]) for prefix in _PREFIXES):
                return size
        return 0

    def _skip_prefix(self) -> None:
        del self._buffer[:_PREFIX_SIZE]

    def _header(self) -> Any:
        """Return the header at the start, None while it is incomplete."""
        sealed = self._buffer.startswith(tuya.PREFIX_6699_BIN)
        form = _HEADER_6699 if sealed else _HEADER_55AA
        if len(self._buffer) < form.size:
            return None
        prefix, *_, sequence, command, length = form.unpack_from(self._buffer)
        total = form.size + length + (len(tuya.SUFFIX_6699_BIN) if sealed else 0)
        return TuyaHeader(prefix, sequence, command, length, total)

    def _cut(self, header: Any) -> RawFrame | None:
        """Return the frame at the start and drop it, None where its end is not one."""
        raw = bytes(self._buffer[: header.total_length])
        sealed = header.prefix == tuya.PREFIX_6699_VALUE
        if not raw.endswith(tuya.SUFFIX_6699_BIN if sealed else tuya.SUFFIX_BIN):
            return None
        del self._buffer[: header.total_length]
        return RawFrame(raw, header)
