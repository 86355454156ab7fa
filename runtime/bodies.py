"""The body of an HTTP answer: bounded, and a server that drips is given up in time."""

from collections.abc import Callable

import requests

_CHUNK = 65_536


class TooLarge(Exception):  # noqa: N818 – it is named for what the body is
    """More bytes than are taken."""


class TooLate(Exception):  # noqa: N818 – it is named for what the body is
    """The body did not end in time."""


def read_body(answer: requests.Response, most: int, expired: Callable[[], bool]) -> bytes:
    """Return the whole body of an answer that was asked for with ``stream=True``.

    Args:
        answer: Whose body.
        most: Bytes that are taken, after decompression.
        expired: Whether the time is up; asked after each piece.

    Raises:
        TooLarge: There is more.
        TooLate: The time was up before the end.
        urllib3.exceptions.HTTPError: The connection broke.
    """
    found = bytearray()
    # Whatever has come so far: `iter_content` waits for a whole chunk, however long that takes.
    for chunk in iter(lambda: answer.raw.read1(_CHUNK, decode_content=True), b""):
        found += chunk
        if len(found) > most:
            raise TooLarge
        if expired():
            raise TooLate
    return bytes(found)
