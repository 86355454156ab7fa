"""Hand-written notes by section, so that each is woven in at its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(r"##[ \t]+(?P<title>.+?)[ \t]*#*[ \t]*$")
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the notes below a heading of the second level; no title: what comes before any."""

    title: str
    text: str


def sections_of(text: str) -> tuple[Section, ...]:
    """Return the sections in order; of two of one title the texts are joined.

    Nothing is lost: every line is part of a section, but for the headings themselves.
    """
    found: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for title, line in _lines(text):
        titles.setdefault(title.casefold(), title)
        found.setdefault(title.casefold(), []).append(line)
    made = (Section(titles[key], "\n".join(lines).strip("\n")) for key, lines in found.items())
    return tuple(section for section in made if section.title or section.text.strip())


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield each line with its section's title; a heading's own line is blank."""
    title, fence = "", ""
    for line in text.splitlines():
        fence = _fence_after(fence, line)
        heading = None if fence else _HEADING.match(line)
        if heading:
            title = heading["title"]
        yield title, "" if heading else line


def _fence_after(fence: str, line: str) -> str:
    """Return the fence that is open after a line, empty for none."""
    found = _FENCE.match(line)
    if not found:
        return fence
    if not fence:
        return found["fence"]
    ends = line.strip() == found["fence"] and found["fence"].startswith(fence)
    return "" if ends else fence
