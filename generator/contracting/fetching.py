"""An exposition's bytes: from a URL with a deadline, or from a file, plain or gzip, bounded."""

import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import requests
from sothat.model.problem import Position, Unusable, unusable

MAX_BYTES = 64 * 1024 * 1024
_CHUNK = 64 * 1024
_GZIP = b"\x1f\x8b"
# The plain format first: a contract speaks of the names that Prometheus stores.
_ACCEPT = "text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5"


@dataclass(frozen=True, slots=True)
class Exposition:
    """What a source answered.

    Attributes:
        origin: The URL or the file's name.
        openmetrics: Whether it is in the OpenMetrics format, else in Prometheus's text format.
    """

    origin: str
    text: str
    openmetrics: bool = False


def read_exposition(
    origin: str, deadline: float = 10.0, clock: Callable[[], float] = time.monotonic
) -> Exposition:
    """Return the exposition at a URL or in a file.

    Args:
        origin: ``http://…``, ``https://…`` or a file's name.
        deadline: Seconds that a URL may take in all.
        clock: Seconds that only grow.

    Raises:
        Unusable: It cannot be had in time, is too large, or is not UTF-8 text.
    """
    if origin.startswith(("http://", "https://")):
        return _from_url(origin, deadline, clock)
    raw = b"".join(_bounded(_inflated(_file_chunks(Path(origin)), origin), origin))
    text = _decoded(raw, origin)
    return Exposition(origin, text, text.rstrip().endswith("# EOF"))


def _from_url(url: str, deadline: float, clock: Callable[[], float]) -> Exposition:
    end = clock() + deadline
    try:
        with requests.get(
            url, headers={"Accept": _ACCEPT}, timeout=deadline, stream=True
        ) as response:
            response.raise_for_status()
            chunks = _until(end, response.iter_content(_CHUNK), url, clock)
            text = _decoded(b"".join(_bounded(chunks, url)), url)
            kind = response.headers.get("Content-Type", "")
    except requests.RequestException as error:
        raise _unreachable(url, _reason(error)) from error
    return Exposition(url, text, kind.startswith("application/openmetrics-text"))


def _reason(error: requests.RequestException) -> str:
    if error.response is not None:
        return f"it answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error)


def _unreachable(url: str, reason: str) -> Unusable:
    hint = "is the exporter running, and is this the address of its metrics?"
    return unusable("unreachable-source", f"{url}: {reason}", hint=hint)


def _until(
    end: float, chunks: Iterable[bytes], url: str, clock: Callable[[], float]
) -> Iterator[bytes]:
    """Yield chunks until the deadline: a source that trickles never reaches a read timeout."""
    for chunk in chunks:
        if clock() > end:
            raise _unreachable(url, "the answer was not complete in time")
        yield chunk


def _file_chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        position = Position(str(path))
        raise unusable("unreadable-file", f"cannot read: {reason}", position=position) from error


def _inflated(chunks: Iterable[bytes], origin: str) -> Iterator[bytes]:
    """Yield the content of a gzip file in bounded pieces; of any other file its own chunks."""
    inflater = None
    for number, chunk in enumerate(chunks):
        if number == 0 and chunk.startswith(_GZIP):
            inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
        if inflater is None:
            yield chunk
            continue
        try:
            yield inflater.decompress(chunk, _CHUNK)
            while inflater.unconsumed_tail:
                yield inflater.decompress(inflater.unconsumed_tail, _CHUNK)
        except zlib.error as error:
            raise _bad(origin, f"damaged gzip data: {error}") from error
    if inflater and not inflater.eof:
        raise _bad(origin, "the gzip data end too early")


def _bounded(chunks: Iterable[bytes], origin: str) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_BYTES:
            raise _bad(origin, f"larger than {MAX_BYTES // 1024 // 1024} MiB")
        yield chunk


def _decoded(raw: bytes, origin: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad(origin, "not UTF-8 text") from error


def _bad(origin: str, message: str) -> Unusable:
    return unusable("bad-exposition", message, position=Position(origin))
