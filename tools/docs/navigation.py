"""Every page has a place in the navigation, and every place a page."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_LINK = re.compile(r"\]\(([\w./-]+\.md)(?:#[^)]*)?\)")


def misplaced(pages: Path, configuration: Path) -> list[str]:
    """Return what is wrong between the pages and the navigation, a sentence each.

    A page is in its place if the navigation names it, or if the index of its own folder, or the
    page of that folder's name beside it, is named there and links to it.
    """
    nav = tomllib.loads(configuration.read_text(encoding="utf-8"))["project"]["nav"]
    named = list(_named(nav))
    there = {str(file.relative_to(pages)) for file in pages.rglob("*.md")}
    gone = [f"the navigation names {name}, which is not there" for name in named]
    problems = [text for text, name in zip(gone, named, strict=True) if name not in there]
    problems += [f"the navigation names {n} twice" for n in sorted({*named}) if named.count(n) > 1]
    listed = {other for name in named if name in there for other in _listed(pages, name)}
    lost = sorted(there - set(named) - listed)
    return problems + [f"{name} is nowhere in the navigation of zensical.toml" for name in lost]


def _named(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
        return
    for part in node.values() if isinstance(node, dict) else node:
        yield from _named(part)


def _listed(pages: Path, name: str) -> Iterator[str]:
    """Yield the pages below an index that it links to."""
    index = Path(name)
    of_folder = index.name in ("README.md", "index.md")
    folder = index.parent if of_folder else index.with_suffix("")
    text = (pages / index).read_text(encoding="utf-8")
    for target in _LINK.findall(text):
        place = index.parent / target
        if str(folder) != "." and folder in place.parents:
            yield str(place)
