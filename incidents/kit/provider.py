"""A provider of somebody else's service, simulated on loopback: it answers as it is told."""

import json
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

# Nobody waits for longer than that, whatever a test forgets.
_LONGEST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that the provider got.

    Attributes:
        path: With its query.
        headers: By lower-case name.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON data."""
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        """Return the body as the fields of a form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def query(self) -> dict[str, str]:
        """Return the fields of the query."""
        return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Reply:
    """What the provider does with a request.

    Attributes:
        status: Of the answer.
        body: Bytes, or data that is sent as JSON.
        headers: Of the answer.
        late: The answer comes when nobody waits for it any more; what was asked has been done.
        dropped: There is no answer: the connection breaks off. What was asked has been done.
        echoes: The body repeats the whole request, credentials and all, as some providers do.
    """

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    late: bool = False
    dropped: bool = False
    echoes: bool = False


Serve = Callable[[Asked], Reply]


class Simulated(Protocol):
    """A provider while it runs, whatever it speaks.

    Attributes:
        url: Where it is.
        asked: What it was asked, in order.
    """

    url: str
    asked: list[Asked]


def answering(body: Any = None, status: int = 200, **headers: str) -> Reply:
    """Return a good answer; ``Retry_After="7"`` is the header ``Retry-After``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {} if body is None else body, named)


def refusing(status: int = 400, body: Any = None) -> Reply:
    """Return a refusal for good."""
    return answering(body, status)


def failing(status: int = 503) -> Reply:
    """Return a failure that may be over soon."""
    return answering(None, status)


def throttling(seconds: int = 7, status: int = 429) -> Reply:
    """Return a refusal of too much at once, with the time after which it may be tried again."""
    return answering(None, status, Retry_After=str(seconds))


def late(reply: Reply | None = None) -> Reply:
    """Return an answer that comes too late."""
    return replace(reply or answering(), late=True)


def dropping() -> Reply:
    """Return what ends the connection without an answer."""
    return Reply(dropped=True)


def echoing(status: int = 400) -> Reply:
    """Return an answer that repeats the request."""
    return Reply(status, echoes=True)


class Provider:
    """The provider, while it runs.

    Attributes:
        url: Its base URL, without a slash at the end.
        asked: The requests that it got, in order.
    """

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._lock = Lock()
        self._ended = Event()
        self.asked: list[Asked] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        poll = {"poll_interval": 0.02}
        self._thread = Thread(target=self._server.serve_forever, kwargs=poll, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer what is late, and end."""
        self._ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def reply(self, asked: Asked) -> Reply:
        """Return what becomes of a request; one at a time."""
        with self._lock:
            self.asked.append(asked)
            reply = self._serve(asked)
        if reply.late:
            self._ended.wait(_LONGEST_SECONDS)
        return reply

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            """Reads a request whole, and answers it."""

            def __getattr__(self, name: str) -> Callable[[], None]:
                if name.startswith("do_"):
                    return self._answer
                raise AttributeError(name)

            def _answer(self) -> None:
                with suppress(OSError):
                    asked = _read(self)
                    _write(self, asked, provider.reply(asked))

            def log_message(self, *_: object) -> None:
                """Say nothing: what is logged is what a check looks at."""

        return Handler


def _read(request: BaseHTTPRequestHandler) -> Asked:
    length = int(request.headers.get("Content-Length") or 0)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Asked(request.command, request.path, headers, request.rfile.read(length))


def _write(request: BaseHTTPRequestHandler, asked: Asked, reply: Reply) -> None:
    if reply.dropped:
        # With nothing to linger for, closing is a reset.
        linger = struct.pack("ii", 1, 0)
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        request.close_connection = True
        request.connection.close()
        return
    content = _repeated(asked) if reply.echoes else _content(reply.body)
    request.send_response(reply.status)
    for name, value in {"Content-Type": "application/json", **reply.headers}.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(content)


def _content(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def _repeated(asked: Asked) -> bytes:
    head = "\n".join(f"{name}: {value}" for name, value in asked.headers.items())
    return f"{asked.method} {asked.path}\n{head}\n\n".encode("utf-8", "replace") + asked.body


def in_turn(*replies: Reply) -> Serve:
    """Return what gives some replies in turn, the last one for ever."""
    waiting = list(replies)

    def serve(_asked: Asked) -> Reply:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return serve


def serving(serve: Serve | Reply, *more: Reply) -> Serve:
    """Return a function as it is, and replies as what gives them in turn."""
    return in_turn(serve, *more) if isinstance(serve, Reply) else serve


@contextmanager
def provider(serve: Serve | Reply, *more: Reply) -> Iterator[Provider]:
    """Give a provider while the block lasts.

    Args:
        serve: What it does with each request: a function, or replies in turn.
        more: Further replies, the last one for ever.
    """
    with closing(Provider(serving(serve, *more))) as made:
        yield made


@contextmanager
def nobody() -> Iterator[str]:
    """Give a base URL where nobody answers."""
    with socket.socket() as held:
        # Bound and not listening: no other test gets the port meanwhile.
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
