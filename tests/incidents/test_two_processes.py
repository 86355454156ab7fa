"""Two real processes on one PostgreSQL: pressed on both at once, asked by both at once."""

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from sothat.incidents import kit
from sothat.incidents.conversation.links import Links
from sothat.runtime.secrets import Secret

from .communication.houses import furnish
from .conftest import Running, alert, eventually, message
from .test_presses import form_of, press, recorded
from .tickets.simulated.github import GitHub
from .tickets.simulated.routed import TOKEN
from .tickets.test_service import TRACKERS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
KEY = "a key of these tests, long enough"
INCIDENTS = 10


@dataclass
class Pair:
    """Two processes, and the issues that both keep in step."""

    one: Running
    other: Running
    issues: GitHub

    @property
    def urls(self) -> tuple[str, str]:
        return self.one.url, self.other.url

    def open(self, count: int = INCIDENTS) -> list[int]:
        """Open incidents, each with its issue; return their numbers."""
        for number in range(count):
            self.one.post(message(alert("DoorSilent", site=f"s{number}")))
        numbers = [one["id"] for one in self.one.incidents("?limit=100")]
        eventually(lambda: all(self.ticket(number) for number in numbers), 300)
        return numbers

    def ticket(self, number: int) -> str:
        """Return the name of an incident's issue, empty while there is none."""
        return "".join(one["name"] for one in self.one.incident(number)["tickets"])

    def records(self) -> Counter[tuple[Any, ...]]:
        """Return what was done, and how often."""
        entries = self.one.get("/api/v1/audit?limit=500").json()["entries"]
        return Counter((one["incident"], one["action"], one["outcome"]) for one in entries)


@pytest.fixture
def pair(data: Path) -> Iterator[Pair]:
    """Return two processes with all that people and ticket systems reach them by."""
    issues = GitHub()
    issues.now = int(time.time())
    with kit.provider(issues) as provider:
        (data / "secrets/github").write_text(TOKEN)
        (data / "secrets/links").write_text(KEY)
        links = "conversation: {key: {file: secrets/links}}\n"
        furnish(data, more=links + TRACKERS.format(url=provider.url))
        folder = data.with_name("second")
        shutil.copytree(data, folder)
        one, other = Running(data), Running(folder)
        one.start()
        other.start()
        eventually(lambda: one.sql("SELECT name FROM tracker"))
        yield Pair(one, other, issues)
        assert [one.stop(), other.stop()] == [0, 0]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_whatever_is_pressed_on_both_at_once_is_done_once(pair: Pair) -> None:
    numbers = pair.open()
    signs = Links(Secret(KEY), 3600)
    with requests.Session() as browser:
        for number in numbers:
            # A signed link of a mail.
            token = signs.token(number, "acknowledge", "office", time.time_ns())
            answers = press(browser, [f"{url}/do/{token}" for url in pair.urls], {})
            assert {one.status_code for one in answers} == {200}
            # A button of a page.
            place = f"/incidents/{number}/note"
            form = form_of(pair.one, browser, f"/incidents/{number}")
            fields = {"form": form, "by": "engineer", "note": "look"}
            answers = press(browser, [url + place for url in pair.urls], fields)
            assert {one.status_code for one in answers} == {303}
    wanted = Counter((n, a, "done") for n in numbers for a in ("acknowledge", "note"))
    assert pair.records() == wanted
    for number in numbers:
        texts = [one["text"] for one in pair.other.incident(number)["timeline"]]
        assert texts.count("look") == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_customers_are_told_on_both_at_once_they_are_told_once(pair: Pair) -> None:
    pair.one.post(message(alert("DoorSilent")))
    page = "/incidents/1/communication"
    with requests.Session() as browser:
        for kind in ("initial", "update"):
            fields = {"form": form_of(pair.one, browser, page), "by": "engineer", "kind": kind}
            fields |= {"audiences": "north", "step": "send"}
            answers = press(browser, [url + page for url in pair.urls], fields)
            assert {one.status_code for one in answers} == {303}
    told = pair.other.get("/api/v1/incidents/1/announcements").json()["announcements"]
    assert [one["kind"] for one in told] == ["initial", "update"]
    assert recorded(pair.one) == [("announce", "done")] * 2
    eventually(lambda: pair.one.metrics()["incidents_outbox_pending"] == 0)
    sent = "SELECT count(*) FROM outbox WHERE channel = 'north-mail' AND state = 'sent'"
    assert pair.one.sql(sent) == [(2,)]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_two_processes_keep_one_issue_an_incident_and_hear_each_word_once(pair: Pair) -> None:
    numbers = pair.open()
    assert len(pair.issues.items) == len(numbers)
    for item in pair.issues.items:
        pair.issues.remark(item, "agent", "it was the fuse")
        pair.issues.give(item, "closed", "agent")
    eventually(lambda: all(pair.one.incident(n)["resolved_at"] for n in numbers), 300)
    # A word to what is closed is a note; it opens nothing.
    for number in numbers:
        pair.one.command(number, "close", by="engineer")
    for item in pair.issues.items:
        pair.issues.remark(item, "agent", "and it is warm again")

    def heard() -> bool:
        texts = [[e["text"] for e in pair.one.incident(n)["timeline"]] for n in numbers]
        return all("and it is warm again" in one for one in texts)

    eventually(heard, 300)
    records = pair.records()
    for number in numbers:
        incident = pair.other.incident(number)
        assert incident["state"] == "closed"
        texts = [entry["text"] for entry in incident["timeline"]]
        assert texts.count("it was the fuse") == texts.count("and it is warm again") == 1
        assert records[number, "resolve", "done"] == 1
    assert len(pair.issues.items) == len(numbers)
