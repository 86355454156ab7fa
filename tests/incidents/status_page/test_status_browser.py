"""The pages of this part in a real browser, on a phone: light and dark, without an error."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from .. import axe, chromium  # noqa: TID252 – tests of one tree
from ..communication.houses import AUTOMATIC, furnish  # noqa: TID252 – likewise
from ..conftest import (  # noqa: TID252 – likewise
    Running,
    alert,
    data,
    database,
    eventually,
    message,
)

__all__ = ["data", "database"]
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium on PATH"),
]


@pytest.fixture
def house(data: Path) -> Iterator[Running]:
    furnish(
        data,
        AUTOMATIC,
        "reports: {form: public}\n"
        "letters: {server: 127.0.0.1, port: 9, tls: none, from: us@example.com}\n",
    )
    running = Running(data)
    running.start()
    running.post(message(alert("DoorSilent", device="lock-17")))
    eventually(lambda: "Doors, North House" in running.get("/status/").text)
    requests.post(f"{running.url}/api/v1/reports", json={"title": "A door " * 20}, timeout=10)
    yield running
    assert running.stop() == 0


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[chromium.Tab]:
    with chromium.browser(tmp_path / "browser") as page:
        page.call(
            "Emulation.setDeviceMetricsOverride",
            width=390,
            height=844,
            deviceScaleFactor=2,
            mobile=True,
        )
        yield page


PAGES = (
    *("/status/", "/report", "/reports", "/reports/1", "/services", "/incidents/1/communication"),
    *("/status/confirm/1/x", "/reports?state=accepted"),
)


def test_no_page_is_too_wide_or_complains_light_and_dark(
    house: Running, tab: chromium.Tab, tmp_path: Path
) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        axe.colours(tab, scheme)
        for path in PAGES:
            tab.open(f"{house.url}{path}")
            assert tab.evaluate("document.documentElement.scrollWidth") <= 390, path
            assert tab.evaluate("document.querySelectorAll('h1').length") == 1, path
            assert axe.violations(tab) == [], path
            grounds[path, scheme] = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert tab.complaints == []
    assert all(grounds[path, "light"] != grounds[path, "dark"] for path in PAGES)


def test_the_status_page_needs_no_script(house: Running, tab: chromium.Tab) -> None:
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.call("Page.navigate", url=f"{house.url}/status/")
    tab.wait_for_text("Doors, North House: we are looking into a disruption")
    assert tab.complaints == []


def test_a_coordinator_writes_looks_and_sends(house: Running, tab: chromium.Tab) -> None:
    tab.open(f"{house.url}/incidents/1/communication")
    tab.evaluate("document.querySelector('#by').value = 'The coordinator'")
    tab.evaluate("document.querySelector('input[value=north]').click()")
    tab.evaluate("document.querySelector('#impact').focus()")
    tab.type("You cannot get in.")
    tab.evaluate("document.querySelector('button[value=look]').click()")
    tab.wait_for("!!document.querySelector('.draft')")
    assert "You cannot get in." in tab.evaluate("document.querySelector('.draft').textContent")
    tab.evaluate("document.querySelector('button[value=send]').click()")
    tab.wait_for("!document.querySelector('.draft') && !!document.querySelector('details.told')")
    told = requests.get(f"{house.url}/api/v1/incidents/1/announcements", timeout=10).json()
    assert [one["audience"] for one in told["announcements"]] == ["status-page", "north"]
    assert tab.complaints == []
