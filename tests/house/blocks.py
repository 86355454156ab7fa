"""The Markdown of the repository as the tests read it: blocks of code, links, headings.

A comment right before a block says what the tests cannot see for themselves::

    <!-- not run: needs an account at a provider -->
    <!-- part of: Exporter collectors -->
    <!-- exit: 1 -->
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from sothat.generator.runbooks.shell import read_shell

ROOT = Path(__file__).parents[2]
_MARK = re.compile(r"<!--\s*([a-z][a-z ]*?):\s*(.*?)\s*-->", re.DOTALL)
_FILE = re.compile(r"`([\w./-]+\.\w+)`")
_EXIT = re.compile(r"\s#\s*exit (\d+)\s*$")
_HTML_ANCHOR = re.compile(r"""\b(?:id|name)=["']([^"']+)["']""")
_PLACEHOLDER = re.compile(r"<[\w-]+>")
_HERE = re.compile(r"<<-?\s*['\"]?(\w+)")
_PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code.

    Attributes:
        line: Of the page, the first of the block's text; 1-based.
        language: What stands after the fence, such as ``yaml``; empty where nothing does.
        text: The block's, without the indentation of a list that holds it.
        marks: What comments right before it say, by their first words.
        lead: The source of the paragraph before it, comments left out.
    """

    page: Path
    line: int
    language: str
    text: str
    marks: Mapping[str, str]
    lead: str

    def __str__(self) -> str:
        """Return its place, as an editor takes it."""
        inside = self.page.is_relative_to(ROOT)
        return f"{self.page.relative_to(ROOT) if inside else self.page.name}:{self.line}"

    @property
    def file(self) -> str:
        """Return the name of the file that it shows: the paragraph before begins with it."""
        named = _FILE.match(self.lead)
        return named[1] if named and self.lead.endswith(":") else ""


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a block, and what the page says of it.

    Attributes:
        line: Of the page; 1-based.
        text: As it would be pasted; lines that a backslash joins are one.
        code: The exit code that a comment ``# exit N`` states, else 0.
        output: The lines after it, in a block of prompts and outputs.
    """

    line: int
    text: str
    code: int = 0
    output: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A link or picture of a page: its target, as written, and the line of its paragraph."""

    page: Path
    line: int
    target: str


def pages(*, problems: bool = True) -> tuple[Path, ...]:
    """Return every page for readers: those at the root, and all below docs/."""
    found = sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
    return tuple(page for page in found if problems or page.parent.name != "problems")


@cache
def blocks(page: Path) -> tuple[Block, ...]:
    """Return the fenced blocks of a page, in their order."""
    tokens, lines = _parsed(page)
    return tuple(_blocks(page, tokens, lines))


def _blocks(page: Path, tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Block]:
    marks: dict[str, str] = {}
    lead = ""
    for token in tokens:
        if token.type == "html_block":
            marks.update(_MARK.findall(token.content))
        elif token.type == "fence":
            start = (token.map or [0])[0] + 2
            language = token.info.strip().partition(" ")[0]
            yield Block(page, start, language, token.content, dict(marks), lead)
            marks, lead = {}, ""
        elif token.type in ("inline", "heading_open", "table_open"):
            first, last = token.map or (0, 0)
            lead = "\n".join(lines[first:last]).strip() if token.type == "inline" else ""
            marks = {}


def commands(block: Block) -> tuple[Command, ...]:
    """Return the commands of a shell's block; ``console`` has prompts and outputs as well."""
    lines = block.text.splitlines()
    if block.language == "console":
        return tuple(_prompted(lines, block.line))
    return tuple(_command(text, line) for line, text in _joined(lines, block.line))


def _prompted(lines: Sequence[str], first: int) -> Iterator[Command]:
    starts = [number for number, line in enumerate(lines) if line.startswith(_PROMPT)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        own = [lines[start].removeprefix(_PROMPT), *lines[start + 1 : end]]
        ((line, text), *_) = _joined(own, first + start)
        taken = text.count("\n") + 1
        made = _command(text, line)
        yield Command(made.line, made.text, made.code, tuple(own[taken:]))


def _joined(lines: Sequence[str], first: int) -> Iterator[tuple[int, str]]:
    """Yield the logical lines that say something; an open quotation or a backslash joins two."""
    pending: list[str] = []
    for number, line in enumerate(lines):
        pending.append(line)
        text = "\n".join(pending)
        if line.endswith("\\") or _open(text):
            continue
        if text.strip() and not text.lstrip().startswith("#"):
            yield first + number + 1 - len(pending), text
        pending = []
    if pending:
        yield first + len(lines) - len(pending), "\n".join(pending)


def _open(text: str) -> bool:
    """Return whether a quotation, a loop or a document within the shell's text goes on."""
    first, _, rest = text.partition("\n")
    if document := _HERE.search(first):
        return document[1] not in rest.splitlines()
    return read_shell(_PLACEHOLDER.sub("PLACEHOLDER", text)).mistake is not None


def _command(text: str, line: int) -> Command:
    stated = _EXIT.search(text)
    return Command(line, text, int(stated[1]) if stated else 0)


@cache
def links(page: Path) -> tuple[Link, ...]:
    """Return the links and pictures of a page."""
    tokens, _ = _parsed(page)
    return tuple(
        Link(page, (token.map or [0])[0] + 1, str(target))
        for token in tokens
        for child in token.children or ()
        if (target := child.attrGet("href") or child.attrGet("src"))
    )


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return what can stand after the ``#`` of a link to a page: its headings' names."""
    found: dict[str, int] = {}
    tokens, _ = _parsed(page)
    named = set(_named_in_html(tokens))
    for title in _titles(tokens):
        plain = slug(title)
        count = found[plain] = found.get(plain, -1) + 1
        named.add(f"{plain}-{count}" if count else plain)
    return frozenset(named)


def _titles(tokens: Sequence[Token]) -> Iterator[str]:
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            shown = (c.content for c in inline.children or () if c.type in ("text", "code_inline"))
            yield "".join(shown)


def _named_in_html(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        for part in (token, *(token.children or ())):
            if part.type in ("html_block", "html_inline"):
                yield from _HTML_ANCHOR.findall(part.content)


def slug(title: str) -> str:
    """Return a heading's anchor: lower case, words and hyphens only, each space a hyphen."""
    plain = unicodedata.normalize("NFC", title).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


@cache
def _parsed(page: Path) -> tuple[tuple[Token, ...], tuple[str, ...]]:
    text = page.read_text(encoding="utf-8")
    parser = MarkdownIt("commonmark").enable("table")
    return tuple(parser.parse(text)), tuple(text.splitlines())
