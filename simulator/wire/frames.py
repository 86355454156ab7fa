"""Frames: 55AA (up to 3.3 with a CRC, 3.4 with an HMAC) and 6699 (3.5, sealed with AES-GCM).

Layouts, all numbers big-endian, ``length`` counting everything after itself up to the suffix
(55AA: suffix included)::

    000055AA sequence:4 command:4 length:4 [retcode:4] payload crc:4|hmac:32 0000AA55
    00006699 0000 sequence:4 command:4 length:4 nonce:12 sealed([retcode:4] payload) tag:16 00009966

Only a device sends return codes.
"""

import hmac
import struct
import zlib
from dataclasses import dataclass

from sothat.simulator.wire.ciphers import NONCE, TAG, WrongKey, gcm_decrypt, gcm_encrypt

PREFIX_55AA = b"\x00\x00\x55\xaa"
SUFFIX_55AA = b"\x00\x00\xaa\x55"
PREFIX_6699 = b"\x00\x00\x66\x99"
SUFFIX_6699 = b"\x00\x00\x99\x66"

HEADER_55AA = struct.Struct(">4s3I")
HEADER_6699 = struct.Struct(">4sH3I")
_RETCODE = struct.Struct(">I")
_CRC = 4
_HMAC = 32


class Corrupt(ValueError):  # noqa: N818 – it is named for what is known
    """The bytes are not a frame: a check sum or the layout is wrong."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame.

    Attributes:
        payload: 55AA: as transported, that is encrypted by the dialect; 6699: in clear.
        retcode: A device's return code, None in a client's frames.
    """

    sequence: int
    command: int
    payload: bytes = b""
    retcode: int | None = None

    @property
    def content(self) -> bytes:
        """Return the return code, if any, and the payload."""
        return self.payload if self.retcode is None else _RETCODE.pack(self.retcode) + self.payload


def pack_55aa(frame: Frame, key: bytes | None = None) -> bytes:
    """Return the bytes of a 55AA frame: an HMAC-SHA256 where there is a key, else a CRC32."""
    check = _HMAC if key else _CRC
    length = len(frame.content) + check + len(SUFFIX_55AA)
    head = HEADER_55AA.pack(PREFIX_55AA, frame.sequence, frame.command, length)
    covered = head + frame.content
    return covered + _check(covered, key) + SUFFIX_55AA


def unpack_55aa(raw: bytes, key: bytes | None = None, *, retcode: bool = False) -> Frame:
    """Return the frame in the bytes of one whole 55AA frame.

    Args:
        raw: The bytes, prefix and suffix included.
        key: The key of the HMAC; None for a CRC.
        retcode: Whether the frame holds a return code, as a device's does.

    Raises:
        Corrupt: The layout or the CRC is wrong.
        WrongKey: The HMAC is wrong.
    """
    end = len(raw) - len(SUFFIX_55AA) - (_HMAC if key else _CRC)
    if end < HEADER_55AA.size:
        raise Corrupt("shorter than a frame can be")
    _, sequence, command, length = HEADER_55AA.unpack_from(raw)
    if length != len(raw) - HEADER_55AA.size or not raw.endswith(SUFFIX_55AA):
        raise Corrupt("the length or the suffix is wrong")
    if not hmac.compare_digest(_check(raw[:end], key), raw[end : -len(SUFFIX_55AA)]):
        raise WrongKey("the HMAC is wrong") if key else Corrupt("the CRC is wrong")
    return _frame(sequence, command, raw[HEADER_55AA.size : end], retcode=retcode)


def pack_6699(frame: Frame, key: bytes, nonce: bytes) -> bytes:
    """Return the bytes of a 6699 frame; the nonce has 12 bytes and is used once."""
    length = NONCE + len(frame.content) + TAG
    head = HEADER_6699.pack(PREFIX_6699, 0, frame.sequence, frame.command, length)
    sealed = gcm_encrypt(key, nonce, frame.content, head[len(PREFIX_6699) :])
    return head + nonce + sealed + SUFFIX_6699


def unpack_6699(raw: bytes, key: bytes, *, retcode: bool = False) -> Frame:
    """Return the frame in the bytes of one whole 6699 frame, its payload in clear.

    Raises:
        Corrupt: The layout is wrong.
        WrongKey: The tag is wrong.
    """
    start, end = HEADER_6699.size + NONCE, len(raw) - len(SUFFIX_6699)
    if end < start + TAG:
        raise Corrupt("shorter than a frame can be")
    _, _, sequence, command, length = HEADER_6699.unpack_from(raw)
    if length != end - HEADER_6699.size or not raw.endswith(SUFFIX_6699):
        raise Corrupt("the length or the suffix is wrong")
    covered = raw[len(PREFIX_6699) : HEADER_6699.size]
    content = gcm_decrypt(key, raw[HEADER_6699.size : start], raw[start:end], covered)
    return _frame(sequence, command, content, retcode=retcode)


def _check(covered: bytes, key: bytes | None) -> bytes:
    if key:
        return hmac.digest(key, covered, "sha256")
    return zlib.crc32(covered).to_bytes(_CRC, "big")


def _frame(sequence: int, command: int, content: bytes, *, retcode: bool) -> Frame:
    if not retcode:
        return Frame(sequence, command, content)
    if len(content) < _RETCODE.size:
        raise Corrupt("no room for the return code")
    (code,) = _RETCODE.unpack_from(content)
    return Frame(sequence, command, content[_RETCODE.size :], code)
