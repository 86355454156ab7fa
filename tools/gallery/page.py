"""The page of the gallery: each board, what it answers, its pictures."""

from collections.abc import Sequence
from pathlib import Path

from sothat.generator.boards_built import BuiltBoard

_ROLES = ("executive", "operational", "technical")
_HEAD = """\
# Gallery

Each board in Grafana 9.4, on a wide screen (dark) and on a phone (light). What they show is a
history that is made up for the pictures (two buildings and their platform), so that each panel has
something to draw; folded rows are open. Written by `python tools/gallery`, which needs a Grafana,
Prometheus, Chromium and the extra `gallery`. What each board is for: [boards](reference/boards.md).
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
    wide = f"{board.uid}-dark-wide.png"
    if not (pictures / wide).exists():
        return ""
    shown = f"![{title}, on a wide screen]({pictures.name}/{wide})"
    phone = f"{board.uid}-light-phone.png"
    if (pictures / phone).exists():
        shown += f"\n\n[on a phone]({pictures.name}/{phone})"
    return shown
