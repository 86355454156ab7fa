"""Bad answers, in turn: an error text, an unreadable frame, noise without a frame."""

import os

from sothat.simulator.wire.session import MALFORMED, Request, Session

# The end of a frame stays whole, so that it is still taken for one.
_TAIL = 4
_SPOILT = 12


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
    """Return the frame with every bit of its last bytes before the suffix turned over."""
    start, end = len(frame) - _TAIL - _SPOILT, len(frame) - _TAIL
    return frame[:start] + bytes(byte ^ 0xFF for byte in frame[start:end]) + frame[end:]
