"""Frames out of streams that are split, joined and full of noise."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from sothat.simulator.wire.frames import HEADER_6699, Frame, pack_55aa, pack_6699
from sothat.simulator.wire.scanner import MAX_LENGTH, Scanner

KEY = b"0123456789abcdef"
FRAME = st.builds(
    lambda payload, sealed: (
        pack_6699(Frame(1, 9, payload), KEY, bytes(12))
        if sealed
        else pack_55aa(Frame(1, 9, payload))
    ),
    st.binary(max_size=300).filter(lambda payload: b"\x00\x00" not in payload),
    st.booleans(),
)
# Noise that no beginning of a frame can be in.
NOISE = st.binary(max_size=60).map(lambda noise: noise.replace(b"\x00", b"\x01"))


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[a:b] for a, b in pairwise(places)]


@given(st.lists(st.tuples(NOISE, FRAME), max_size=6), NOISE, st.lists(st.integers(0), max_size=12))
def test_every_frame_is_found_however_the_stream_is_cut(
    parts: list[tuple[bytes, bytes]], rest: bytes, cuts: list[int]
) -> None:
    stream = b"".join(noise + frame for noise, frame in parts) + rest
    scanner = Scanner()
    found = [raw for piece in pieces(stream, cuts) for raw in scanner.feed(piece)]
    assert found == [frame for _, frame in parts]


@given(st.lists(st.binary(max_size=200), max_size=30))
def test_nothing_that_is_no_frame_breaks_the_scanner(chunks: list[bytes]) -> None:
    scanner = Scanner()
    for chunk in chunks:
        list(scanner.feed(chunk))
    frame = pack_55aa(Frame(1, 9, b"after the noise"))
    # A claim in the noise may swallow what follows, but no more than one frame's worth.
    found = [raw for _ in range(MAX_LENGTH // len(frame) + 2) for raw in scanner.feed(frame)]
    assert frame in found


@given(st.binary(min_size=1, max_size=64))
def test_memory_is_bounded(chunk: bytes) -> None:
    scanner = Scanner()
    for start in (b"\x00\x00\x55\xaa" + bytes(8) + MAX_LENGTH.to_bytes(4, "big"), b""):
        list(scanner.feed(start))
        for _ in range(2 * MAX_LENGTH // len(chunk)):
            list(scanner.feed(chunk))
            assert len(scanner._buffer) <= MAX_LENGTH + HEADER_6699.size + 4 + len(chunk)


def test_an_oversized_claim_is_passed_over() -> None:
    claim = b"\x00\x00\x55\xaa" + bytes(8) + (MAX_LENGTH + 1).to_bytes(4, "big")
    frame = pack_55aa(Frame(1, 9, b"next"))
    assert list(Scanner().feed(claim + frame)) == [frame]


def test_a_frame_without_its_suffix_is_passed_over() -> None:
    frame = pack_55aa(Frame(1, 9, b"next"))
    broken = pack_55aa(Frame(1, 9, b"this"))[:-4] + b"oops"
    assert list(Scanner().feed(broken + frame)) == [frame]
