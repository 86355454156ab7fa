"""A source of alerts: its name, its parser, and what a request must show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sothat.incidents.payload import Message

# Returns the message in a body; raises `NotV4` for what is none.
Parse = Callable[[bytes], Message]
# Whether a request is from whom it should be.
Proof = Callable[["Call"], bool]


@dataclass(frozen=True, slots=True)
class Call:
    """A request, as far as it can prove anything.

    Attributes:
        headers: By lower-case name.
        names: The names in the client's verified certificate.
        now: The moment of receipt, nanoseconds.
    """

    headers: Mapping[bytes, bytes]
    body: bytes
    now: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Who sends.

    Attributes:
        name: Part of the identity of its alerts and incidents.
        early: Proofs that need no body, asked before one is read; all must hold.
        late: Proofs that need the body; all must hold.
        challenge: What a refused request is told in ``WWW-Authenticate``.
    """

    name: str
    parse: Parse
    early: tuple[Proof, ...] = ()
    late: tuple[Proof, ...] = ()
    challenge: str = field(default="Bearer")
