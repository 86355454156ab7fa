"""The connection to the stream: one thread, renewed by itself."""

import logging
import random
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Mapping

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

log = logging.getLogger(__name__)

_OPEN_SECONDS = 10.0
_LOOK_SECONDS = 1.0
_LEAST_PAUSE, _MOST_PAUSE = 1.0, 60.0
_MAX_BYTES = 1 << 20


class Line:
    """Receives messages and confirms those that were taken.

    Args:
        url: Of the consumer.
        headers: Those that let in.
        tls: None: as the system trusts.
        take: Is given each message; returns what to answer, empty for nothing.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        tls: ssl.SSLContext | None,
        take: Callable[[str | bytes], str],
    ) -> None:
        self.connects = 0
        self.ended: Counter[str] = Counter()
        self.up = False
        self._url = url
        self._headers = dict(headers)
        self._tls = tls
        self._take = take
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tuya-stream", daemon=True)
        self._started = False

    def start(self, seconds: float) -> None:
        """Begin to connect, and wait so long for it; once."""
        if not self._started:
            self._started = True
            self._thread.start()
            self._settled.wait(seconds)

    def close(self) -> None:
        """End; waits for the thread no longer than a look takes."""
        self._stopping.set()
        if self._started:
            self._thread.join(2 * _LOOK_SECONDS)

    def _run(self) -> None:
        pause = _LEAST_PAUSE
        while not self._stopping.is_set():
            before = self.connects
            self._once()
            self._settled.set()
            pause = _LEAST_PAUSE if self.connects > before else min(2 * pause, _MOST_PAUSE)
            self._stopping.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311 – a pause

    def _once(self) -> None:
        try:
            with connect(
                self._url,
                additional_headers=self._headers,
                ssl=self._tls,
                open_timeout=_OPEN_SECONDS,
                ping_interval=30,
                ping_timeout=20,
                close_timeout=_LOOK_SECONDS,
                max_size=_MAX_BYTES,
                compression=None,
            ) as stream:
                self._connected()
                self._receive(stream)
        except InvalidStatus:
            self.ended["refused"] += 1
        except ConnectionClosed:
            self.ended["lost"] += 1
        except (OSError, WebSocketException):
            self.ended["lost" if self.up else "unreachable"] += 1
        except Exception as error:  # a defect of ours must not end the thread unsaid
            self.ended["lost"] += 1
            log.exception("the stream cannot be read", extra={"why": type(error).__name__})
        finally:
            self.up = False

    def _connected(self) -> None:
        self.connects += 1
        self.up = True
        self._settled.set()
        log.info("stream connected")

    def _receive(self, stream: ClientConnection) -> None:
        while not self._stopping.is_set():
            try:
                text = stream.recv(timeout=_LOOK_SECONDS)
            except TimeoutError:
                continue
            answer = self._take(text)
            if answer:
                stream.send(answer)
