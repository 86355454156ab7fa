"""The places in an expression where a mutation can be made, found from its tokens."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sothat.generator.typecheck.source import Token, tokens

_LISTS = frozenset(("by", "without", "on", "ignoring", "group_left", "group_right"))
_OPERATORS = frozenset(("and", "or", "unless", "bool", "offset", "inf", "nan", "start", "end"))
_MATCHES = frozenset(("=", "!=", "=~", "!~"))
_OPENING, _CLOSING = "({", ")}"


@dataclass(frozen=True, slots=True)
class Matcher:
    """A label matcher: its name, sign and value."""

    name: Token
    sign: Token
    value: Token


@dataclass(frozen=True, slots=True)
class NameList:
    """``by (a, b)`` and its kin.

    Attributes:
        end: Offset behind it.
    """

    word: Token
    names: tuple[Token, ...]
    end: int

    @property
    def kind(self) -> str:
        """Return the word as the grammar knows it; people write ``ON`` as well."""
        return self.word.text.lower()


@dataclass(frozen=True, slots=True)
class Call:
    """A function or aggregation: its name, and the offsets of its argument list's brackets."""

    name: Token
    open: int
    close: int


class Sites:
    """All places of one expression."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tuple(tokens(text))

    @cached_property
    def lists(self) -> tuple[NameList, ...]:
        """Return the label lists; a ``group_left`` without one has no names."""
        found = []
        for index, token in enumerate(self.tokens):
            if token.text.lower() in _LISTS and token.kind == "word":
                found.append(self._list(index))
        return tuple(found)

    def _list(self, index: int) -> NameList:
        word = self.tokens[index]
        follows = self.tokens[index + 1 :]
        if not follows or follows[0].text != "(":
            return NameList(word, (), word.offset + len(word.text))
        inside = []
        for token in follows[1:]:
            if token.text == ")":
                return NameList(word, tuple(inside), token.offset + 1)
            if token.kind == "word":
                inside.append(token)
        raise AssertionError(f"unclosed list in {self.text}")

    @cached_property
    def matchers(self) -> tuple[Matcher, ...]:
        """Return the label matchers."""
        return tuple(
            Matcher(name, sign, value)
            for name, sign, value in zip(
                self.tokens, self.tokens[1:], self.tokens[2:], strict=False
            )
            if name.kind == "word" and sign.text in _MATCHES and value.kind == "string"
        )

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Return the calls, aggregations included, with the brackets of their arguments."""
        found = []
        for index, token in enumerate(self.tokens):
            if token.kind != "word" or token.text.lower() in _LISTS | _OPERATORS:
                continue
            opening = self._argument_list(index)
            if opening is not None and not self._inside_braces(token):
                found.append(Call(token, opening, self.closing(opening)))
        return tuple(found)

    def _argument_list(self, index: int) -> int | None:
        position = index + 1
        for names in self.lists:
            if position < len(self.tokens) and names.word is self.tokens[position]:
                position = next(
                    (i for i, t in enumerate(self.tokens) if t.offset >= names.end),
                    len(self.tokens),
                )
                if names.kind not in ("by", "without"):
                    return None
                break
        if position < len(self.tokens) and self.tokens[position].text == "(":
            return self.tokens[position].offset
        return None

    def closing(self, opening: int) -> int:
        """Return the offset of the bracket that closes one."""
        depth = 0
        for token in self.tokens:
            if token.offset < opening:
                continue
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
            if depth == 0:
                return token.offset
        raise AssertionError(f"unclosed bracket in {self.text}")

    def _inside_braces(self, wanted: Token) -> bool:
        depth = 0
        for token in self.tokens:
            if token is wanted:
                return depth > 0
            depth += (token.text == "{") - (token.text == "}")
        return False

    @cached_property
    def metrics(self) -> tuple[Token, ...]:
        """Return the metric names of the selectors."""
        names = {n.offset for names in self.lists for n in (names.word, *names.names)}
        names |= {call.name.offset for call in self.calls}
        return tuple(
            token
            for token in self.tokens
            if token.kind == "word"
            and token.offset not in names
            and token.text.lower() not in _OPERATORS
            and not self._inside_braces(token)
        )

    @cached_property
    def ranges(self) -> tuple[Token, ...]:
        """Return the ranges in brackets."""
        return tuple(token for token in self.tokens if token.kind == "range")

    @cached_property
    def comparisons(self) -> tuple[Token, ...]:
        """Return the comparison signs outside of braces."""
        return tuple(
            token
            for token in self.tokens
            if token.text in ("==", "!=", ">", "<", ">=", "<=") and not self._inside_braces(token)
        )

    def selector_end(self, metric: Token) -> int:
        """Return the offset behind a selector: its name and its braces, not its range."""
        end = metric.offset + len(metric.text)
        after = next((t for t in self.tokens if t.offset >= end), None)
        return self.closing(after.offset) + 1 if after and after.text == "{" else end

    def range_after(self, offset: int) -> Token | None:
        """Return the range that directly follows a selector."""
        after = next((t for t in self.tokens if t.offset >= offset), None)
        return after if after and after.kind == "range" else None

    def call_around(self, offset: int, names: frozenset[str]) -> Call | None:
        """Return the innermost call of one of some names around an offset."""
        around = [c for c in self.calls if c.name.text in names and c.open < offset < c.close]
        return max(around, key=lambda call: call.open, default=None)

    def replaced(self, start: int, end: int, text: str) -> str:
        """Return the expression with a part replaced."""
        return self.text[:start] + text + self.text[end:]

    def renamed(self, token: Token, text: str) -> str:
        """Return the expression with a token replaced."""
        return self.replaced(token.offset, token.offset + len(token.text), text)

    def each_list(self, *kinds: str) -> Iterator[NameList]:
        """Yield the label lists of some kinds."""
        return (names for names in self.lists if names.kind in kinds)
