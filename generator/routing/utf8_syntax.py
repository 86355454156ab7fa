"""The newer syntax of matchers, with any UTF-8 in names, as ``matcher/parse`` has it."""

import re
from collections.abc import Iterator

from sothat.generator.routing.go_quoting import unquote
from sothat.generator.routing.matcher import Matcher, Operator, matcher

# Go's unicode.IsSpace; Python's str.isspace has four separators of ASCII more.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_TOKEN = re.compile(
    rf"""(?P<space>[{_SPACE}]+)|(?P<mark>[{{}},])|(?P<operator>=~|=|!=|!~)
       |(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<plain>[^{_SPACE}{{}}!=~,\\"'`]+)""",
    re.VERBOSE | re.DOTALL,
)
_TEXTS = ("quoted", "plain")
_END = ("end", "")

Token = tuple[str, str]


def parse_matchers(text: str) -> list[Matcher]:
    """Return the matchers of a list, the braces around it optional.

    Raises:
        ValueError: It is no such list.
    """
    tokens = [*_tokens(text), _END]
    if tokens[0] == ("mark", "{"):
        if tokens[-2] != ("mark", "}"):
            raise ValueError(f"{text}: expected close brace")
        tokens = [*tokens[1:-2], _END]
    return _list(tokens)


def _tokens(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if not found:
            raise ValueError(f"0:{position}: {text[position:]}: invalid input")
        position = found.end()
        if found.lastgroup and found.lastgroup != "space":
            yield found.lastgroup, found[0]


def _list(tokens: list[Token]) -> list[Matcher]:
    """Return the matchers of tokens; a comma after the last is allowed, one alone is not."""
    found: list[Matcher] = []
    while tokens[0] != _END:
        found.append(_one(tokens))
        if tokens[0] == ("mark", ","):
            tokens.pop(0)
        elif tokens[0] != _END:
            raise ValueError(f"unexpected {tokens[0][1]}: expected a comma or close brace")
    return found


def _one(tokens: list[Token]) -> Matcher:
    name = _take(tokens, _TEXTS, "label name")
    operator = _take(tokens, ("operator",), "an operator such as '=', '!=', '=~' or '!~'")
    value = _take(tokens, _TEXTS, "label value")
    return matcher(_text(name), Operator(operator[1]), _text(value))


def _take(tokens: list[Token], kinds: tuple[str, ...], wanted: str) -> Token:
    kind, text = tokens[0]
    if kind not in kinds:
        raise ValueError(f"unexpected {text or 'end of input'}: expected {wanted}")
    return tokens.pop(0)


def _text(token: Token) -> str:
    kind, text = token
    return unquote(text) if kind == "quoted" else text
