"""A light load: Alertmanager's messages over a few connections, each waiting for its answer.

A process of its own (``python -m benchmarks.incident_load``): bytes are made beforehand, so that
what is measured is the receiver. It prints one JSON object.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass
class Results:
    """What the connections have seen."""

    seconds: list[float] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    first_error: str = ""


class Client(asyncio.Protocol):
    """One connection: sends the next request once the one before is answered.

    A server that closes after each answer is connected to anew; that counts as its time.
    """

    def __init__(
        self, requests: Iterator[bytes], results: Results, done: "asyncio.Future[None]"
    ) -> None:
        self._requests = requests
        self._results = results
        self._done = done
        self._got = b""
        self._sent_at = 0.0
        self._request: bytes | None = None
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first, or the one that a closed connection left over."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._request is None:
            self._next()
        else:
            transport.write(self._request)

    def _next(self) -> None:
        self._request = next(self._requests, None)
        if self._request is None:
            self._transport.close()
        else:
            self._sent_at = time.perf_counter()
            self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Count a whole answer, then send the next request."""
        self._got += data
        head, end, body = self._got.partition(_END)
        if not end or len(body) < _body_length(head):
            return
        self._results.seconds.append(time.perf_counter() - self._sent_at)
        code = head[9:12].decode()
        self._results.codes[code] += 1
        if code[0] != "2" and not self._results.first_error:
            self._results.first_error = self._got.decode(errors="replace")[:1000]
        self._got = b""
        self._next()

    def connection_lost(self, _exc: Exception | None) -> None:
        """Connect anew if there is something left to send."""
        if self._request is not None:
            loop = asyncio.get_running_loop()
            self._again = loop.create_task(
                loop.create_connection(lambda: self, "127.0.0.1", self.port)
            )
        elif not self._done.done():
            self._done.set_result(None)


def _body_length(head: bytes) -> int:
    lower = head.lower()
    start = lower.find(_LENGTH)
    return int(lower[start + len(_LENGTH) :].split(b"\r\n", 1)[0]) if start >= 0 else 0


async def run(port: int, requests: Sequence[bytes], connections: int) -> Results:
    """Send requests over some connections; each is sent once."""
    loop = asyncio.get_running_loop()
    results, waiting = Results(), iter(requests)
    ends = [loop.create_future() for _ in range(connections)]
    for end in ends:

        def client(end: "asyncio.Future[None]" = end) -> Client:
            made = Client(waiting, results, end)
            made.port = port
            return made

        await loop.create_connection(client, "127.0.0.1", port)
    await asyncio.gather(*ends)
    return results


def main(port: int, connections: int, file: str) -> None:
    """Send what a file holds: requests, each after its length as a line."""
    requests = list(_requests(Path(file).read_bytes()))
    start, cpu = time.perf_counter(), time.process_time()
    results = asyncio.run(run(port, requests, connections))
    wall = time.perf_counter() - start
    print(
        json.dumps(
            {
                "wall": wall,
                "cpu": time.process_time() - cpu,
                "seconds": results.seconds,
                "codes": results.codes,
                "error": results.first_error,
            }
        )
    )


def _requests(data: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        line = data.index(b"\n", start)
        end = line + 1 + int(data[start:line])
        yield data[line + 1 : end]
        start = end


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
