"""Files that others write: read with a limit, whatever they are and whatever is in them."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sothat.runtime.reading import open_regular

# A document of a few bytes a value takes many times its size in memory; this bounds it.
MOST_VALUES = 1_000_000
_PIECE = 1024 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Malformed(ValueError):  # noqa: N818 – it is named for what a file is
    """A file's content is not what it should be."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file held at one moment.

    Attributes:
        modified: When it was last written, in seconds since the epoch.
    """

    data: bytes
    modified: float


def read(path: Path, most: int) -> Content:
    """Return a regular file's content.

    Raises:
        OSError: It cannot be read, is no regular file, or holds more than ``most`` bytes.
    """
    descriptor = open_regular(path)
    try:
        status = os.fstat(descriptor)
        data = _up_to(descriptor, most + 1) if status.st_size <= most else b""
    finally:
        os.close(descriptor)
    if status.st_size > most or len(data) > most:
        raise OSError(errno.EFBIG, f"larger than {most} bytes")
    return Content(data, status.st_mtime)


def _up_to(descriptor: int, most: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < most and (piece := os.read(descriptor, min(_PIECE, most - len(pieces)))):
        pieces += piece
    return bytes(pieces)


def parse_json(data: bytes) -> Any:
    """Return a JSON document's value.

    Raises:
        Malformed: It is not JSON, or has too many values to be held.
    """
    if sum(map(data.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise Malformed(f"more than {MOST_VALUES} values")
    try:
        return orjson.loads(data.removeprefix(_BYTE_ORDER_MARK))
    except ValueError as error:
        raise Malformed(f"not JSON: {error}") from error
