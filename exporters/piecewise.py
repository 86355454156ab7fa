"""Answers that slow readers do not multiply."""

from collections.abc import Mapping, Sequence

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

# What is copied for a reader who lags; sending goes on when it has made room.
_AT_ONCE = 64 * 1024


class PiecewiseResponse(Response):
    """Sends large bytes in slices; the bytes themselves are shared with all other readers."""

    def __init__(self, pieces: Sequence[bytes], headers: Mapping[str, str]) -> None:
        length = str(sum(map(len, pieces)))
        super().__init__(headers={**headers, "content-length": length})
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 – ASGI's
        """Send status, headers and all pieces."""
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        for piece in self._pieces:
            for begin in range(0, len(piece), _AT_ONCE):
                body = piece[begin : begin + _AT_ONCE]
                await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
