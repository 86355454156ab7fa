"""The compiled runbooks as pages: Markdown without raw HTML, from one folder only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", re.ASCII)
_PAGE = re.compile(r"(?P<name>[A-Za-z0-9][\w-]*)\.md(?P<anchor>(?:#.*)?)", re.ASCII)
_LARGEST = 2 * 1024 * 1024
_SMALLEST_HEADING = 6
# Headings of the compiled pages, under which stands what is done in the first minutes.
_FIRST = ("## First checks", "## Decisions")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Runbook:
    """One page: its name (the alert's), its title and its Markdown."""

    name: str
    title: str
    text: str


class Runbooks:
    """The folder that the compiler wrote; read anew each time, so that a rebuild shows at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names of all runbooks, sorted; none if there is no folder."""
        stems = (path.stem for path in self._folder.glob("*.md"))
        return sorted((stem for stem in stems if _NAME.fullmatch(stem)), key=str.casefold)

    def find(self, name: str) -> Runbook | None:
        """Return a runbook, None if there is none of this name.

        A name is letters, digits, ``_`` and ``-``: there is nothing in it that could lead away
        from the folder.
        """
        if not _NAME.fullmatch(name):
            return None
        try:
            with (self._folder / f"{name}.md").open("rb") as stream:
                text = stream.read(_LARGEST).decode("utf-8", "replace")
        except OSError:
            return None
        return Runbook(name, _title(text) or name, text)


def first_steps(text: str) -> str:
    """Return what a runbook says to do first; all of it if it has no such part."""
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    chosen = [part for part in parts if part.startswith(_FIRST)]
    return "\n".join(chosen) or text


def _title(text: str) -> str:
    match = re.search(r"^#\s+(.+?)\s*$", text, re.MULTILINE)
    return match[1] if match else ""


def render(text: str, shift: int = 0) -> str:
    """Return Markdown as HTML that is safe to show.

    Raw HTML in it is shown as text, comments are left out, links of dangerous schemes are not made.

    Args:
        text: The Markdown.
        shift: By how many levels its headings go down, to fit below the page's own.
    """
    # The renderer is made anew: it costs little and shares nothing between threads. Raw HTML is
    # recognised, so that comments (notes for whoever edits the file, not for whoever is on duty)
    # are told from text; what is no comment is shown escaped.
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    for kind in ("html_block", "html_inline"):
        markdown.add_render_rule(kind, _as_text)
    tokens = markdown.parse(text)
    for link in (child for token in tokens for child in token.children or ()):
        _lead_to_page(link)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + shift, _SMALLEST_HEADING)}"
    html: str = markdown.renderer.render(tokens, markdown.options, {})
    return html


def _lead_to_page(token: Token) -> None:
    """Have a link to another compiled page lead to where that is served."""
    if token.type == "link_open" and (found := _PAGE.fullmatch(str(token.attrGet("href")))):
        token.attrSet("href", f"/runbooks/{found['name']}{found['anchor']}")


def _as_text(_renderer: Any, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    return escape(_COMMENT.sub("", tokens[at].content))
