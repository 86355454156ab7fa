"""The page of the gallery: each board, what it answers, its pictures."""

from collections.abc import Sequence
from pathlib import Path

from sothat.generator.boards_built import BuiltBoard

_ROLES = ("executive", "operational", "technical")
_KINDS = {
    "dark-wide": "on a wide screen, dark",
    "light-wide": "on a wide screen, light",
    "dark-phone": "on a phone, dark",
    "light-phone": "on a phone, light",
}
_HEAD = """\
# Gallery

Each board in Grafana 9.4, dark and light: all of it on a screen of 1920 pixels, and the first
screen of a phone of 390. What they show is a history that is made up for the pictures (two
buildings and their platform), so that each panel has something to draw; folded rows are open.
Written by `python tools/gallery --page docs/gallery.md`, which needs a Grafana, Prometheus,
Chromium and the extra `gallery`. What each board is for: [boards](reference/boards.md).

The boards of alerts are made by one pattern; one of them stands for all.
"""


def page(boards: Sequence[BuiltBoard], pictures: Path) -> str:
    """Return the page as Markdown; a board without pictures is left out."""
    parts = [_HEAD]
    for role in _ROLES:
        parts.append(f"\n## {role.capitalize()}\n")
        for board in boards:
            if board.folder.name == role and (shown := _shown(board, pictures)):
                content = board.content
                parts.append(f"\n### {content['title']}\n\n{content['description']}\n\n{shown}\n")
    return "".join(parts)


def _shown(board: BuiltBoard, pictures: Path) -> str:
    title = board.content["title"]
    found = {
        name: f"{pictures.name}/{file}"
        for name, file in ((name, f"{board.uid}-{kind}.webp") for kind, name in _KINDS.items())
        if (pictures / file).exists()
    }
    if not found:
        return ""
    first = next(iter(found))
    others = " · ".join(f"[{name}]({file})" for name, file in found.items() if name != first)
    return f"![{title}, {first}]({found[first]})\n\n{others}".rstrip()
