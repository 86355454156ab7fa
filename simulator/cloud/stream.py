"""The simulated cloud's message stream: a Pulsar consumer over WebSocket, as Tuya documents it."""

import base64
import hashlib
import json
import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

_LOOK_SECONDS = 0.2


@dataclass(slots=True)
class Stream:
    """Messages of one project: each is sent until it has been confirmed.

    Attributes:
        model: How messages are encrypted: ``aes_gcm`` or ``aes_ecb``.
        confirmed: Ids of those that are done.
    """

    access_id: str
    secret: str
    clock: Callable[[], float]
    model: str = "aes_gcm"
    confirmed: list[str] = field(default_factory=list)
    _waiting: deque[dict[str, Any]] = field(default_factory=deque)
    _open: dict[str, dict[str, Any]] = field(default_factory=dict)
    _number: int = 0
    _news: threading.Condition = field(default_factory=threading.Condition)

    def report(self, device: str, points: dict[str, object], at: float | None = None) -> None:
        """Send values of a device's data points, in the form of protocol 4."""
        stamp = int((self.clock() if at is None else at) * 1000)
        status = [{"code": code, "t": stamp, "value": value} for code, value in points.items()]
        self.send(
            {"dataId": str(self._number), "devId": device, "productKey": "p", "status": status}
        )

    def tell(self, device: str, code: str) -> None:
        """Send an event of a device, such as ``online``, in the form of protocol 20."""
        stamp = int(self.clock() * 1000)
        data = {"devId": device, "productKey": "p", "bizData": {"time": stamp}}
        self.send({**data, "bizCode": code, "ts": stamp})

    def send(self, content: dict[str, Any]) -> None:
        """Send any content."""
        payload = {
            "data": base64.b64encode(self._encrypted(json.dumps(content).encode())).decode(),
            "protocol": 4,
            "pv": "2.0",
            "t": int(self.clock() * 1000),
        }
        self.send_frame(base64.b64encode(json.dumps(payload).encode()).decode())

    def send_frame(self, payload: str) -> None:
        """Send any payload."""
        with self._news:
            self._number += 1
            properties = {"em": self.model} if self.model == "aes_gcm" else {}
            name = f"id-{self._number}"
            self._waiting.append(
                {"messageId": name, "payload": payload, "properties": properties}
                | {"redeliveryCount": 0, "publishTime": "0", "key": ""}
            )
            self._news.notify_all()

    def take(self) -> dict[str, Any] | None:
        """Take the next message that is to be sent, None where there is none for a while."""
        with self._news:
            if not self._waiting:
                self._news.wait(_LOOK_SECONDS)
            if not self._waiting:
                return None
            message = self._waiting.popleft()
            self._open[message["messageId"]] = message
            return message

    def confirm(self, name: str) -> None:
        """Take note that a message has been taken."""
        with self._news:
            if self._open.pop(name, None):
                self.confirmed.append(name)

    def again(self) -> None:
        """Put back what was sent and not confirmed: the consumer is gone."""
        with self._news:
            for message in self._open.values():
                message["redeliveryCount"] += 1
            self._waiting.extendleft(reversed(self._open.values()))
            self._open.clear()

    def lets_in(self, request: Request) -> bool:
        """Return whether a consumer may come in: address and password are the project's."""
        inner = hashlib.md5(self.secret.encode(), usedforsecurity=False).hexdigest()
        both = f"{self.access_id}{inner}".encode()
        word = hashlib.md5(both, usedforsecurity=False).hexdigest()[8:24]
        path = f"/ws/v2/consumer/persistent/{self.access_id}/out/event/{self.access_id}-sub"
        named = request.headers.get("username"), request.headers.get("password")
        return request.path.split("?")[0] == path and named == (self.access_id, word)

    def _encrypted(self, text: bytes) -> bytes:
        key = self.secret[8:24].encode()
        if self.model == "aes_gcm":
            nonce = os.urandom(12)
            return nonce + AESGCM(key).encrypt(nonce, text, None)
        fill = 16 - len(text) % 16
        encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 – as Tuya does
        return encryptor.update(text + bytes([fill]) * fill) + encryptor.finalize()


def stream_server(stream: Stream, host: str, port: int) -> Server:
    """Return a server of the stream; it listens, and serves with ``serve_forever``."""

    def admit(connection: ServerConnection, request: Request) -> Response | None:
        if stream.lets_in(request):
            return None
        return connection.respond(HTTPStatus.UNAUTHORIZED, "wrong address or password\n")

    def talk(connection: ServerConnection) -> None:
        reader = threading.Thread(target=_confirming, args=(stream, connection), daemon=True)
        reader.start()
        try:
            while reader.is_alive():
                message = stream.take()
                if message:
                    connection.send(json.dumps(message))
        except ConnectionClosed:
            pass
        finally:
            stream.again()

    return serve(talk, host, port, process_request=admit, compression=None)


def _confirming(stream: Stream, connection: ServerConnection) -> None:
    try:
        for text in connection:
            stream.confirm(json.loads(text)["messageId"])
    except (ConnectionClosed, ValueError, KeyError, TypeError):
        return
