"""How a device fails: tinytuya's codes told apart by what was seen on the wire."""

from dataclasses import dataclass
from enum import StrEnum, auto

_NO_CONNECTION = 901
# What devices of version 3.3 answer, in the clear, to a request under another key.
_UNREADABLE = b"parse data error"
_CIPHER_BLOCK = 16


class Reason(StrEnum):
    """The values of the label ``reason``."""

    REFUSED = "refused"
    TIMEOUT = "timeout"
    WRONG_KEY = "wrong-key"
    PROTOCOL = "protocol"
    GATEWAY = "gateway"
    OTHER = "other"


class Door(StrEnum):
    """What a bare TCP connection to the device meets."""

    OPEN = auto()
    REFUSED = auto()
    SILENT = auto()
    NO_ROUTE = auto()


class Ending(StrEnum):
    """How the last attempt to read from the device ended."""

    NONE = auto()
    DATA = auto()
    SILENCE = auto()
    CLOSED = auto()
    RESET = auto()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen of a failed request.

    Attributes:
        version: The protocol's.
        heard: Whether any byte came.
        payload: The last frame's payload as it came, encrypted or not.
        intact: Whether that frame's checksum was right.
    """

    version: str
    heard: bool
    ending: Ending
    payload: bytes = b""
    intact: bool = False


class DeviceFailed(Exception):  # noqa: N818 – it is named for what has happened
    """A request that failed; ``code`` is tinytuya's, 0 where it had none."""

    def __init__(self, reason: Reason, code: int = 0) -> None:
        self.reason = reason
        self.code = code
        super().__init__(f"{reason} ({code})")


def needs_door(code: int) -> bool:
    """Return whether only a bare connection can tell what a code means."""
    return code == _NO_CONNECTION


def classify(code: int, evidence: Evidence, door: Door | None = None) -> Reason:
    """Return why a request failed.

    Args:
        code: tinytuya's error code.
        evidence: What was seen of it.
        door: What a bare connection met, for codes that need it.
    """
    match code:
        case 902 | 905:  # no answer, no connection in time
            return Reason.TIMEOUT
        case 901:  # connecting or sending failed
            return _no_connection(door)
        case 914:  # no session could be agreed on
            return _no_session(evidence)
        case 900 | 904 | 908:  # an answer that is no JSON, no frame, or not understood
            return _unreadable(evidence)
        case _:
            return Reason.OTHER


def _no_connection(door: Door | None) -> Reason:
    match door:
        case Door.REFUSED:
            return Reason.REFUSED
        case Door.SILENT:
            return Reason.TIMEOUT
        case Door.OPEN:
            return Reason.PROTOCOL  # it takes connections and breaks them
        case _:
            return Reason.OTHER


def _no_session(evidence: Evidence) -> Reason:
    """Tell a wrong key from silence: tinytuya has one code for both from version 3.4 on."""
    if evidence.ending is Ending.RESET:
        return Reason.PROTOCOL  # mostly another client's connection that is in the way
    if evidence.heard or evidence.ending is Ending.CLOSED:
        return Reason.WRONG_KEY
    return Reason.TIMEOUT


def _unreadable(evidence: Evidence) -> Reason:
    """Tell a wrong key from noise: up to version 3.3, the key is only seen in the answer."""
    if evidence.version >= "3.4" or not evidence.intact:
        return Reason.PROTOCOL  # the session was agreed on, so the key is right
    if _UNREADABLE in evidence.payload:
        return Reason.WRONG_KEY
    encrypted = bool(evidence.payload) and len(evidence.payload) % _CIPHER_BLOCK == 0
    return Reason.WRONG_KEY if encrypted and not evidence.payload.isascii() else Reason.PROTOCOL
