"""Where things stand in an expression: promql-parser's nodes carry no positions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
      | (?P<range>\[[^\]]*\])
      | (?P<word>[a-zA-Z_:][a-zA-Z0-9_:.]*)
      | (?P<number>0[xX][0-9a-fA-F]+|[0-9][0-9a-zA-Z_.]*(?:[eE][-+]?[0-9]+)?|\.[0-9]+)
      | (?P<sign>==|!=|>=|<=|=~|!~|[-+*/%^<>=(){},@])
      | (?P<space>\s+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression and its offset."""

    kind: str
    text: str
    offset: int


def tokens(expression: str) -> Iterator[Token]:
    """Yield the pieces of an expression, white space and comments left out."""
    for match in _TOKEN.finditer(expression):
        kind = match.lastgroup or "other"
        if kind not in ("space", "comment"):
            yield Token(kind, match.group(), match.start())


class Locator:
    """Finds each word of an expression in the order in which the tree is walked.

    The walk visits selectors, calls and operators in source order, so a cursor over the tokens is
    enough; a word that is not found again leaves the cursor where it is.
    """

    def __init__(self, expression: str) -> None:
        self._tokens = tuple(tokens(expression))
        self._cursor = 0

    @property
    def offset(self) -> int:
        """Return the offset of the last word found."""
        if not self._tokens:
            return 0
        return self._tokens[max(0, self._cursor - 1)].offset

    def advance(self, text: str) -> int:
        """Move to the next token of this text (or a string that holds it); return its offset."""
        for index in range(self._cursor, len(self._tokens)):
            token = self._tokens[index]
            quoted = token.kind == "string" and token.text[1:-1] == text
            if token.text == text or quoted:
                self._cursor = index + 1
                return token.offset
        return self.offset

    def peek(self, text: str, start: int) -> int:
        """Return the offset of the next token of this text at or after one; else that one."""
        for token in self._tokens:
            if token.offset >= start and token.text in (text, f'"{text}"'):
                return token.offset
        return start

    def peek_range(self, start: int) -> int:
        """Return the offset of the next ``[…]`` at or after an offset; else that one."""
        for token in self._tokens:
            if token.offset >= start and token.kind == "range":
                return token.offset
        return start
