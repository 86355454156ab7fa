"""One client's conversation with one device: handshake, requests, answers. No I/O."""

import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from sothat.simulator.wire.ciphers import NONCE, WrongKey, ecb_encrypt, gcm_encrypt
from sothat.simulator.wire.commands import Command
from sothat.simulator.wire.dialects import DIALECTS, Randomness
from sothat.simulator.wire.frames import PREFIX_6699, Corrupt, Frame
from sothat.simulator.wire.scanner import Scanner

_NONCE_LENGTH = 16
# From this version on, a session key is agreed on before anything else.
_HANDSHAKES = "3.4"
# What devices answer, word for word, to a payload that they cannot read or parse.
UNREADABLE = b"parse data error"
MALFORMED = b"data format error"


@dataclass(frozen=True, slots=True)
class Request:
    """What the client asks for; the body is the payload's JSON object, empty without payload."""

    command: int
    sequence: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes that go out as they are."""

    data: bytes


@dataclass(frozen=True, slots=True)
class HangUp:
    """The device ends the connection."""


Event = Request | Send | HangUp


class _Stage(Enum):
    GREETING = auto()
    CONFIRMING = auto()
    OPEN = auto()


class Session:
    """The device's side of one connection.

    Args:
        version: ``3.1`` to ``3.5``.
        key: The device's local key, 16 bytes.
        randomness: Gives so many random bytes, as `os.urandom` does.
    """

    def __init__(self, version: str, key: bytes, randomness: Randomness) -> None:
        self._dialect = DIALECTS[version]
        self._local_key = key
        self._key = key
        self._randomness = randomness
        self._scanner = Scanner()
        self._stage = _Stage.GREETING if version >= _HANDSHAKES else _Stage.OPEN
        self._client_nonce = b""
        self._device_nonce = b""
        self._sent = 0

    @property
    def open(self) -> bool:
        """Return whether the client may be told something."""
        return self._stage is _Stage.OPEN

    def receive(self, data: bytes) -> Iterator[Event]:
        """Take bytes from the client, yield what they ask for, in order.

        Noise, corrupt frames and frames of another version are passed over, as a device does.
        """
        for raw in self._scanner.feed(data):
            if raw.startswith(PREFIX_6699) != (self._dialect.version == "3.5"):
                continue
            try:
                frame = self._dialect.decode(raw, self._key)
            except WrongKey:
                yield self._unreadable(raw)
            except Corrupt:
                continue
            else:
                yield from self._take(frame)

    def answer(
        self, request: Request, body: Mapping[str, Any] | bytes = b"", code: int = 0
    ) -> Send:
        """Return the answer to a request: a JSON object, a plain text, or empty."""
        return self._send(request.command, request.sequence, _payload(body), code)

    def report(self, body: Mapping[str, Any]) -> Send:
        """Return a status report, which a device sends unasked."""
        return self._send(Command.STATUS, 0, _payload(body), 0)

    def _take(self, frame: Frame) -> Iterator[Event]:
        match self._stage:
            case _Stage.GREETING:
                yield from self._greet(frame)
            case _Stage.CONFIRMING:
                yield from self._confirm(frame)
            case _Stage.OPEN:
                yield self._request(frame)

    def _greet(self, frame: Frame) -> Iterator[Event]:
        """Answer the client's nonce with ours and the proof that we hold the key."""
        if frame.command != Command.SESS_KEY_NEG_START or len(frame.payload) != _NONCE_LENGTH:
            return
        self._client_nonce = frame.payload
        self._device_nonce = self._randomness(_NONCE_LENGTH)
        self._stage = _Stage.CONFIRMING
        proof = hmac.digest(self._local_key, self._client_nonce, "sha256")
        payload = self._device_nonce + proof
        yield self._send(Command.SESS_KEY_NEG_RESP, frame.sequence, payload, 0)

    def _confirm(self, frame: Frame) -> Iterator[Event]:
        """Check the client's proof and change to the session's key."""
        proof = hmac.digest(self._local_key, self._device_nonce, "sha256")
        if frame.command != Command.SESS_KEY_NEG_FINISH or frame.payload != proof:
            yield HangUp()
            return
        self._key = self._session_key()
        self._stage = _Stage.OPEN

    def _session_key(self) -> bytes:
        pairs = zip(self._client_nonce, self._device_nonce, strict=True)
        mixed = bytes(ours ^ theirs for ours, theirs in pairs)
        if self._dialect.version == "3.4":
            return ecb_encrypt(self._local_key, mixed, pad=False)
        return gcm_encrypt(self._local_key, self._client_nonce[:NONCE], mixed)[:_NONCE_LENGTH]

    def _request(self, frame: Frame) -> Event:
        try:
            body = json.loads(frame.payload) if frame.payload else {}
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            return self._send(frame.command, frame.sequence, MALFORMED, 1)
        return Request(frame.command, frame.sequence, body)

    def _unreadable(self, raw: bytes) -> Event:
        """Return what a device does about another key: up to 3.3 it says so, later it hangs up."""
        if self._dialect.version >= _HANDSHAKES:
            return HangUp()
        sequence, command = (int.from_bytes(raw[at : at + 4], "big") for at in (4, 8))
        return self._send(command, sequence, UNREADABLE, 1)

    def _send(self, command: int, sequence: int, payload: bytes, code: int) -> Send:
        self._sent += 1
        # 3.5 devices number their own frames; earlier ones repeat the request's number.
        number = self._sent if self._dialect.version == "3.5" else sequence
        frame = Frame(number, command, payload, code)
        return Send(self._dialect.encode(frame, self._key, self._randomness))


def _payload(body: Mapping[str, Any] | bytes) -> bytes:
    if isinstance(body, bytes):
        return body
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
