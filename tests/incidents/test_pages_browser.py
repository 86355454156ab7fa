"""The pages in a real browser, on a phone: acknowledged with one thumb, clocks that tick."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from . import chromium
from .conftest import CONFIG, Running, alert, message

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium on PATH"),
]
CONFIGURED = "the-api-token"


@pytest.fixture
def guarded(data: Path) -> Iterator[Running]:
    """Return a service with tokens and one open incident."""
    (data / "secrets/api-token").write_text(CONFIGURED)
    (data / "incidents.yaml").write_text(f"{CONFIG}api: {{token: {{file: secrets/api-token}}}}\n")
    running = Running(data)
    running.start()
    assert running.post(message(alert(), alert(device="2"))).status_code == 200
    yield running
    assert running.stop() == 0


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[chromium.Tab]:
    """Return a page of the size of a phone."""
    with chromium.browser(tmp_path / "browser") as page:
        page.call(
            "Emulation.setDeviceMetricsOverride",
            width=390,
            height=844,
            deviceScaleFactor=2,
            mobile=True,
        )
        yield page


def _ask(service: Running, method: str, path: str, **how: object) -> requests.Response:
    headers = {"Authorization": f"Bearer {CONFIGURED}"}
    url = f"{service.url}/api/v1{path}"
    return requests.request(method, url, headers=headers, timeout=10, **how)  # type: ignore[arg-type]


def _tap(tab: chromium.Tab, selector: str) -> None:
    """Touch the middle of an element, if a thumb could: what covers it is touched instead."""
    box = f"document.querySelector('{selector}').getBoundingClientRect()"
    place = tab.evaluate(f"(r => [r.x + r.width / 2, r.y + r.height / 2])({box})")
    point = {"x": place[0], "y": place[1]}
    for kind, points in (("touchStart", [point]), ("touchEnd", [])):
        tab.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)


def _sign_in(service: Running, tab: chromium.Tab, role: str = "responder") -> None:
    made = _ask(service, "POST", "/tokens", json={"name": "duty-phone", "role": role})
    tab.open(f"{service.url}/incidents/1")
    tab.wait_for("!!document.querySelector('#token')")
    # The answer to somebody unknown is 401, which the console tells.
    assert all("401" in text for text in tab.complaints)
    tab.complaints.clear()
    tab.evaluate("document.querySelector('#token').focus()")
    tab.type(made.json()["token"])
    _tap(tab, "main button")
    tab.wait_for("!!document.querySelector('#buttons')")


def test_an_incident_is_acknowledged_with_one_thumb(guarded: Running, tab: chromium.Tab) -> None:
    _sign_in(guarded, tab)
    assert tab.evaluate("location.pathname") == "/incidents/1", "where the way in began"
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    height = tab.evaluate("document.querySelector('button.acknowledge').offsetHeight")
    assert height >= 48, "a thumb is no needle"
    _tap(tab, "button.acknowledge")
    tab.wait_for("!!document.querySelector('.state.acknowledged')")
    assert tab.evaluate("document.querySelector('#buttons button').className").startswith(
        "mitigate"
    )
    assert _ask(guarded, "GET", "/incidents/1").json()["acknowledged_by"] == "duty-phone"
    assert tab.complaints == []


def test_clocks_tick_and_a_paused_one_does_not(guarded: Running, tab: chromium.Tab) -> None:
    _sign_in(guarded, tab)
    clocks = "[...document.querySelectorAll('#clock-list [data-due]')].map(e => e.textContent)"
    first = tab.evaluate(clocks)
    assert len(first) == 3
    tab.wait_for(f"({clocks}).every((text, n) => text !== {first!r}[n])")
    _ask(guarded, "POST", "/incidents/1/pause", json={"by": "x", "note": "they are asleep"})
    # The page hears of it by itself.
    tab.wait_for("document.querySelector('#clock-list').textContent.includes('paused')")
    assert len(tab.evaluate(clocks)) == 2
    assert tab.evaluate("document.querySelector('#entries').textContent").count("they are asleep")
    assert tab.complaints == []


def test_clocks_go_by_the_service_not_by_the_phone(guarded: Running, tab: chromium.Tab) -> None:
    wrong = "const was = Date.now; Date.now = () => was() + 3 * 3600 * 1000;"
    tab.call("Page.addScriptToEvaluateOnNewDocument", source=wrong)
    _sign_in(guarded, tab)
    shown = tab.wait_for("document.querySelector('.next [data-due]')?.textContent")
    assert shown.startswith("in 59:"), shown


def test_what_somebody_types_is_not_lost_when_the_page_renews_itself(
    guarded: Running, tab: chromium.Tab
) -> None:
    _sign_in(guarded, tab)
    tab.evaluate("document.querySelector('#note').focus()")
    tab.type("half a sen")
    _ask(guarded, "POST", "/incidents/1/note", json={"by": "x", "note": "from elsewhere"})
    tab.wait_for("document.querySelector('#entries').textContent.includes('from elsewhere')")
    assert tab.evaluate("document.querySelector('#note').value") == "half a sen"
    assert tab.complaints == []


def test_a_link_in_a_chat_needs_no_second_signing_in(guarded: Running, tab: chromium.Tab) -> None:
    _sign_in(guarded, tab)
    # Another name of this machine is another site: from there the cookie is not sent at first.
    chat = guarded.url.replace("127.0.0.1", "localhost")
    tab.open(f"{chat}/login")
    tab.complaints.clear()
    tab.evaluate(
        "const a = document.createElement('a'); a.textContent = 'link'; a.id = 'link';"
        f"a.href = '{guarded.url}/incidents/1'; document.querySelector('main').prepend(a)"
    )
    _tap(tab, "#link")
    tab.wait_for("!!document.querySelector('#buttons')")
    assert tab.evaluate("location.href") == f"{guarded.url}/incidents/1"


def test_without_a_connection_the_page_says_that_it_is_old(
    guarded: Running, tab: chromium.Tab
) -> None:
    _sign_in(guarded, tab)
    tab.call(
        "Network.emulateNetworkConditions",
        offline=True,
        latency=0,
        downloadThroughput=-1,
        uploadThroughput=-1,
    )
    tab.wait_for("document.querySelector('#fresh').textContent.includes('out of date')")
