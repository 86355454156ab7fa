"""Whole frames out of a stream that splits, joins and corrupts them."""

from collections.abc import Iterator

from sothat.simulator.wire.frames import (
    HEADER_55AA,
    HEADER_6699,
    PREFIX_55AA,
    PREFIX_6699,
    SUFFIX_55AA,
    SUFFIX_6699,
)

# A device has little memory; tinytuya takes 1440 bytes. A longer claim is noise, not a frame.
MAX_LENGTH = 4096


class Scanner:
    """Collects bytes and cuts frames out of them; holds no more than one frame's worth."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes, yield each whole frame in turn, skip what belongs to none."""
        self._buffer += data
        while True:
            self._skip_noise()
            size = self._claimed_size()
            if size is None or len(self._buffer) < size:
                return
            raw = bytes(self._buffer[:size])
            if raw.endswith((SUFFIX_55AA, SUFFIX_6699)):
                del self._buffer[:size]
                yield raw
            else:
                self._skip_prefix()

    def _skip_noise(self) -> None:
        """Drop all before the next prefix, keeping what may be the beginning of one."""
        starts = [self._buffer.find(prefix) for prefix in (PREFIX_55AA, PREFIX_6699)]
        found = [start for start in starts if start >= 0]
        del self._buffer[: min(found) if found else max(0, len(self._buffer) - 3)]

    def _skip_prefix(self) -> None:
        del self._buffer[: len(PREFIX_55AA)]

    def _claimed_size(self) -> int | None:
        """Return the size of the frame at the start, None while its header is incomplete."""
        while self._buffer.startswith((PREFIX_55AA, PREFIX_6699)):
            sealed = self._buffer.startswith(PREFIX_6699)
            header = HEADER_6699 if sealed else HEADER_55AA
            if len(self._buffer) < header.size:
                return None
            length = int.from_bytes(self._buffer[header.size - 4 : header.size], "big")
            if length <= MAX_LENGTH:
                return header.size + length + (len(SUFFIX_6699) if sealed else 0)
            self._skip_prefix()
            self._skip_noise()
        return None
