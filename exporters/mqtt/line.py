"""The one door to paho: a connection that is kept, and messages handed on."""

import logging
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from sothat.exporters.flows.flow import Message
from sothat.runtime.secrets import Secret

log = logging.getLogger(__name__)

_KEEPALIVE = 30
_CONNECT_SECONDS = 5.0
_LEAST_DELAY = 1
_MOST_DELAY = 60
_QUEUE = 1_000
_FAILURE = 0x80


@dataclass(frozen=True, slots=True)
class Access:
    """How a broker is reached.

    Attributes:
        client_id: Unique at the broker; with a session that is kept, what comes meanwhile waits.
    """

    host: str
    port: int
    client_id: str
    user: str = ""
    password: Secret | None = None
    tls: ssl.SSLContext | None = None


class Line:
    """A connection to a broker, renewed by itself with a growing pause.

    Args:
        access: Where the broker is.
        filters: What is subscribed, with its quality of service.
        take: Is given each message, in paho's thread.
    """

    def __init__(
        self, access: Access, filters: Iterable[tuple[str, int]], take: Callable[[Message], None]
    ) -> None:
        self.connects = 0
        self.ended: Counter[str] = Counter()
        self._access = access
        self._filters = list(filters)
        self._take = take
        self._granted = threading.Event()
        self._started = False
        self._client = self._made()

    @property
    def up(self) -> bool:
        """Return whether the broker is connected, and has granted all subscriptions."""
        return self._granted.is_set() and self._client.is_connected()

    def start(self, seconds: float) -> None:
        """Begin to connect, in a thread of paho's, and wait so long for the subscriptions; once."""
        if not self._started:
            self._started = True
            self._client.connect_async(self._access.host, self._access.port, _KEEPALIVE)
            self._client.loop_start()
            self._granted.wait(seconds)

    def publish(self, topic: str, payload: str, qos: int) -> None:
        """Send a message, or queue it while the broker is away; what is too much is lost."""
        self._client.publish(topic, payload, qos)

    def close(self) -> None:
        """Say goodbye."""
        if self._started:
            self._client.disconnect()
            self._client.loop_stop()

    def _made(self) -> paho.Client:
        access = self._access
        client = paho.Client(CallbackAPIVersion.VERSION2, access.client_id, clean_session=True)
        client.connect_timeout = _CONNECT_SECONDS
        client.reconnect_delay_set(_LEAST_DELAY, _MOST_DELAY)
        client.max_queued_messages_set(_QUEUE)
        if access.user:
            client.username_pw_set(
                access.user, access.password.reveal() if access.password else None
            )
        if access.tls:
            client.tls_set_context(access.tls)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, code: Any, _: Any) -> None:
        if code.is_failure:
            self.ended["refused"] += 1
            log.warning("refused", extra={"broker": self._access.host, "why": str(code)})
            return
        self.connects += 1
        if self._filters:
            client.subscribe(self._filters)
        else:
            self._granted.set()

    def _on_connect_fail(self, _client: paho.Client, _data: Any) -> None:
        self.ended["unreachable"] += 1

    def _on_disconnect(
        self, _client: paho.Client, _data: Any, _flags: Any, code: Any, _: Any
    ) -> None:
        if self._granted.is_set() and code.is_failure:
            self.ended["lost"] += 1
        self._granted.clear()

    def _on_subscribe(
        self, _client: paho.Client, _data: Any, _mid: int, codes: Any, _: Any
    ) -> None:
        refused = [str(code) for code in codes if code.value >= _FAILURE]
        if refused:
            log.warning("subscription refused", extra={"broker": self._access.host})
            return
        self._granted.set()

    def _on_message(self, _client: paho.Client, _data: Any, came: paho.MQTTMessage) -> None:
        try:
            topic = came.topic
        except UnicodeDecodeError:
            topic = "\ufffd"
        said = Message(
            topic, bytes(came.payload), time.time(), came.qos, came.retain, bool(came.dup)
        )
        try:
            self._take(said)
        except Exception as error:  # it would end paho's thread for good
            log.exception("a message cannot be taken", extra={"why": type(error).__name__})
