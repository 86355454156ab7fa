"""The documentation builds into a site: all pages in their places, all links leading somewhere,
usable by everybody, nothing fetched from elsewhere."""

import functools
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from ..incidents import axe, chromium  # noqa: TID252 – tests of one tree
from .blocks import ROOT

# A page of each sort: home, code and outputs, tables, a runbook.
SAMPLE = (
    "index.html",
    "tutorials/first-alert.html",
    "reference/settings/people.html",
    "runbooks/IotDeviceOffline.html",
)
PHONE, DESK = 390, 1280


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, built as `make docs` does."""
    output = tmp_path_factory.mktemp("site") / "docs"
    build = [sys.executable, str(ROOT / "tools" / "docs"), "-o", str(output)]
    done = subprocess.run(build, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return output


class Page(HTMLParser):
    """What a page leads to, loads, and can be led to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = {""}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.anchors |= {found["id"]} if "id" in found else set()
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag in ("img", "script", "link", "source"):
            self.loads += [found[name] for name in ("src", "href") if found.get(name)]


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    files = (file for file in site.rglob("*.html") if file.name != "404.html")
    return {file: Page(file.read_text("utf-8")) for file in files}


def test_every_link_leads_somewhere(site: Path, pages: dict[Path, Page]) -> None:
    astray = [
        f"{file.relative_to(site)}: {link}"
        for file, page in pages.items()
        for link in (*page.links, *page.loads)
        if not _foreign(link) and not _leads(file, link, pages)
    ]
    assert astray == []


def _foreign(link: str) -> bool:
    return link.startswith(("http://", "https://", "mailto:", "data:"))


def _leads(file: Path, link: str, pages: dict[Path, Page]) -> bool:
    path, anchor = urldefrag(unquote(link))
    target = (file.parent / path).resolve() if path else file
    if target not in pages:
        return not anchor and target.exists()
    return anchor in pages[target].anchors


def test_nothing_is_fetched_from_elsewhere(pages: dict[Path, Page]) -> None:
    loads = {load for page in pages.values() for load in page.loads if _foreign(load)}
    assert loads == set()


def test_the_search_knows_all_pages(site: Path, pages: dict[Path, Page]) -> None:
    index = json.loads((site / "search.json").read_text("utf-8"))
    found = {entry["location"].partition("#")[0] for entry in index["items"]}
    assert {str(file.relative_to(site)) for file in pages} <= found


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 – its name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Tab]:
    with chromium.browser(tmp_path_factory.mktemp("browser")) as shown:
        yield shown


def looked_at(tab: chromium.Tab, address: str, page: str) -> list[str]:
    """Return what keeps somebody from using a page: at a desk, on a phone in the dark."""
    found = []
    for pixels, scheme in ((DESK, "light"), (PHONE, "dark")):
        axe.wide(tab, pixels)
        axe.colours(tab, scheme)
        tab.open(f"{address}/{page}")
        found += [f"{page}, {scheme}, {pixels}: {line}" for line in axe.violations(tab)]
        if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{page}, {pixels}: wider than the screen")
    return found


@pytest.mark.real
@pytest.mark.skipif(not chromium.PROGRAM, reason="no Chromium here")
@pytest.mark.parametrize("page", SAMPLE)
def test_everybody_can_use_a_page_of_each_sort(page: str, address: str, tab: chromium.Tab) -> None:
    assert looked_at(tab, address, page) == []
    assert tab.complaints == []


@pytest.mark.real
@pytest.mark.skipif(not chromium.PROGRAM, reason="no Chromium here")
def test_a_search_finds_a_name_by_a_word_of_it(address: str, tab: chromium.Tab) -> None:
    axe.wide(tab, DESK)
    tab.open(f"{address}/index.html")
    # The key does nothing before the search is there.
    tab.wait_for("performance.getEntriesByType('resource').some(e => /search/.test(e.name))")
    tab.press("/", "Slash", 191)
    tab.wait_for("document.activeElement !== document.body")
    tab.type("GatewayDown")
    tab.wait_for_text(r"\b[1-9][0-9]* results?\b")
    tab.wait_for_text("IotGatewayDown")


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.skipif(not chromium.PROGRAM, reason="no Chromium here")
@pytest.mark.timeout(3600)
def test_everybody_can_use_every_page(
    site: Path, pages: dict[Path, Page], address: str, tab: chromium.Tab
) -> None:
    names = sorted(str(file.relative_to(site)) for file in pages)
    assert [fault for name in names for fault in looked_at(tab, address, name)] == []


def test_a_page_without_a_place_is_refused(tmp_path: Path) -> None:
    """In a copy of the tree, which is then built."""
    for name in ("tools/docs", "docs/problems"):
        (tmp_path / name).mkdir(parents=True)
    for file in (ROOT / "tools" / "docs").iterdir():
        if file.is_file():
            (tmp_path / "tools" / "docs" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "docs" / "README.md").write_text("# Home\n\n[a](problems/a.md)\n")
    (tmp_path / "docs" / "problems" / "a.md").write_text("# A\n")
    for name in ("CHANGELOG", "CONTRIBUTING", "SECURITY"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n")
    nav = '[project]\nsite_name = "x"\nnav = [{A = "README.md"}, {B = "gone.md"}]\n'
    (tmp_path / "zensical.toml").write_text(nav)
    build = [sys.executable, "tools/docs", "-o", str(tmp_path / "site")]
    done = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "names gone.md, which is not there" in done.stderr
    assert re.search(r"problems/a\.md is nowhere in the navigation", done.stderr)
