"""Dialects: how versions 3.1 to 3.5 put a message into a frame."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol

from sothat.simulator.wire.ciphers import NONCE, WrongKey, ecb_decrypt, ecb_encrypt
from sothat.simulator.wire.commands import Command
from sothat.simulator.wire.frames import (
    Corrupt,
    Frame,
    pack_55aa,
    pack_6699,
    unpack_55aa,
    unpack_6699,
)

# After the version: 4 bytes unused, 4 a counter, 4 the source. Clients skip all of them.
_HEADER_REST = bytes(12)
# Of 3.1, what stands before an encrypted payload: the version and half an MD5 in hexadecimals.
_SIGNED = 3 + 16

Randomness = Callable[[int], bytes]


class Dialect(Protocol):
    """One version of the protocol; payloads of the frames taken and given are in clear."""

    @property
    def version(self) -> str:
        """Return the version, ``3.1`` to ``3.5``."""

    def encode(self, frame: Frame, key: bytes, randomness: Randomness) -> bytes:
        """Return the bytes of a frame."""

    def decode(self, raw: bytes, key: bytes, *, retcode: bool = False) -> Frame:
        """Return the frame in the bytes.

        Raises:
            Corrupt: They are no frame of this version.
            WrongKey: They were made with another key.
        """


@dataclass(frozen=True, slots=True)
class Dialect31:
    """CRC32 over the frame; queries and their answers in clear, reports and controls encrypted.

    What is encrypted is AES-ECB in Base64, after the version and 16 digits of an MD5 over it.
    """

    version: str = "3.1"

    def encode(self, frame: Frame, key: bytes, randomness: Randomness) -> bytes:  # noqa: ARG002 – the protocol's
        """Return the bytes of a frame; see `Dialect`."""
        if frame.command != Command.STATUS:
            return pack_55aa(frame)
        text = base64.b64encode(ecb_encrypt(key, frame.payload))
        return pack_55aa(replace(frame, payload=self._signed(text, key) + text))

    def decode(self, raw: bytes, key: bytes, *, retcode: bool = False) -> Frame:
        """Return the frame in the bytes; see `Dialect`."""
        frame = unpack_55aa(raw, retcode=retcode)
        head, text = frame.payload[:_SIGNED], frame.payload[_SIGNED:]
        if not head.startswith(self.version.encode()):
            return frame
        if head != self._signed(text, key):
            raise WrongKey("the MD5 is wrong")
        try:
            return replace(frame, payload=ecb_decrypt(key, base64.b64decode(text, validate=True)))
        except binascii.Error as error:
            raise Corrupt("this is not Base64") from error

    def _signed(self, text: bytes, key: bytes) -> bytes:
        covered = b"data=" + text + b"||lpv=" + self.version.encode() + b"||" + key
        digest = hashlib.md5(covered, usedforsecurity=False).hexdigest()
        return self.version.encode() + digest[8:24].encode()


@dataclass(frozen=True, slots=True)
class Dialect33:
    """CRC32 over the frame, AES-ECB over the payload, the version header outside the cipher."""

    version: str = "3.3"

    def encode(self, frame: Frame, key: bytes, randomness: Randomness) -> bytes:  # noqa: ARG002 – the protocol's
        """Return the bytes of a frame; see `Dialect`."""
        text = ecb_encrypt(key, frame.payload) if frame.payload else b""
        return pack_55aa(replace(frame, payload=_header(self.version, frame.command) + text))

    def decode(self, raw: bytes, key: bytes, *, retcode: bool = False) -> Frame:
        """Return the frame in the bytes; see `Dialect`."""
        frame = unpack_55aa(raw, retcode=retcode)
        text = _without_header(self.version, frame.payload)
        return replace(frame, payload=ecb_decrypt(key, text) if text else b"")


@dataclass(frozen=True, slots=True)
class Dialect34:
    """HMAC-SHA256 over the frame, AES-ECB over version header and payload, a session key."""

    version: str = "3.4"

    def encode(self, frame: Frame, key: bytes, randomness: Randomness) -> bytes:  # noqa: ARG002 – the protocol's
        """Return the bytes of a frame; see `Dialect`."""
        text = _header(self.version, frame.command) + frame.payload
        return pack_55aa(replace(frame, payload=ecb_encrypt(key, text) if text else b""), key)

    def decode(self, raw: bytes, key: bytes, *, retcode: bool = False) -> Frame:
        """Return the frame in the bytes; see `Dialect`."""
        frame = unpack_55aa(raw, key, retcode=retcode)
        text = ecb_decrypt(key, frame.payload) if frame.payload else b""
        return replace(frame, payload=_without_header(self.version, text))


@dataclass(frozen=True, slots=True)
class Dialect35:
    """6699 frames: AES-GCM over return code, version header and payload, a session key."""

    version: str = "3.5"

    def encode(self, frame: Frame, key: bytes, randomness: Randomness) -> bytes:
        """Return the bytes of a frame; see `Dialect`."""
        text = _header(self.version, frame.command) + frame.payload
        return pack_6699(replace(frame, payload=text), key, randomness(NONCE))

    def decode(self, raw: bytes, key: bytes, *, retcode: bool = False) -> Frame:
        """Return the frame in the bytes; see `Dialect`."""
        frame = unpack_6699(raw, key, retcode=retcode)
        return replace(frame, payload=_without_header(self.version, frame.payload))


def _header(version: str, command: int) -> bytes:
    """Return what stands before the payload: of a device's frames, reports alone have it."""
    return version.encode() + _HEADER_REST if command == Command.STATUS else b""


def _without_header(version: str, text: bytes) -> bytes:
    skipped = len(version) + len(_HEADER_REST)
    return text[skipped:] if text.startswith(version.encode()) else text


DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        dialect.version: dialect
        for dialect in (Dialect31(), Dialect33("3.2"), Dialect33(), Dialect34(), Dialect35())
    }
)
