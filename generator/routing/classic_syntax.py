"""The syntax of matchers that every release of Alertmanager reads, as its ``pkg/labels`` has it."""

import re
from collections.abc import Iterator

from sothat.generator.routing.matcher import Matcher, Operator, matcher

# Go's \s is these five.
_SPACE = r"[\t\n\f\r ]*"
_MATCHER = re.compile(
    rf"{_SPACE}([a-zA-Z_:][a-zA-Z0-9_:]*){_SPACE}(=~|=|!=|!~){_SPACE}(.*?){_SPACE}\Z", re.DOTALL
)
_ESCAPED = {"n": "\n", '"': '"', "\\": "\\"}


def parse_matchers(text: str) -> list[Matcher]:
    """Return the matchers of a list, the braces around it optional.

    Raises:
        ValueError: It is no such list.
    """
    return [_parse(part) for part in _parts(text.removeprefix("{").removesuffix("}"))]


def _parts(text: str) -> Iterator[str]:
    """Yield what stands between commas outside of quotes."""
    part = ""
    quoted = escaped = False
    for character in text:
        if character == "," and not quoted:
            yield part
            part = ""
            continue
        if character == '"':
            quoted ^= not escaped
            escaped = False
        elif character != ",":
            escaped = character == "\\" and not escaped
        part += character
    if part.strip():
        yield part.strip()


def _parse(text: str) -> Matcher:
    found = _MATCHER.match(text)
    if not found:
        raise ValueError(f"bad matcher format: {text}")
    name, operator, value = found.groups()
    return matcher(name, Operator(operator), _unquoted(value))


def _unquoted(written: str) -> str:
    """Return a value without its quotes; spurious escapes stand for themselves."""
    quoted = written.startswith('"')
    body = written[1:] if quoted else written
    if quoted:
        if not _ends_with_quote(body):
            raise ValueError(f"matcher value contains unescaped double quote: {written}")
        body = body[:-1]
    return "".join(_unescaped(body, written))


def _ends_with_quote(body: str) -> bool:
    before = body[:-1]
    backslashes = len(before) - len(before.rstrip("\\"))
    return body.endswith('"') and backslashes % 2 == 0


def _unescaped(body: str, written: str) -> Iterator[str]:
    characters = iter(body)
    for character in characters:
        if character == '"':
            raise ValueError(f"matcher value contains unescaped double quote: {written}")
        if character != "\\":
            yield character
            continue
        following = next(characters, "")
        yield _ESCAPED.get(following, f"\\{following}")
