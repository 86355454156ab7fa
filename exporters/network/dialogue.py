"""Lines said and heard on a connection: a banner, a greeting, STARTTLS."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sothat.exporters.network.expressions import EXPRESSION_SCHEMA, Expression, expression
from sothat.exporters.network.findings import Findings
from sothat.exporters.network.line import Line
from sothat.exporters.source import Log, PollFailed, Settings

_MOST_HEARD = 64 * 1024
_AT_ONCE = 16 * 1024

DIALOGUE_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "minItems": 1,
    "maxItems": 50,
    "description": "What is said and heard, in order.",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {
            "expect": EXPRESSION_SCHEMA,
            "send": {"type": "string"},
            "starttls": {"type": "boolean", "default": False},
        },
    },
}


@dataclass(frozen=True, slots=True)
class Turn:
    """Wait for a line, say something, begin TLS; each where it is wanted, in this order.

    Attributes:
        answer: What must come back then, byte for byte.
    """

    expect: Expression | None = None
    send: bytes = b""
    answer: bytes = b""
    starttls: bool = False


def open_dialogue(settings: Settings) -> Sequence[Turn]:
    """Return the setting ``dialogue``.

    Raises:
        Unusable: An expression in it is none.
    """
    count = len(settings.values.get("dialogue", ()))
    return [*_turns(settings, count)]


def _turns(settings: Settings, count: int) -> Iterator[Turn]:
    for number in range(count):
        own = Settings(settings.document, [*settings.path, "dialogue", number])
        said = f"{own.values['send']}\r\n".encode() if "send" in own.values else b""
        starttls = own.values.get("starttls", False)
        yield Turn(expression(own, "expect"), said, starttls=starttls)


class Conversation:
    """A dialogue on a connection."""

    def __init__(self, line: Line, findings: Findings, log: Log) -> None:
        self._line = line
        self._findings = findings
        self._log = log
        self._heard = bytearray()
        self._total = 0

    def hold(self, turns: Sequence[Turn], secure: Callable[[int], None]) -> None:
        """Go through the turns.

        Args:
            turns: In order.
            secure: Begins TLS on the connection, in the turn of this number.

        Raises:
            PollFailed: The other side does not say what is expected.
            OSError: The connection broke, or the time is up.
        """
        for number, turn in enumerate(turns):
            if turn.expect:
                self._expect(turn.expect)
            if turn.send:
                self._log("sending", text=repr(turn.send[:80]))
                self._line.write(turn.send)
            if turn.answer:
                self._answered(turn.answer)
            if turn.starttls:
                self._nothing_left()
                secure(number)

    def _answered(self, wanted: bytes) -> None:
        while len(self._heard) < len(wanted):
            more = self._line.read(len(wanted) - len(self._heard))
            if not more:
                raise PollFailed("reset", "the connection ended in the middle")
            self._heard += more
        found, self._heard = bytes(self._heard), bytearray()
        if found != wanted:
            raise PollFailed("protocol", f"answered {found!r} instead of {wanted!r}")

    def _expect(self, wanted: Expression) -> None:
        self._findings.add("probe_failed_due_to_regex", 1)
        while (heard := self._next_line()) is not None:
            if wanted.search(heard):
                self._log("heard", line=repr(heard[:200]))
                self._findings.add("probe_failed_due_to_regex", 0)
                return
        raise PollFailed("content", f"the connection ended without {wanted.text!r}")

    def _next_line(self) -> str | None:
        while (end := self._heard.find(b"\n")) < 0:
            more = self._line.read(_AT_ONCE)
            self._total += len(more)
            if not more:
                return self._rest()
            if self._total > _MOST_HEARD:
                raise PollFailed("size", f"more than {_MOST_HEARD} bytes without what is expected")
            self._heard += more
        line = bytes(self._heard[:end])
        del self._heard[: end + 1]
        return line.decode("utf-8", "replace").rstrip("\r")

    def _rest(self) -> str | None:
        """Return what came after the last end of a line."""
        rest, self._heard = bytes(self._heard), bytearray()
        return rest.decode("utf-8", "replace") if rest else None

    def _nothing_left(self) -> None:
        if self._heard:
            # What was said in clear must not count as said under TLS.
            raise PollFailed("protocol", "the server went on in clear after it was asked for TLS")
