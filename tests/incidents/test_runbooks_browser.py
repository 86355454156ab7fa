"""The site as a browser has it, served by the real process: searched, opened, without complaint."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
from sothat.generator.site.making import make_site

from . import chromium
from .conftest import CONFIG, Running

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium on PATH"),
    pytest.mark.skipif(importlib.util.find_spec("zensical") is None, reason="no Zensical"),
]
STEPS = "\n".join(f"{n}. Look at part {n}\n" for n in range(1, 40))
PAGES = {
    "index": "# Runbooks\n\n## Alerts: iot\n\n- [GatewayDown](GatewayDown.md) (P2) – dark\n"
    "- [DeviceSlow](DeviceSlow.md) (P4) – slow\n",
    "GatewayDown": f"# GatewayDown\n\n**A gateway is dark**\n\n## First checks\n\n{STEPS}",
    "DeviceSlow": "# DeviceSlow\n\n**A thermostat reacts late**\n\n"
    "| | |\n|---|---|\n| Priority | P4 |\n\n```sh\n" + "curl -s " + "x" * 300 + "\n```\n",
}


@pytest.fixture
def shelf(data: Path) -> Iterator[Running]:
    make_site(PAGES, data / "site")
    (data / "incidents.yaml").write_text(CONFIG + "site: site\n")
    running = Running(data)
    running.start()
    yield running
    assert running.stop() == 0


@pytest.mark.parametrize(
    ("words", "page"), [("GatewayDown", "GatewayDown"), ("thermostat late", "DeviceSlow")]
)
def test_an_alert_is_found_by_name_and_by_symptom(
    shelf: Running, tmp_path: Path, words: str, page: str
) -> None:
    with chromium.browser(tmp_path / "browser") as tab:
        tab.open(f"{shelf.url}/runbooks/")
        # The key does nothing before the search is there.
        tab.wait_for("performance.getEntriesByType('resource').some(e => /search/.test(e.name))")
        tab.press("/", "Slash", 191)
        tab.wait_for("document.activeElement !== document.body")
        tab.type(words)
        tab.wait_for_text(r"\b[1-9][0-9]* results?\b")
        tab.press("Enter", "Enter", 13)
        tab.wait_for(f"location.pathname.includes('/runbooks/{page}')")
        tab.wait_for(f"document.querySelector('h1')?.textContent.includes('{page}')")
        assert tab.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_page_without_scrolling_sideways(
    shelf: Running, tmp_path: Path, scheme: str
) -> None:
    with chromium.browser(tmp_path / "browser") as tab:
        tab.call(
            "Emulation.setDeviceMetricsOverride",
            width=390,
            height=844,
            deviceScaleFactor=2,
            mobile=True,
        )
        media = {"name": "prefers-color-scheme", "value": scheme}
        tab.call("Emulation.setEmulatedMedia", features=[media])
        tab.open(f"{shelf.url}/runbooks/DeviceSlow")
        assert tab.wait_for("document.documentElement.scrollWidth") <= 390
        colour = tab.wait_for("getComputedStyle(document.body).backgroundColor")
        bright = sum(int(part) for part in colour.strip("rgba()").split(",")[:3]) > 3 * 128
        assert bright is (scheme == "light"), colour
        assert tab.complaints == []
