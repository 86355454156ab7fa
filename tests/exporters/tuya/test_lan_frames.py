"""Frames are found in any stream, however it is cut, and nothing is kept that is none."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.exporters.tuya.lan.frames import MAX_PAYLOAD, Malformed, RawFrame, Splitter
from sothat.simulator.wire.dialects import DIALECTS
from sothat.simulator.wire.frames import Frame

KEY = b"0123456789abcdef"
# No byte of a prefix, so that noise never begins a frame.
NOISE = st.binary(max_size=30).map(lambda data: data.replace(b"\0", b"\1"))


def frame(version, payload):
    return DIALECTS[version].encode(Frame(7, 8, payload, 0), KEY, os.urandom)


@given(
    parts=st.lists(
        st.tuples(NOISE, st.sampled_from(sorted(DIALECTS)), st.binary(max_size=60)), max_size=6
    ),
    cuts=st.lists(st.integers(1, 40), max_size=60),
)
def test_frames_survive_any_cut_and_any_noise(parts, cuts):
    frames = [(noise, frame(version, payload)) for noise, version, payload in parts]
    stream = b"".join(noise + raw for noise, raw in frames)
    splitter, found, at = Splitter(), [], 0
    for size in [*cuts, len(stream)]:
        found += splitter.feed(stream[at : at + size])
        at += size
    assert [piece.raw for piece in found if isinstance(piece, RawFrame)] == [f[1] for f in frames]
    assert (Malformed.NOISE in found) == any(noise for noise, _ in frames)
    assert not splitter.incomplete


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_nothing_makes_it_raise_or_grow(chunks):
    splitter = Splitter()
    for chunk in chunks:
        list(splitter.feed(chunk + b"\0\0\x55\xaa\0\0\0\1\0\0\0\x0a\x7f\xff\xff\xff"))
    assert len(splitter._buffer) <= MAX_PAYLOAD + 64


@pytest.mark.parametrize("prefix", [b"\0\0\x55\xaa", b"\0\0\x66\x99\0\0"])
def test_a_claim_beyond_all_bounds_is_not_waited_for(prefix):
    claim = prefix + bytes(8) + (MAX_PAYLOAD + 1).to_bytes(4, "big")
    good = frame("3.3", b"x")
    found = list(Splitter().feed(claim + good))
    assert found[0] is Malformed.OVERSIZED
    assert [piece.raw for piece in found if isinstance(piece, RawFrame)] == [good]


def test_a_frame_without_its_end_is_skipped():
    broken = frame("3.3", b"first")[:-1] + b"?"
    good = frame("3.3", b"second")
    found = list(Splitter().feed(broken + good))
    assert [piece.raw for piece in found if isinstance(piece, RawFrame)] == [good]
    assert Malformed.NOISE in found


def test_a_list_of_children_longer_than_tinytuya_takes_is_whole():
    raw = frame("3.4", b"x" * 5000)
    assert [piece.raw for piece in Splitter().feed(raw)] == [raw]
