"""Bad answers, in turn: an error text, an unreadable frame, noise without a frame."""

import os

from sothat.simulator.wire.session import MALFORMED, Request, Session

# Header and suffix stay whole, so that it is still taken for a frame.
_HEAD = 20
_TAIL = 4


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
