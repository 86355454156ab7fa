"""Links of Markdown: what they lead to, and where a page may be led to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from sothat.generator.conventions import BOARD_PATH
from sothat.generator.runbooks.markdown import slug
from sothat.generator.values import Values

BOARD = "board:"
_BOARD_LINK = re.compile(r"\[(?P<text>[^\]\n]*)\]\(board:(?P<uid>[\w-]+)\)")


@dataclass(frozen=True, slots=True)
class Fence:
    """A block of code: its language, its text, and the line of its first line, from 0."""

    language: str
    text: str
    line: int


def with_boards(text: str, values: Values) -> str:
    """Return a page whose links to boards (``board:UID``) lead to Grafana.

    Where an environment has no Grafana, the text of such a link stands alone.
    """
    base = values.url("grafana")
    shown = rf"[\g<text>]({base}{BOARD_PATH}\g<uid>)" if base else r"\g<text>"
    return _BOARD_LINK.sub(shown, text)


def targets(text: str) -> Iterator[str]:
    """Yield what the links and images of a Markdown text lead to, as written."""
    if "[" not in text and "<" not in text:  # most texts of steps: spares the parser
        return
    for token in _inline(_parse(text)):
        target = token.attrGet("href" if token.type == "link_open" else "src")
        if token.type in ("link_open", "image") and target is not None:
            yield str(target)


def anchors(text: str) -> frozenset[str]:
    """Return the anchors of a page's headings; of two the same the second gets ``_1``."""
    found: set[str] = set()
    for token, following in pairwise(_parse(text)):
        if token.type == "heading_open":
            found.add(_unique(slug(_plain(following)), found))
    return frozenset(found)


def fences(text: str) -> Iterator[Fence]:
    """Yield the blocks of code of a Markdown text."""
    if "```" not in text and "~~~" not in text:  # most texts of steps: spares the parser
        return
    for token in _parse(text):
        if token.type == "fence" and token.map:
            yield Fence(token.info.strip().split(" ")[0], token.content, token.map[0] + 1)


class _Parser(MarkdownIt):
    """Takes links as written: dangerous schemes are for the check to name, not to pass as text."""

    def validateLink(self, url: str) -> bool:  # noqa: N802, ARG002 – the parser's name
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 – the parser's name
        return url


def _parse(text: str) -> list[Token]:
    parser = _Parser("commonmark").enable("table")
    return parser.parse(text)


def _inline(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or ()


def _plain(token: Token) -> str:
    return "".join(child.content for child in token.children or ())


def _unique(name: str, taken: set[str]) -> str:
    number, wanted = 0, name
    while wanted in taken:
        number += 1
        wanted = f"{name}_{number}"
    return wanted
