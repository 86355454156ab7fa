"""Reading request bodies up to a limit."""

from starlette.requests import Request


class TooLarge(Exception):  # noqa: N818 – it is named for what the body is
    """A body beyond the limit."""


async def read_body(request: Request, limit: int) -> bytes:
    """Return a request's body.

    Raises:
        TooLarge: It has more than ``limit`` bytes; no more than that is ever held.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)
