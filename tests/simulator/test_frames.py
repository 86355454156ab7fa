"""Our frames against tinytuya's own encoder and decoder."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.simulator.wire.ciphers import WrongKey
from sothat.simulator.wire.frames import (
    Corrupt,
    Frame,
    pack_55aa,
    pack_6699,
    unpack_55aa,
    unpack_6699,
)
from tinytuya.core import header as tuya_header
from tinytuya.core.message_helper import TuyaMessage, pack_message, unpack_message

UINT32 = st.integers(0, 2**32 - 1)
KEY = st.binary(min_size=16, max_size=16)
# The client refuses frames that claim more than 1440 bytes.
PAYLOAD = st.binary(max_size=1300)
DEVICE_FRAME = st.builds(Frame, UINT32, UINT32, PAYLOAD, UINT32)
CLIENT_FRAME = st.builds(Frame, UINT32, UINT32, PAYLOAD)


def from_tinytuya(message: TuyaMessage) -> Frame:
    return Frame(message.seqno, message.cmd, message.payload, message.retcode)


@given(frame=DEVICE_FRAME, key=st.none() | KEY)
def test_tinytuya_reads_our_55aa_frames(frame: Frame, key: bytes | None) -> None:
    message = unpack_message(pack_55aa(frame, key), hmac_key=key)
    assert message.crc_good
    assert from_tinytuya(message) == frame


@given(frame=DEVICE_FRAME, key=KEY, nonce=st.binary(min_size=12, max_size=12))
def test_tinytuya_reads_our_6699_frames(frame: Frame, key: bytes, nonce: bytes) -> None:
    message = unpack_message(pack_6699(frame, key, nonce), hmac_key=key)
    assert message.crc_good
    assert from_tinytuya(message) == frame


@given(frame=CLIENT_FRAME, key=st.none() | KEY)
def test_we_read_tinytuyas_55aa_frames(frame: Frame, key: bytes | None) -> None:
    sent = TuyaMessage(frame.sequence, frame.command, 0, frame.payload, 0)
    assert unpack_55aa(pack_message(sent, hmac_key=key), key) == frame


@given(frame=CLIENT_FRAME, key=KEY)
def test_we_read_tinytuyas_6699_frames(frame: Frame, key: bytes) -> None:
    prefix = tuya_header.PREFIX_6699_VALUE
    number, command = frame.sequence, frame.command
    sent = TuyaMessage(number, command, None, frame.payload, 0, prefix=prefix, iv=True)
    assert unpack_6699(pack_message(sent, hmac_key=key), key) == frame


@given(frame=DEVICE_FRAME, key=KEY)
def test_each_frame_is_read_back(frame: Frame, key: bytes) -> None:
    assert unpack_55aa(pack_55aa(frame), retcode=True) == frame
    assert unpack_55aa(pack_55aa(frame, key), key, retcode=True) == frame
    assert unpack_6699(pack_6699(frame, key, bytes(12)), key, retcode=True) == frame


@given(frame=DEVICE_FRAME, place=st.integers(0), bit=st.integers(0, 7))
def test_a_changed_bit_is_noticed(frame: Frame, place: int, bit: int) -> None:
    key = b"0123456789abcdef"
    for raw, unpack in (
        (pack_55aa(frame), unpack_55aa),
        (pack_55aa(frame, key), partial(unpack_55aa, key=key)),
        (pack_6699(frame, key, bytes(12)), partial(unpack_6699, key=key)),
    ):
        changed = bytearray(raw)
        # The prefix is the scanner's to check.
        changed[4 + place % (len(raw) - 4)] ^= 1 << bit
        with pytest.raises((Corrupt, WrongKey)):
            unpack(bytes(changed))


@pytest.mark.parametrize("length", range(40))
def test_a_short_frame_is_corrupt(length: int) -> None:
    raw = pack_55aa(Frame(1, 9, b"x" * 64, 0))[:length]
    with pytest.raises(Corrupt):
        unpack_55aa(raw)
    with pytest.raises(Corrupt):
        unpack_6699(raw, b"0123456789abcdef")


def test_a_frame_seen_on_a_real_network() -> None:
    """A heartbeat's answer of a 3.3 plug, from tuyapi's issue 424."""
    raw = bytes.fromhex("000055aa00000000000000090000000c00000000b051ab030000aa55")
    assert unpack_55aa(raw, retcode=True) == Frame(0, 9, b"", 0)
    assert pack_55aa(Frame(0, 9, b"", 0)) == raw


def test_a_frame_without_room_for_its_return_code_is_corrupt() -> None:
    with pytest.raises(Corrupt, match="return code"):
        unpack_55aa(pack_55aa(Frame(1, 9)), retcode=True)
