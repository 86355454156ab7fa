"""What everything that hears has to do with what comes in: genuine, forged, old, or nonsense."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from sothat.incidents.conversation.gestures import Gesture, Heard, Listener, Refusal
from sothat.incidents.kit.overhearing import ContractBroken, keep, overhearing
from sothat.incidents.times import SECOND

_NONSENSE = (
    b"",
    b"payload=",
    b"{",
    b"\x00\xff\xfe",
    b"a=" + b"[" * 5000,
    b"&" * 5000,
    b"payload=[]",
)
_UNSIGNED = (400, 401, 403)


@dataclass(frozen=True, slots=True)
class Hearing:
    """A listener, and a way to make requests as its provider does.

    Attributes:
        sign: Returns a request with a body as the provider would sign it at ``now``.
        genuine: The body of a request in which somebody wants something.
        signature: The header with the signature, in lower case.
        secrets: What must be in no log line and no refusal.
        window: Seconds after which a request is too old; None: the signature does not tell.
        now: A moment, nanoseconds.
    """

    listener: Listener
    sign: Callable[[bytes, int], Heard]
    genuine: bytes
    signature: str
    secrets: tuple[str, ...] = ()
    window: int | None = None
    now: int = field(default=1_767_700_800 * SECOND)


def check_heard(hearing: Hearing) -> None:
    """Check that a genuine request is a gesture, with a key that is the same each time."""
    first, again = (_hear(hearing, _genuine(hearing)) for _ in range(2))
    if isinstance(first, Refusal) or not first:
        raise ContractBroken(f"a genuine request was not heard: {first!r}")
    if first != again or not all(gesture.key for gesture in first):
        raise ContractBroken("the same request twice has no key by which that is known")


def check_forged(hearing: Hearing) -> None:
    """Check that what the provider has not signed is refused."""
    for heard in _forgeries(hearing):
        refusal = _hear(hearing, heard)
        if not isinstance(refusal, Refusal) or refusal.status not in _UNSIGNED:
            raise ContractBroken(f"a forged request was heard: {refusal!r}")


def check_stale(hearing: Hearing) -> None:
    """Check that a request that is too old, or from the future, is refused."""
    if hearing.window is None:
        return
    for seconds in (hearing.window + 1, -hearing.window - 1):
        genuine = _genuine(hearing)
        refusal = _hear(hearing, replace(genuine, now=genuine.now + seconds * SECOND))
        if not isinstance(refusal, Refusal):
            raise ContractBroken(f"a request was heard that is off by {seconds} s")


def check_nonsense(hearing: Hearing) -> None:
    """Check that nothing that a provider may send makes a listener raise."""
    for body in _NONSENSE:
        _hear(hearing, hearing.sign(body, hearing.now))


def _genuine(hearing: Hearing) -> Heard:
    return hearing.sign(hearing.genuine, hearing.now)


def _forgeries(hearing: Hearing) -> Iterator[Heard]:
    genuine, name = _genuine(hearing), hearing.signature
    given = genuine.headers[name]
    without = {key: value for key, value in genuine.headers.items() if key != name}
    yield replace(genuine, headers=without)
    for forged in (
        "",
        "v0=",
        given[:-1],
        f"{given}0",
        given.swapcase() + "!",
        "\udc80é",
        "0" * 5000,
    ):
        yield replace(genuine, headers={**without, name: forged})
    yield replace(genuine, body=genuine.body + b"&more=1")
    yield replace(genuine, body=genuine.body.replace(b"7", b"8"))
    yield replace(genuine, body=b"")


def _hear(hearing: Hearing, heard: Heard) -> tuple[Gesture, ...] | Refusal:
    with overhearing(hearing.secrets):
        result = hearing.listener.hear(heard)
    keep(hearing.secrets, repr(result), "what was heard")
    return result


HEARING_CHECKS: tuple[Callable[[Hearing], None], ...] = (
    check_heard,
    check_forged,
    check_stale,
    check_nonsense,
)
