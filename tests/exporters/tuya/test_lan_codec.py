"""Whatever a device puts into a frame, sealed as it should be: reading it never raises."""

import json
import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sothat.exporters.tuya.failure import CODES
from sothat.exporters.tuya.lan.codec import Codec, Message
from sothat.exporters.tuya.lan.frames import RawFrame, Splitter
from sothat.simulator.wire.dialects import DIALECTS
from sothat.simulator.wire.frames import Frame

from .peers import KEY, VERSIONS, device

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)
LIKELY = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("dps", "data", "cid", "Err", "t", "reqType"), JSON)
)
PAYLOADS = st.binary(max_size=200) | (JSON | LIKELY).map(lambda said: json.dumps(said).encode())


@pytest.mark.parametrize("version", VERSIONS)
@example(payload=b'{"Err": Infinity}', command=10, sequence=1)
@given(payload=PAYLOADS, command=st.integers(0, 70), sequence=st.integers(0, 2**32 - 1))
def test_nothing_that_is_sealed_well_makes_it_raise(version, payload, command, sequence):
    codec = Codec(device(version=version))
    frame = Frame(sequence, command, payload, 0)
    raw = DIALECTS[version].encode(frame, KEY.encode(), os.urandom)
    (piece,) = Splitter().feed(raw)
    message = codec.read(piece)
    assert isinstance(message, Message)
    assert isinstance(message.cid, str)
    assert all(isinstance(number, str) for number in message.points)
    assert message.failure is None or message.failure.code in CODES


@pytest.mark.parametrize("version", VERSIONS)
@given(damage=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=5))
def test_nothing_that_is_damaged_makes_it_raise(version, damage):
    codec = Codec(device(version=version))
    said = b'{"dps":{"1":true,"19":1234}}'
    raw = bytearray(DIALECTS[version].encode(Frame(5, 10, said, 0), KEY.encode(), os.urandom))
    for at, value in damage:
        raw[at % len(raw)] = value
    for piece in Splitter().feed(bytes(raw)):
        if isinstance(piece, RawFrame):
            codec.read(piece)


@pytest.mark.parametrize("dps", [[1], "x", 7, None, {}])
@pytest.mark.parametrize("wrap", [lambda dps: {"data": {"dps": dps}}, lambda dps: {"dps": dps}])
def test_points_that_are_no_mapping_are_none(dps, wrap):
    assert Message(8, 0, wrap(dps)).points == {}


def test_a_codec_does_not_show_its_key():
    codec = Codec(device())
    assert KEY not in repr(codec)
    assert KEY not in repr(codec._wire)


def test_a_device_without_a_key_is_not_looked_up_in_files():
    with pytest.raises(ValueError, match="no key"):
        Codec(device(key=""))
