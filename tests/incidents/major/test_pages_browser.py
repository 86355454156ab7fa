"""A drill led in a real browser on a phone, from its beginning to the published review."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from .. import axe, chromium  # noqa: TID252 – tests of one tree
from ..conftest import CONFIG, Running, eventually  # noqa: TID252
from ..hand import Hand, has  # noqa: TID252

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium on PATH"),
]
PEOPLE = {
    "apiVersion": "sothat/v1",
    "kind": "People",
    "users": {
        name: {"roles": ["Lead"], "contacts": {"push": {"type": "log"}}}
        for name in ("first", "second")
    },
}
MAJOR = {"major": {"continuity": ["Guards walk their rounds"], "bridge": "https://meet.example/b"}}


@pytest.fixture
def staffed(data: Path) -> Iterator[Running]:
    (data / "people.yaml").write_text(yaml.safe_dump(PEOPLE))
    (data / "incidents.yaml").write_text(f"{CONFIG}people: people.yaml\n{yaml.safe_dump(MAJOR)}")
    running = Running(data)
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[chromium.Tab]:
    with chromium.browser(tmp_path / "browser") as page:
        size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
        page.call("Emulation.setDeviceMetricsOverride", **size)
        yield page


def fits(tab: chromium.Tab) -> None:
    """A page is no wider than the phone, and everything that asks for something has a name."""
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert axe.violations(tab) == []
    nameless = (
        "[...document.querySelectorAll('input:not([type=hidden]),textarea,select,button')]"
        ".filter(e => !(e.labels?.length || e.textContent.trim() || e.ariaLabel))"
        ".map(e => e.outerHTML)"
    )
    assert tab.evaluate(nameless) == []
    ids = "[...document.querySelectorAll('[id]')].map(e => e.id)"
    assert tab.evaluate(f"({ids}).filter((id, n, all) => all.indexOf(id) !== n)") == []


def test_a_drill_from_its_beginning_to_the_published_review(
    staffed: Running, tab: chromium.Tab
) -> None:
    hand = Hand(tab)
    tab.open(f"{staffed.url}/drills")
    fits(tab)
    hand.write("#by", "first")
    hand.write("#title", "No water in block B")
    hand.write("#participants", "first, nobody-known")
    hand.send("button.first", has("nobody can be reached as nobody-known"))
    tab.complaints.clear()  # the console tells of the 422
    hand.write("#participants", "first, second")
    hand.send("button.first", "location.pathname === '/incidents/1/major'")
    assert tab.evaluate(has("DRILL: No water in block B"))
    fits(tab)

    hand.send("form[action$='/declare'] button.first", has("Join the bridge"))
    assert tab.evaluate(has("Guards walk their rounds"))
    hand.write("#person", "second")
    roles = "document.querySelector('#roles').textContent"
    hand.send("form[action$='/give-role'] button", f"{roles}.includes('second')")
    hand.write("#decision", "Shut the main valve")
    hand.write("#reason", "it leaks")
    hand.send("form[action$='/decisions'] button", has("because it leaks"))
    hand.write("#text", "The valve is shut")
    hand.send("form[action$='/updates'] button", has("Shut the main valve"))
    fits(tab)
    hand.write("#take-technical-lead", "first")
    hand.write("#summary", "The pump is off")
    hand.send("form[action$='/hand-over'] button", has("first"))
    hand.send("form[action$='/stand-down'] button", has("major: stood-down"))
    tab.open(f"{staffed.url}/incidents/1")
    assert tab.evaluate("document.querySelector('.state.drill').textContent") == "drill"
    texts = [entry["text"] for entry in staffed.incident(1)["timeline"]]
    assert "handed over: first is technical lead. The pump is off" in texts
    assert staffed.command(1, "resolve", by="first", note="water runs").ok

    review(hand, tab, staffed)
    for path in ("/reviews", "/analysis", "/incidents/1/known"):
        tab.open(staffed.url + path)
        fits(tab)
    assert tab.complaints == []


def review(hand: Hand, tab: chromium.Tab, staffed: Running) -> None:
    tab.open(f"{staffed.url}/incidents/1/review")
    hand.send("form[action$='/review'] button.first", has("Before others look at it"))
    fits(tab)
    assert tab.evaluate("document.querySelectorAll('[name=entries]:checked').length") > 2
    hand.write("#summary-summary", "A valve stood open. It was human error.")
    hand.write("#summary-impact", "No water for an hour.")
    hand.send("#summary button", has("say what made the slip easy"))
    hand.write("#summary-summary", "A valve stood open.")
    hand.send("#summary button", "!document.querySelector('#wording-title')")
    hand.write("#cause-root_cause", "Nothing shows that it is open.")
    hand.send("#cause button", has("Root cause"))
    hand.write("#why-1", "The valve stood open")
    hand.write("#why-2", "Nothing shows it")
    hand.send("#five-whys button", "document.querySelector('#why-2').value === 'Nothing shows it'")
    hand.write("#fault-tree-tree", "OR: No water\n  [x] Valve open\n  Pump off")
    hand.send("#fault-tree button", has("What is known explains the first event."))
    hand.write("#fault-tree-tree", "No water\n  Pump off")
    hand.send("#fault-tree button", has("needs AND: or OR:"))
    assert (
        tab.evaluate("document.querySelector('#fault-tree-tree').value") == "No water\n  Pump off"
    )
    tab.complaints.clear()  # the console tells of the 409
    hand.write("#barrier-1-barrier", "A sign at the valve")
    hand.send("#barriers button", "!!document.querySelector('#barrier-3-barrier')")
    hand.write("#lessons-lessons", "A valve needs a sign")
    hand.send(
        "#lessons button", "!document.querySelector('main').textContent.includes('Before others')"
    )
    hand.write("#follow-text", "Put up a sign")
    hand.write("#follow-owner", "Electrician")
    hand.send("#follow-ups form:last-of-type button", has("Put up a sign"))
    fits(tab)
    hand.send("form[action$='/state'] button", has("review: in-review"))
    hand.send("form[action$='/state'] button", has("review: published"))
    assert tab.evaluate("document.querySelectorAll('#summary button').length") == 0
    (told,) = eventually(lambda: staffed.incident(1)["lessons"])
    assert told == "A valve needs a sign"
