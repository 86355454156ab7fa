"""When within its interval Prometheus evaluates a group: a hash of the group's name and file says.

Two layouts of labels are hashed, by release; which one a server has shows in when it last evaluated
the group.
"""

from collections.abc import Iterable
from datetime import datetime

from sothat.runtime.prometheus_answers import RuleGroup

_MASK = (1 << 64) - 1
_P1, _P2, _P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
_P4, _P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
_STRIPE = 32
_NANOSECONDS = 1_000_000_000
# An evaluation begins when its moment has come, and on a busy machine a little later.
_LATE = 5 * _NANOSECONDS


def offset_of(group: RuleGroup) -> int | None:
    """Return by how many milliseconds a group's evaluations follow multiples of its interval.

    None: the server's own last evaluation does not bear out what we know of it.
    """
    interval = round(group.interval * _NANOSECONDS)
    last = _nanoseconds(group.last_evaluation)
    if not interval or last <= 0:
        return None
    late = {(last - hashed) % interval: hashed % interval for hashed in _hashes(group)}
    return late[min(late)] // 1_000_000 if min(late) < _LATE else None


def _hashes(group: RuleGroup) -> Iterable[int]:
    pairs = (("file", group.file), ("name", group.name))
    separated = b"".join(k.encode() + b"\xff" + v.encode() + b"\xff" for k, v in pairs)
    sized = b"".join(_sized(word.encode()) for pair in pairs for word in pair)
    return xxh64(sized), xxh64(separated)


def _sized(word: bytes) -> bytes:
    """Return a word after its length, as Prometheus 3 keeps labels."""
    size = len(word)
    head = bytes([size]) if size < 0xFF else b"\xff" + size.to_bytes(3, "little")  # noqa: PLR2004
    return head + word


def _nanoseconds(text: str) -> int:
    """Return the nanoseconds since the epoch of an RFC 3339 time; 0 where it is none."""
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1_000_000) * 1_000
    except (ValueError, OverflowError):
        return 0


def xxh64(data: bytes) -> int:
    """Return the 64-bit xxHash of bytes, with seed 0."""
    size, at = len(data), 0
    if size >= _STRIPE:
        lanes = [(_P1 + _P2) & _MASK, _P2, 0, -_P1 & _MASK]
        while at + _STRIPE <= size:
            lanes = [_round(lane, _word(data, at + 8 * n)) for n, lane in enumerate(lanes)]
            at += _STRIPE
        total = sum(_rotated(lane, by) for lane, by in zip(lanes, (1, 7, 12, 18), strict=True))
        for lane in lanes:
            total = ((total ^ _round(0, lane)) * _P1 + _P4) & _MASK
    else:
        total = _P5
    return _avalanche(_tail((total + size) & _MASK, data[at:]))


def _round(lane: int, word: int) -> int:
    return _rotated((lane + word * _P2) & _MASK, 31) * _P1 & _MASK


def _rotated(value: int, by: int) -> int:
    value &= _MASK
    return (value << by | value >> (64 - by)) & _MASK


def _word(data: bytes, at: int, size: int = 8) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _tail(total: int, rest: bytes) -> int:
    """Take in what is left of the data: words of eight bytes, one of four, single ones."""
    at = 0
    while at + 8 <= len(rest):
        total = (_rotated(total ^ _round(0, _word(rest, at)), 27) * _P1 + _P4) & _MASK
        at += 8
    if at + 4 <= len(rest):
        mixed = total ^ (_word(rest, at, 4) * _P1 & _MASK)
        total = (_rotated(mixed, 23) * _P2 + _P3) & _MASK
        at += 4
    for byte in rest[at:]:
        total = _rotated(total ^ (byte * _P5 & _MASK), 11) * _P1 & _MASK
    return total


def _avalanche(total: int) -> int:
    total = (total ^ total >> 33) * _P2 & _MASK
    total = (total ^ total >> 29) * _P3 & _MASK
    return total ^ total >> 32
