"""The few pieces of Markdown that the pages are made of."""

import re
from collections.abc import Iterable, Sequence

NOTE = "<!-- Compiled by sothat from the catalogue and runbooks/: edit those, and build again. -->"
_NO_PART_OF_A_SLUG = re.compile(r"[^\w\- ]", re.UNICODE)
_FENCE = re.compile(r"`{3,}")


def joined(blocks: Iterable[str]) -> str:
    """Return blocks as a text, a blank line between two, empty ones left out."""
    return "\n\n".join(stripped for block in blocks if (stripped := block.strip("\n"))) + "\n"


def link(text: str, target: str) -> str:
    """Return a link."""
    return f"[{text}]({target})"


def page_link(name: str) -> str:
    """Return a link to a page by its name."""
    return link(name, f"{name}.md")


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Return a table of names and values, those without a value left out."""
    lines = [f"| {name} | {_cell(value)} |" for name, value in rows if value]
    return "\n".join(["| | |", "|---|---|", *lines])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str, language: str) -> str:
    """Return a fenced block whose fence is longer than any within."""
    longest = max((len(found) for found in _FENCE.findall(text)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.strip()}\n{fence}"


def bullets(items: Iterable[str]) -> str:
    """Return a list."""
    return "\n".join(f"- {indented(item)}" for item in items)


def numbered(items: Sequence[str]) -> str:
    """Return a numbered list; an item may have paragraphs and blocks of code."""
    parts = [f"{number}. {indented(item)}" for number, item in enumerate(items, 1)]
    return ("\n\n" if any("\n\n" in part for part in parts) else "\n").join(parts)


def indented(text: str) -> str:
    """Return a text whose lines but the first stand further right, as within an item of a list.

    By four, which every reader of Markdown takes as part of the item.
    """
    first, *rest = text.strip().splitlines()
    return "\n".join([first, *(f"    {line}" if line.strip() else "" for line in rest)])


def slug(heading: str) -> str:
    """Return the anchor of a heading, as browsers of repositories and our site make it."""
    words = _NO_PART_OF_A_SLUG.sub("", heading.strip().lower())
    return words.replace(" ", "-")
