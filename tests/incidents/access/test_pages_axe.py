"""Every page that the service has: usable by keyboard and screen reader, in light and in dark.

The pages are those of the application's own routes, so a new one is looked at without a line here.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from .. import axe, chromium  # noqa: TID252 – tests of one tree
from ..conftest import furnished  # noqa: TID252 – tests of one tree
from .conftest import CONFIGURED, Shared, opened
from .pages import filled, routes
from .test_walk import described, fill

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium on PATH"),
]
# What stands for the names in paths: each that there is a page of.
PLACES = {"id": ("3", "2"), "alert": ("DeviceOffline",), "team": ("building-operations",)}
# Besides the routes: what an address may ask for, and what is not there.
MORE = (
    "/?state=resolved",
    "/?priority=P9",
    "/?find=client%3Dclient-b",
    "/nothing",
    "/incidents/999",
    "/on-call?from=2030-01-07",
)
EXPECTED = {
    "/",
    "/login",
    "/account",
    "/on-call",
    "/on-call/calendar",
    "/incidents/2",
    "/runbooks/",
}


@dataclass(frozen=True)
class Visited:
    """A service in which much has happened, and a browser that is signed in."""

    shared: Shared
    tab: chromium.Tab
    paths: tuple[str, ...]


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visited]:
    shared = opened(furnished(tmp_path_factory.mktemp("axe") / "data"))
    fill(shared, described(shared))
    paths = [
        path for route in routes(tmp_path_factory.mktemp("twin")) for path in filled(route, PLACES)
    ]
    with chromium.browser(tmp_path_factory.mktemp("browser")) as tab:
        signed_in(shared, tab)
        yield Visited(shared, tab, tuple(dict.fromkeys((*paths, *MORE))))
    assert shared.running.stop() == 0


def signed_in(shared: Shared, tab: chromium.Tab) -> None:
    with requests.Session() as browser:
        page = browser.get(f"{shared.url}/login", timeout=30)
        form = re.search(r'name="form" value="([^"]+)"', page.text)
        assert form
        fields = {"form": form[1], "token": CONFIGURED, "next": "/account"}
        assert browser.post(f"{shared.url}/login", data=fields, timeout=30).status_code == 200
        for name, value in browser.cookies.items():
            tab.call("Network.setCookie", name=name, value=value, url=shared.url)


def is_page(shared: Shared, path: str) -> bool:
    """Return whether a path answers a page of ours, and not a file, a feed or a redirection."""
    answer = shared.ask("GET", path)
    kind = answer.headers.get("Content-Type", "")
    assert answer.status_code < 500, (path, answer.text[-500:])
    return kind.startswith("text/html") and not answer.is_redirect


@pytest.mark.parametrize("pixels", [390, pytest.param(1280, marks=pytest.mark.slow)])
def test_axe_finds_nothing_on_any_page(visited: Visited, pixels: int) -> None:
    tab = visited.tab
    axe.wide(tab, pixels)
    found: list[str] = []
    looked = [path for path in visited.paths if is_page(visited.shared, path)]
    for path in looked:
        tab.open(visited.shared.url + path)
        axe.colours(tab, "dark")
        found += (f"{path}, dark: {line}" for line in axe.violations(tab))
        axe.colours(tab, "light")
        found += (f"{path}, light: {line}" for line in axe.violations(tab, axe.COLOURS))
        broad = tab.evaluate("document.documentElement.scrollWidth")
        if broad > pixels:
            found.append(f"{path}: it is {broad} pixels wide")
    assert set(looked) >= EXPECTED
    assert found == [], "\n".join(found)


def test_what_is_wrong_is_found(visited: Visited) -> None:
    tab = visited.tab
    tab.open(f"{visited.shared.url}/account")
    assert axe.violations(tab) == []
    for wrong, rule in (
        ("<input>", "label"),
        ("<p class='bad'>unreadable</p>", "color-contrast"),
        ("<button></button>", "button-name"),
        ("<h5>out of order</h5>", "heading-order"),
    ):
        tab.evaluate(f"document.querySelector('main').innerHTML += {json.dumps(wrong)}")
        tab.evaluate("document.querySelectorAll('.bad').forEach(e => e.style.color = '#777')")
        tab.evaluate("document.querySelectorAll('.bad').forEach(e => e.style.background = '#888')")
        assert any(line.startswith(f"{rule}:") for line in axe.violations(tab)), rule
