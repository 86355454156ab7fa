"""The cloud's error codes, told apart by what helps."""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """Why a call failed; the values of the label ``kind``."""

    BUDGET = "budget"  # not made: our own budget forbids it
    TRANSPORT = "transport"  # no answer, or none that is one
    TOKEN = "token"  # noqa: S105 – the token is the trouble
    CLOCK = "clock"
    CREDENTIALS = "credentials"
    PERMISSION = "permission"
    RATE = "rate"
    QUOTA = "quota"
    PLAN = "plan"
    DEVICE = "device"
    REQUEST = "request"
    SERVER = "server"
    OTHER = "other"


# https://developer.tuya.com/en/docs/iot/error-code?id=K989ruxx88swc
_CODES: Mapping[int, Kind] = {
    500: Kind.SERVER,
    1000: Kind.REQUEST,
    1001: Kind.CREDENTIALS,
    1002: Kind.TOKEN,
    1003: Kind.REQUEST,
    1004: Kind.CREDENTIALS,
    1005: Kind.CREDENTIALS,
    1010: Kind.TOKEN,
    1011: Kind.TOKEN,
    1012: Kind.TOKEN,
    1013: Kind.CLOCK,
    1100: Kind.REQUEST,
    1101: Kind.REQUEST,
    1106: Kind.PERMISSION,
    1108: Kind.REQUEST,
    1109: Kind.REQUEST,
    1110: Kind.RATE,
    1111: Kind.SERVER,
    1114: Kind.PERMISSION,  # the address that asks is not on the project's list
    1400: Kind.TOKEN,
    2001: Kind.DEVICE,
    2006: Kind.DEVICE,
    2007: Kind.PERMISSION,
    2009: Kind.DEVICE,
    2017: Kind.DEVICE,
    40000309: Kind.RATE,
    28841002: Kind.PLAN,
    28841004: Kind.QUOTA,
    28841101: Kind.PLAN,
    28841105: Kind.PERMISSION,
    28841106: Kind.PERMISSION,
    28841107: Kind.PERMISSION,
}
# A code that the label does not list would let a cloud that goes mad make series without end.
OTHER_CODE = "other"
HTTP = "http"
_HINTS: Mapping[Kind, str] = {
    Kind.CREDENTIALS: "access id and secret must be those of the project, and of its region",
    Kind.PERMISSION: "the project must be authorised for this API, its devices, and this address",
    Kind.PLAN: "the project's plan or trial has run out: renew it in the console",
    Kind.QUOTA: "the plan's calls are used up: nothing is asked before it is worth a try again",
    Kind.CLOCK: "this machine's clock is off by more than the cloud allows",
}


class CloudFailed(Exception):  # noqa: N818 – it is named for what has happened
    """A call that failed; its text says why, and bears no secret.

    Attributes:
        kind: What helps against it.
        code: The cloud's, as a label's value: ``other`` for those that nobody has listed.
    """

    def __init__(self, kind: Kind, code: str, message: str) -> None:
        self.kind = kind
        self.code = code
        super().__init__(message)


def failure(code: object) -> CloudFailed:
    """Return what an error code of the cloud means; its own words are not passed on.

    They are of no fixed form, and have been seen to hold the request.
    """
    number = code if isinstance(code, int) and not isinstance(code, bool) else None
    kind = _CODES.get(number, Kind.OTHER) if number is not None else Kind.OTHER
    shown = str(number) if number in _CODES else OTHER_CODE
    hint = _HINTS.get(kind, "")
    return CloudFailed(kind, shown, f"the cloud answers {shown}{f': {hint}' if hint else ''}")


def transport(why: str) -> CloudFailed:
    """Return the failure to get any answer of the cloud."""
    return CloudFailed(Kind.TRANSPORT, HTTP, why)
