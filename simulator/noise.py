"""Answers that are bad, or badly sent."""

import os
from collections.abc import Collection
from dataclasses import dataclass

from sothat.simulator.faults import FaultName
from sothat.simulator.wire.session import MALFORMED, Request, Session

# Header and suffix stay whole, so that it is still taken for a frame.
_HEAD = 20
_TAIL = 4
_PIECE = 7
_GARBAGE = 400
# It claims two gigabytes.
_OVERSIZED = bytes.fromhex("000055aa 00000001 0000000a 7fffffff") + bytes(100)


@dataclass(frozen=True, slots=True)
class Sending:
    """What goes out: pieces, each in a segment of its own, and whether that is the end."""

    pieces: tuple[bytes, ...]
    ends: bool = False


class Mangler:
    """Spoils the answers on one connection, by the faults that a device has."""

    def __init__(self) -> None:
        self._turn = 0
        self._first = b""

    def send(
        self, faults: Collection[str], good: bytes, session: Session, request: Request
    ) -> Sending:
        """Return how an answer is sent by a device with some faults."""
        for fault in faults:
            if sending := self._spoilt(fault, good, session, request):
                return sending
        return Sending((good,))

    def _spoilt(
        self, fault: str, good: bytes, session: Session, request: Request
    ) -> Sending | None:
        """Return how one fault spoils an answer, None where it does not."""
        match fault:
            case FaultName.SPLIT:
                return Sending(_pieces(good))
            case FaultName.CUT_OFF:
                return Sending((good[: len(good) // 2],), ends=True)
        bad = self._other(fault, good, session, request)
        return Sending((bad,)) if bad else None

    def _other(self, fault: str, good: bytes, session: Session, request: Request) -> bytes:
        """Return what goes out instead of an answer, empty where nothing else does."""
        match fault:
            case FaultName.JOINED:
                return session.report({}).data + good + session.report({}).data
            case FaultName.REPLAY:
                self._first = self._first or good
                return self._first
            case FaultName.GARBAGE:
                return os.urandom(_GARBAGE)
            case FaultName.OVERSIZED:
                return _OVERSIZED
            case FaultName.ERROR_BURST:
                self._turn += 1
                return spoil(self._turn, session, request)
        return b""


def spoil(turn: int, session: Session, request: Request) -> bytes:
    """Return the bad answer whose turn it is, counted from 1."""
    error = session.answer(request, MALFORMED, 1).data
    match turn % 3:
        case 1:
            return error
        case 2:
            return _flip(error)
        case _:
            return os.urandom(len(error))


def _flip(frame: bytes) -> bytes:
    """Return the frame with every bit between header and suffix turned over."""
    flipped = bytes(byte ^ 0xFF for byte in frame[_HEAD:-_TAIL])
    return frame[:_HEAD] + flipped + frame[-_TAIL:]


def _pieces(data: bytes) -> tuple[bytes, ...]:
    return tuple(data[at : at + _PIECE] for at in range(0, len(data), _PIECE))
