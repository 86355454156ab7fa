"""The documentation builds into a site: all pages in their places, all links leading somewhere,
usable by everybody, nothing fetched from elsewhere."""

import functools
import json
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from ..incidents import axe, chromium  # noqa: TID252 – tests of one tree
from .blocks import ROOT
from .shapes import standing_for

# A page of each sort: home, code and outputs, tables, a runbook.
SAMPLE = (
    "index.html",
    "tutorials/first-alert.html",
    "reference/settings/people.html",
    "runbooks/IotDeviceOffline.html",
)
PHONE, DESK = 390, 1280
# How many walk over all pages, and how many seconds one may think about the longest of them.
BROWSERS, PATIENCE = 2, 300.0


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


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder; give its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 – its name
            """Say nothing."""

    with ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=folder)
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with served(site) as url:
        yield url


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Tab]:
    with chromium.browser(tmp_path_factory.mktemp("browser")) as shown:
        yield shown


def looked_at(tab: chromium.Tab, address: str, page: str) -> list[str]:
    """Return what keeps somebody from using a page: at a desk, on a phone in the dark."""
    found = opened(tab, address, page, DESK, "light")
    return found + opened(tab, address, page, PHONE, "dark")


def opened(tab: chromium.Tab, address: str, page: str, pixels: int, scheme: str) -> list[str]:
    """Open a page; return what keeps somebody from using it."""
    axe.wide(tab, pixels)
    axe.colours(tab, scheme)
    tab.open(f"{address}/{page}")
    return wrong(tab, page, pixels, scheme)


def wrong(tab: chromium.Tab, page: str, pixels: int, scheme: str) -> list[str]:
    """Return what keeps somebody from using the page that is shown."""
    found = [f"{page}, {scheme}, {pixels}: {line}" for line in axe.violations(tab)]
    return found + _too_wide(tab, page, pixels)


def _too_wide(tab: chromium.Tab, page: str, pixels: int) -> list[str]:
    # Not innerWidth: a phone that has seen a broad page zooms out until it is as broad.
    root = "document.documentElement"
    wider = tab.evaluate(f"{root}.scrollWidth > {root}.clientWidth")
    return [f"{page}, {pixels}: wider than the screen"] if wider else []


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


def alike(site: Path) -> set[str]:
    """Return the runbooks that say nothing but what the generator says, others standing for them.

    Whatever a style sheet could do to an element of these, it does on a page that is looked at in
    full: elements of the same name, class and place are there.
    """
    written = {file.stem for file in (ROOT / "runbooks").glob("*.md")}
    generated = {
        str(file.relative_to(site)): file.read_text("utf-8")
        for file in (site / "runbooks").glob("*.html")
        if file.stem not in written | {"index"}
    }
    return set(generated) - set(standing_for(generated))


# A page has turned once its theme has, and what moves into its place has arrived there.
_TURNED = """\
(document.body.dataset.mdColorScheme ?? "slate") === "slate" &&
  matchMedia("(width < 600px) and (prefers-color-scheme: dark)").matches
"""
_ARRIVED = """\
new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame)).then(() =>
  document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finish()))
"""


def turned(tab: chromium.Tab, address: str, page: str) -> list[str]:
    """Return what `looked_at` does, of a page that is opened once and then turned into a phone's.

    That takes half the time, mostly since axe-core, as any program, is slow when it begins. What is
    wrong after the turn might be on its way only: that is asked again of the page opened anew.
    """
    found = opened(tab, address, page, DESK, "light")
    axe.wide(tab, PHONE)
    axe.colours(tab, "dark")
    tab.wait_for(_TURNED)
    tab.call("Runtime.evaluate", expression=_ARRIVED, awaitPromise=True)
    if wrong(tab, page, PHONE, "dark"):
        found += opened(tab, address, page, PHONE, "dark")
    return found


def glanced_at(tab: chromium.Tab, address: str, page: str) -> list[str]:
    """Return what keeps somebody from using a page on a phone, its colours left aside."""
    axe.wide(tab, PHONE)
    axe.colours(tab, "dark")
    tab.open(f"{address}/{page}")
    found = [f"{page}, {PHONE}: {line}" for line in axe.violations(tab, without=axe.COLOURS)]
    return found + _too_wide(tab, page, PHONE)


def taken(left: deque[str]) -> Iterator[str]:
    """Yield what is left; each goes to one of those who take."""
    while left:
        with suppress(IndexError):
            yield left.popleft()


def walked(folder: Path, address: str, left: deque[str], at_a_glance: set[str]) -> list[str]:
    """Look at pages, in a browser of its own, until none is left."""
    with chromium.browser(folder) as tab:
        tab.patience = PATIENCE
        axe.brought(tab)
        found = []
        for page in taken(left):
            look = glanced_at if page in at_a_glance else turned
            found += look(tab, address, page)
        return [*found, *tab.complaints]


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.skipif(not chromium.PROGRAM, reason="no Chromium here")
@pytest.mark.timeout(3600)
def test_everybody_can_use_every_page(
    site: Path, pages: dict[Path, Page], address: str, tmp_path: Path
) -> None:
    """All in full but runbooks that others stand for; see `alike`."""
    largest_first = sorted(pages, key=lambda file: file.stat().st_size, reverse=True)
    left = deque(str(file.relative_to(site)) for file in largest_first)
    at_a_glance = alike(site)
    assert 0 < len(at_a_glance) < len(pages) / 2
    with ThreadPoolExecutor(BROWSERS) as pool:
        walks = [
            pool.submit(walked, tmp_path / str(number), address, left, at_a_glance)
            for number in range(BROWSERS)
        ]
    assert [fault for walk in walks for fault in walk.result()] == []
    assert not left


_SOUND = """<!doctype html><html lang="en"><head><title>{name}</title>
<meta name="viewport" content="width=device-width"></head>
<body><main><h1>{name}</h1>{content}</main></body></html>"""
_PALE = '<p style="color: #777; background: #888">unreadable</p>'


@pytest.mark.real
@pytest.mark.skipif(not chromium.PROGRAM, reason="no Chromium here")
def test_the_walk_over_all_pages_finds_what_is_wrong(tmp_path: Path) -> None:
    wrong = {
        "sound": "<p>Text</p>",
        "unnamed": "<input>",
        "broad": '<p style="width: 2000px">Text</p>',
        "pale": _PALE,
        "pale-at-a-glance": _PALE,
        "unnamed-at-a-glance": "<input>",
    }
    site, names = tmp_path / "site", [f"{name}.html" for name in wrong]
    site.mkdir()
    (site / "favicon.ico").touch()
    for name, content in wrong.items():
        (site / f"{name}.html").write_text(_SOUND.format(name=name, content=content))
    glances = {name for name in names if "glance" in name}
    with served(site) as address:
        found = walked(tmp_path / "browser", address, deque(names), glances)
    assert {line.partition(": ")[0] for line in found} == {
        *(f"unnamed.html, {view}" for view in ("light, 1280", "dark, 390")),
        *(f"broad.html, {pixels}" for pixels in (DESK, PHONE)),
        *(f"pale.html, {view}" for view in ("light, 1280", "dark, 390")),
        "unnamed-at-a-glance.html, 390",
    }


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
