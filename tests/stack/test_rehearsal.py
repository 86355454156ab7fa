"""A major incident rehearsed in the running demo, from the fault to the published review.

Everything is real: `sothat up`, the fault that the demo itself makes, and a browser in which people
do what there is to do. `SOTHAT_WRITE_REHEARSAL=1` keeps the pictures in docs/rehearsal.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from ..incidents import chromium  # noqa: TID252 – tests of one tree
from ..incidents.access.pages import routes  # noqa: TID252
from ..incidents.hand import Hand, has  # noqa: TID252
from .camera import Camera
from .conftest import until
from .test_up_real import SOTHAT, running
from .test_up_real import pytestmark as needs_the_tools

PICTURES = Path(__file__).parents[2] / "docs" / "rehearsal"
pytestmark = [
    *needs_the_tools,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium on PATH"),
]
GATEWAY, SITE = "harbour-gateway", "harbour-house"
# What customers must never read: the device, its labels, teams, alerts, who did what.
INTERNAL = (GATEWAY, SITE, "IotGatewayDown", "building-operations", "duty-manager")
# Routes that are no page: files, calendars, ways to other pages.
NO_PAGES = {
    "/incidents/{id:int}/review.html",
    "/incidents/{id:int}/review.md",
    "/incidents/{id:int}/review.pdf",
    "/my-status",
    "/my-status/{name}",
    "/on-call/{team}.ics",
    "/status",
    "/status/{name}",
}


@dataclass
class Demo:
    """The running demo, the browser in front of it, and a folder for what it saves."""

    urls: dict[str, str]
    camera: Camera
    folder: Path
    number: int = 0

    @property
    def tab(self) -> chromium.Tab:
        return self.camera.tab

    @property
    def hand(self) -> Hand:
        return Hand(self.tab)

    @property
    def page(self) -> str:
        return f"/incidents/{self.number}"

    def go(self, path: str) -> None:
        self.tab.open(self.urls["incidents"] + path)

    def show(self, path: str, name: str) -> None:
        self.go(path)
        self.camera.look(name)

    def follow(self, selector: str, path: str) -> None:
        """Go where a link of the page leads."""
        self.hand.press(selector)
        self.tab.wait_for(f"document.readyState === 'complete' && location.pathname === '{path}'")

    def refused(self, status: int) -> None:
        """Forget that the console told of an answer that was meant to refuse."""
        (told,) = self.tab.complaints
        assert f"status of {status}" in told
        self.tab.complaints.clear()

    def ask(self, path: str) -> Any:
        return requests.get(f"{self.urls['incidents']}/api/v1{path}", timeout=30).json()

    def incident(self) -> Any:
        return self.ask(f"/incidents/{self.number}")

    def building(self, *words: str) -> None:
        address = self.urls["building"].removeprefix("http://")
        command = [*SOTHAT, "building", *words, "--address", address]
        subprocess.run(command, check=True, capture_output=True, timeout=60)

    def letters(self, to: str, words: str) -> list[Any]:
        found = requests.get(f"{self.urls['building']}/api/v1/letters", timeout=30).json()
        return [one for one in found["letters"] if to in one["to"] and words in one["text"]]

    def letter(self, to: str, words: str) -> Any:
        until(lambda: bool(self.letters(to, words)), f"a letter to {to} with {words!r}", 90)
        return self.letters(to, words)[0]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    data = tmp_path / "data"
    data.mkdir()
    planned(data)
    folder = PICTURES if os.environ.get("SOTHAT_WRITE_REHEARSAL") else tmp_path / "pictures"
    folder.mkdir(exist_ok=True)
    with running(data, "--no-grafana"), chromium.browser(tmp_path / "browser") as tab:
        tab.call("Emulation.setScrollbarsHidden", hidden=True)
        tab.call("Network.setCacheDisabled", cacheDisabled=True)
        urls = json.loads((data / "stack.json").read_text())["addresses"]
        yield Demo(urls, Camera(tab, folder), tmp_path)


def planned(data: Path) -> None:
    """Plan a maintenance in three weeks, of which the tenants have been told."""
    begins = (datetime.now(UTC) + timedelta(days=21)).replace(hour=1, minute=0)
    told = {
        "what": "We install an update of the platform.",
        "impact": "Your rooms keep their schedules. The portal is away for a few minutes.",
        "workaround": "Load the page again.",
    }
    work = {
        "id": "platform-update",
        "title": "Minor release of the database",
        "sort": "standard",
        "starts": f"{begins:%Y-%m-%dT%H:%M}",
        "ends": f"{begins + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "owner": "database-sre",
        "affects": [{"domain": ["database"]}],
        "clients": ["sample-client-a"],
        "tell": told,
    }
    plan = {
        "apiVersion": "sothat/v1",
        "kind": "MaintenancePlan",
        "time_zone": "Europe/London",
        "calendar": "head-office",
        "works": [work],
    }
    (data / "maintenance.yaml").write_text(yaml.safe_dump(plan))
    where = ["--plan", str(data / "maintenance.yaml"), "--records", str(data / "maintenance.jsonl")]
    command = [*SOTHAT, "maintenance", "announced", "platform-update", "--by", "database-sre"]
    subprocess.run([*command, *where], check=True, capture_output=True, timeout=60)


def test_a_major_incident_from_the_fault_to_the_published_review(
    demo: Demo, tmp_path: Path
) -> None:
    before_it(demo)
    the_fault(demo)
    the_page_of_the_incident(demo)
    led_as_a_major_incident(demo)
    told_to_customers(demo)
    found_and_reported(demo)
    over(demo)
    reviewed(demo)
    learned(demo)
    every_page_was_seen(demo, tmp_path)


def before_it(demo: Demo) -> None:
    """The rota has a gap for tonight, and somebody wants to hear of disruptions."""
    demo.show("/on-call", "on-call")
    demo.go("/on-call/calendar")
    now = datetime.now(UTC).replace(minute=0)
    demo.hand.choose("#rotation", "buildings")
    demo.hand.write("#person", "second-building-engineer")
    demo.hand.choose("#from", f"{now + timedelta(days=1):%Y-%m-%dT%H:%M}")
    demo.hand.choose("#until", f"{now + timedelta(days=1, hours=8):%Y-%m-%dT%H:%M}")
    demo.hand.send("form[action='/on-call/overrides'] button", has("stands in"))
    demo.camera.look("calendar")
    demo.show("/runbooks/", "runbooks")
    demo.show("/login", "sign-in")
    demo.show("/account", "account")
    subscribed(demo)


def subscribed(demo: Demo) -> None:
    demo.go("/status/")
    assert demo.tab.evaluate(has("We install an update of the platform."))
    assert not demo.tab.evaluate(has("Minor release"))
    demo.hand.write("#address", "tenant@harbour-house.example")
    demo.hand.send("form[action$='subscribe'] button", has("We have written to that address"))
    letter = demo.letter("tenant@", "/status/confirm/")
    (link,) = re.findall(r"http\S+/status/confirm/\S+", letter["text"])
    demo.tab.open(link)
    demo.camera.look("subscription")
    demo.hand.send("form button", has("You will hear from us."))


def the_fault(demo: Demo) -> None:
    """The demo's own fault; the whole loop makes an incident of it, and proposes a major one."""
    demo.building("fault", GATEWAY, "offline")
    until(lambda: bool(the_incidents(demo)), "the incident", 120)
    demo.number = the_incidents(demo)[0]["id"]
    major = f"/incidents/{demo.number}/major"
    until(lambda: demo.ask(major).get("state") == "proposed", "the proposal", 120)
    demo.show("/", "incidents")


def the_incidents(demo: Demo) -> list[Any]:
    found = demo.ask("/incidents")["incidents"]
    return [one for one in found if one["labels"].get("alertname") == "IotGatewayDown"]


def the_page_of_the_incident(demo: Demo) -> None:
    """The letter's link asks before it does anything; the page has the proposal and the buttons."""
    letter = demo.letter("on-call@", "/do/")
    demo.tab.open(re.findall(r"http\S+/do/\S+", letter["text"])[0])
    demo.camera.look("signed-link")
    demo.follow(f"a[href='{demo.page}']", demo.page)
    assert demo.tab.evaluate(has("Proposed as a major incident"))
    demo.camera.look("incident-proposed")
    demo.hand.write("#by", "first-building-engineer")
    demo.hand.write("#note", "On the way to the plant room")
    demo.hand.send("button.acknowledge", has("Taken by first-building-engineer"))
    demo.show(f"{demo.page}/known", "known")


def led_as_a_major_incident(demo: Demo) -> None:
    major = f"{demo.page}/major"
    hand = demo.hand
    demo.go(demo.page)
    demo.follow(f".leading a[href='{major}']", major)
    hand.write("form[action$='/declare'] input[name=by]", "duty-manager")
    hand.write("#note", "A whole house is cut off")
    demo.camera.look("major-proposed")
    hand.send("form[action$='/declare'] button.first", has("Join the bridge"))
    hand.choose("#role", "expert")
    hand.write("#person", "second-building-engineer")
    roles = "document.querySelector('#roles').textContent"
    assert "Duty manager" in demo.tab.evaluate(roles)
    hand.send("form[action$='/give-role'] button", f"{roles}.includes('second-building-engineer')")
    hand.write("#new-task", "Look at the gateway's supply")
    hand.write("#who-task", "first-building-engineer")
    hand.send("section:has(#new-task) form[action$='/tasks'] button", has("the gateway's supply"))
    hand.write("#link", "https://meet.example.org/harbour")
    hand.send("form[action$='/bridge'] button", has("Join the bridge"))
    hand.write("#decision", "Heat the lobby by hand until the gateway answers")
    hand.write("#reason", "it is cold, and the way there takes half an hour")
    hand.send("form[action$='/decisions'] button", has("because it is cold"))
    hand.write("#text", "The gateway has no power. Somebody is on the way with a new supply.")
    hand.send("form[action$='/updates'] button", has("Heat the lobby"))
    demo.camera.look("major")
    demo.go(demo.page)
    assert demo.tab.evaluate(has("led by Duty manager"))
    demo.camera.look("incident-led")
    texts = [entry["text"] for entry in demo.incident()["timeline"]]
    assert any("The gateway has no power." in text for text in texts)


def told_to_customers(demo: Demo) -> None:
    """What is internal is refused; what is sent is read on the status page and in the letters."""
    hand = demo.hand
    demo.go(f"{demo.page}/communication")
    hand.choose("#kind", "initial")
    for audience in ("harbour-tenants", "board"):
        hand.press(f"input[value={audience}]")
    hand.write("#impact", f"The {GATEWAY} is dead.")
    hand.send("button[value=look]", has("customers would read what is internal"))
    demo.refused(422)
    hand.write("#impact", "Heat and light of your rooms keep their last setting.")
    hand.write("#workaround", "Switches on the wall work. The guards help you with doors.")
    hand.send("button[value=look]", has("Draft for harbour-tenants"))
    demo.camera.look("communication-draft")
    hand.send("button[value=send]", "!!document.querySelector('details.told')")
    told_again(demo)
    letter = demo.letter("tenants@harbour-house", "keep their last setting")
    nothing_internal(letter["subject"] + letter["text"])
    assert demo.letters("tenants@mill-court", "") == []
    demo.letter("tenant@harbour-house", "Rooms and devices")
    demo.tab.open(f"{demo.urls['building']}/letters")
    demo.camera.look("letters")


def told_again(demo: Demo) -> None:
    """The status page had its first word by itself; now it gets an update of people's own."""
    hand = demo.hand
    until(lambda: "Rooms and devices, Harbour House" in status(demo), "the first word")
    demo.go(f"{demo.page}/communication")
    hand.choose("#kind", "update")
    hand.press("input[value=status-page]")
    hand.write("#actions", "We bring a new supply. It is there within the hour.")
    hand.choose("#status", "identified")
    hand.send("button[value=look]", has("Draft for status-page"))
    hand.send("button[value=send]", "!!document.querySelector('details.told')")
    demo.camera.look("communication")
    until(lambda: "We bring a new supply." in status(demo), "the update")
    nothing_internal(status(demo))
    demo.go("/status/")
    assert demo.tab.evaluate(has("We know the cause"))
    demo.camera.look("status-page")
    demo.show("/my-status/", "my-status")
    demo.show("/services", "services")


def status(demo: Demo) -> str:
    return requests.get(f"{demo.urls['incidents']}/status/", timeout=30).text


def nothing_internal(text: str) -> None:
    assert [word for word in INTERNAL if word.lower() in text.lower()] == []


def found_and_reported(demo: Demo) -> None:
    """A search finds it; a tenant reports the same, and triage puts it where it belongs."""
    demo.go("/")
    demo.hand.write("#find", f"gateway site={SITE}")
    demo.hand.send(".find button", has("Found"))
    assert demo.tab.evaluate(f"!!document.querySelector('a[href=\"{demo.page}\"]')")
    demo.camera.look("search")
    reported(demo)


def reported(demo: Demo) -> None:
    demo.go("/report")
    demo.hand.write("#title", "The thermostat of the meeting room does not answer")
    demo.hand.write("#text", "It has been 17 degrees since this morning.")
    demo.hand.choose("#service", "rooms")
    demo.hand.choose("#site", SITE)
    demo.hand.write("#reporter", "tenant@harbour-house.example")
    demo.camera.look("report-form")
    demo.hand.send("form[action='/report'] button", "!document.querySelector('#title')")
    demo.camera.look("report-sent")
    demo.show("/reports", "triage")
    demo.go("/reports/1")
    demo.hand.write("#by-accept", "duty-manager")
    demo.hand.write("#into", str(demo.number))
    demo.camera.look("triage-report")
    demo.hand.send("form[action$='/accept'] button", has("accepted"))


def over(demo: Demo) -> None:
    """The fault is repaired; what ends it is told, too."""
    demo.building("heal", GATEWAY)
    until(lambda: demo.incident()["state"] == "resolved", "the end of the incident", 120)
    demo.go(f"{demo.page}/major")
    demo.hand.write("#end-note", "Every device answers again")
    demo.hand.send("form[action$='/stand-down'] button", has("major: stood-down"))
    demo.go(demo.page)
    demo.hand.send("button.verify", has("verified"))
    demo.camera.look("incident-over")
    demo.go(f"{demo.page}/communication")
    demo.hand.choose("#kind", "resolution")
    demo.hand.press("input[value=harbour-tenants]")
    demo.hand.write("#actions", "The gateway has a new supply.")
    demo.hand.send("button[value=look]", has("Draft for harbour-tenants"))
    demo.hand.send("button[value=send]", has("resolution"))
    demo.letter("tenants@harbour-house", "has a new supply")
    until(lambda: "Everything works" in status(demo), "the status page is calm")
    nothing_internal(status(demo))
    demo.show("/status/", "status-page-after")
    letter = demo.letter("tenant@harbour-house", "/status/unsubscribe/")
    demo.tab.open(re.findall(r"http\S+/status/unsubscribe/\S+", letter["text"])[0])
    demo.camera.look("unsubscribing")
    demo.hand.send("form button", has("You will not hear from us any more."))


def reviewed(demo: Demo) -> None:
    hand = demo.hand
    demo.go(f"{demo.page}/review")
    demo.camera.look("review-wanted")
    hand.send("form[action$='/review'] button.first", has("Before others look at it"))
    hand.write("#summary-summary", "The supply of a gateway failed. Ten minutes of no control.")
    hand.write("#summary-impact", "Rooms of one house kept their last setting.")
    hand.write("#summary-detection", "By its alert, before a tenant had called.")
    hand.send("#summary button", "document.querySelector('#summary-impact').value !== ''")
    chosen = "document.querySelectorAll('#timeline [name=entries]:checked').length"
    assert demo.tab.evaluate(chosen) > 2
    hand.send("#timeline button", f"{chosen} > 2")
    hand.write("#cause-root_cause", "The gateway has one supply, and nothing watches it.")
    hand.choose("#cause-kind", "power")
    hand.send("#cause button", "document.querySelector('#cause-kind').value === 'power'")
    five_whys(hand)
    hand.write("#lessons-lessons", "What a whole house hangs on needs a second supply.")
    hand.write("#lessons-went_well", "Tenants heard of it from us first.")
    ready = "!document.querySelector('main').textContent.includes('Before others')"
    hand.send("#lessons button", ready)
    hand.write("#follow-text", "Fit a second supply to every gateway")
    hand.write("#follow-owner", "head-of-building-operations")
    hand.choose("#follow-due", f"{datetime.now(UTC) + timedelta(days=14):%Y-%m-%d}")
    hand.send("#follow-ups form:last-of-type button", has("Fit a second supply"))
    demo.camera.look("review")
    hand.send("form[action$='/state'] button", has("review: in-review"))
    hand.send("form[action$='/state'] button", has("review: published"))
    exported(demo)


def five_whys(hand: Hand) -> None:
    answers = (
        "The gateway did not answer",
        "Its supply had failed",
        "It is ten years old, and nobody replaces it before it fails",
        "Supplies are not in the plan of maintenance",
    )
    hand.write("#whys-problem", "Tenants could not command their rooms")
    for place, answer in enumerate(answers, 1):
        hand.write(f"#why-{place}", answer)
    hand.send("#five-whys button", f"document.querySelector('#why-4').value === '{answers[3]}'")


def exported(demo: Demo) -> None:
    found = {}
    for ending in ("md", "html", "pdf"):
        answer = requests.get(f"{demo.urls['incidents']}{demo.page}/review.{ending}", timeout=90)
        assert answer.status_code == 200, (ending, answer.text[:300])
        found[ending] = answer.content
    assert found["pdf"].startswith(b"%PDF")
    for ending in ("md", "html"):
        assert b"Supplies are not in the plan of maintenance" in found[ending]
    demo.show(f"{demo.page}/review", "review-published")
    # It is saved, and opened from there.
    file = demo.folder / "review.html"
    file.write_bytes(found["html"])
    demo.tab.open(file.as_uri())
    demo.camera.look("review-exported")


def learned(demo: Demo) -> None:
    demo.show("/reviews", "reviews")
    assert demo.tab.evaluate(has("head-of-building-operations"))
    demo.show("/analysis", "analysis")
    demo.go("/runbooks/IotGatewayDown")
    demo.camera.look("runbook")
    demo.show(f"{demo.page}/timeline", "timeline")
    drilled(demo)
    demo.show("/audit", "audit")
    assert demo.tab.evaluate(has("acknowledge"))
    seal = requests.get(f"{demo.urls['incidents']}/api/v1/audit/verification", timeout=30)
    assert seal.json()["faults"] == []
    assert seal.json()["entries"] > 20


def drilled(demo: Demo) -> None:
    demo.go("/drills")
    demo.hand.write("#title", "No water in the house by the harbour")
    demo.hand.write("#participants", "duty-manager, first-building-engineer")
    demo.camera.look("drill")
    demo.hand.send("button.first", has("DRILL: No water"))
    assert "No water" not in status(demo)


def every_page_was_seen(demo: Demo, tmp_path: Path) -> None:
    """Every route of the service that is a page was looked at: a new one wants a picture."""
    shapes = {path: path for path in routes(tmp_path / "twin") if path not in NO_PAGES}
    place = re.compile(r"\\\{[^}]*\\\}")
    unseen = [
        path
        for path in shapes
        if not any(
            re.fullmatch(place.sub("[^/]+", re.escape(path)), seen) for seen in demo.camera.seen
        )
    ]
    assert unseen == []
