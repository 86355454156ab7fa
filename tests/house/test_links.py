"""Links between the pages of the repository lead to files and headings that are there."""

from pathlib import Path
from urllib.parse import unquote

import pytest

from .blocks import ROOT, Link, anchors, links, pages


def fault(link: Link) -> str:
    """Return what is wrong with a link within the repository; empty: nothing."""
    path, _, anchor = unquote(link.target).partition("#")
    page = link.page.parent / path if path else link.page
    if not page.exists():
        return f"line {link.line}: no file {path}"
    if anchor and page.suffix == ".md" and anchor not in anchors(page):
        return f"line {link.line}: {page.name} has no heading #{anchor}"
    return ""


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    inside = (link for link in links(page) if not link.target.startswith(("http", "mailto:")))
    assert [wrong for wrong in map(fault, inside) if wrong] == []


def test_a_link_astray_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Here, there\n\n[a](#here-there) [b](#there) [c](none.md) [d](page.md#x)\n")
    assert [fault(link) for link in links(page)] == [
        "",
        "line 3: page.md has no heading #there",
        "line 3: no file none.md",
        "line 3: page.md has no heading #x",
    ]
