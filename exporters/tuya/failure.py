"""How a device fails: tinytuya's codes told apart by what was seen on the wire."""

from dataclasses import dataclass
from enum import StrEnum

# tinytuya's codes, as its error helper has them; those that have a name here are raised by us.
NOT_JSON = 900
NO_CONNECTION = 901
NO_ANSWER = 902
UNEXPECTED = 904
OFFLINE = 905
OTHER_KIND = 908
KEY_OR_VERSION = 914
CODES = range(900, 915)
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


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen of an answer that cannot be used.

    Attributes:
        version: The protocol's.
        payload: The frame's payload as it came, encrypted or not.
        intact: Whether the frame's checksum was right.
        legible: Whether the payload, decrypted, was text.
    """

    version: str
    payload: bytes = b""
    intact: bool = False
    legible: bool = False


class DeviceFailed(Exception):  # noqa: N818 – it is named for what has happened
    """A device did not do what was asked.

    Attributes:
        code: tinytuya's, 0 where it has none.
        why: What was seen, for the log; never a key, never what a device has sent.
    """

    def __init__(self, reason: Reason, code: int = 0, why: str = "") -> None:
        self.reason = reason
        self.code = code
        self.why = why
        super().__init__(f"{reason} ({code}): {why}")


def classify(code: int, evidence: Evidence) -> Reason:
    """Return what an error code of tinytuya means, by what was seen of the answer."""
    match code:
        case 902 | 905:  # no answer, no connection in time
            return Reason.TIMEOUT
        case 901:  # the connection broke: one that was refused is told by the system's own word
            return Reason.PROTOCOL
        case 914:
            return Reason.WRONG_KEY
        case 900 | 904 | 908:  # an answer that is no JSON, no frame, or not understood
            return _unreadable(evidence)
        case _:
            return Reason.OTHER


def _unreadable(evidence: Evidence) -> Reason:
    """Tell a wrong key from noise: up to version 3.3, the key is only seen in the answer."""
    if evidence.version >= "3.4" or not evidence.intact:
        return Reason.PROTOCOL  # the session was agreed on, so the key is right
    if _UNREADABLE in evidence.payload:
        return Reason.WRONG_KEY
    if evidence.legible:
        return Reason.PROTOCOL
    encrypted = bool(evidence.payload) and len(evidence.payload) % _CIPHER_BLOCK == 0
    return Reason.WRONG_KEY if encrypted and not evidence.payload.isascii() else Reason.PROTOCOL
