"""The page of the real process: served, written, subscribed to; and there without a database."""

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sothat.incidents.status_page.publisher import Shown

from ...exporters.servers import (  # noqa: TID252 – likewise
    open_folder,
    postgresql_server,
    stop,
)
from ..communication.houses import AUTOMATIC, furnish  # noqa: TID252 – tests of one tree
from ..conftest import (  # noqa: TID252 – likewise
    SQLITE,
    Running,
    alert,
    data,
    database,
    eventually,
    fresh_database,
    message,
    resolved,
)
from ..reports_in.postbox import Postbox  # noqa: TID252 – likewise

__all__ = ["data", "database"]
DOOR = alert("DoorSilent", device="lock-17")


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox() as box:
        yield box


@pytest.fixture
def house(data: Path, postbox: Postbox) -> Iterator[Running]:
    more = (
        f"letters: {{server: 127.0.0.1, port: {postbox.port}, tls: none, from: us@example.com}}\n"
        "status_page: {folder: public/status}\n"
    )
    furnish(data, AUTOMATIC, more)
    running = Running(data)
    running.start()
    yield running
    assert running.stop() == 0


def shows(house: Running, words: str, path: str = "/status/") -> requests.Response:
    eventually(lambda: words in house.get(path).text)
    return house.get(path)


def test_the_page_from_alert_to_end(house: Running) -> None:
    enter = house.get("/status")
    assert (enter.status_code, enter.headers["Location"]) == (308, "/status/")
    page = shows(house, "Everything works")
    assert page.headers["Cache-Control"].startswith("public, max-age=15")
    assert "<script" not in page.text
    assert "Secret tools" not in page.text
    again = house.get("/status/", headers={"If-None-Match": page.headers["ETag"]})
    assert (again.status_code, again.text) in ((304, ""), (200, house.get("/status/").text))
    house.post(message(DOOR))
    house.post(message(alert("SothatDrill", drill="x", priority="P1")))
    broken = shows(house, "Doors, North House: we are looking into a disruption")
    assert "lock-17" not in broken.text
    today = house.get("/status/status.json").json()["services"][0]["days"][-1]
    assert today["status"] == "partial-outage"
    assert today["minutes"] >= 1
    for path in ("status.json", "feed.atom", "status.css"):
        assert house.get(f"/status/{path}").status_code == 200
    assert house.get("/status/nothing").status_code == 404
    inside = house.get("/services").text
    assert "Secret tools" in inside
    assert 'href="/incidents/1"' in inside
    house.post(message(resolved(DOOR)))
    over = shows(house, "Doors, North House: the disruption is over")
    assert "Everything works" in over.text
    written = house.data / "public" / "status"
    eventually(lambda: "the disruption is over" in (written / "index.html").read_text())
    assert sorted(path.name for path in written.iterdir()) == [
        *("feed.atom", "icon.svg", "index.html", "status.css", "status.json")
    ]


def test_subscribing_takes_a_confirmation_and_ending_one_click(
    house: Running, postbox: Postbox
) -> None:
    fields = {"address": "guest@example.org", "services": "doors"}
    url = f"{house.url}/status/subscribe"
    sent = requests.post(url, data=fields, timeout=10)
    assert "We have written to that address." in sent.text
    assert requests.post(url, data=fields, timeout=10).text == sent.text
    trapped = requests.post(url, data={"address": "x@example.org", "website": "x"}, timeout=10)
    assert trapped.text == sent.text
    assert requests.post(url, data={"address": "x@y\nz"}, timeout=10).status_code == 400
    question = postbox.letter("Please confirm")
    link = re.search(r"https?://\S+/status(/confirm/\d+/\w+)", question.get_content())
    assert link
    confirm = f"{house.url}/status{link[1]}"
    assert "Yes, write to me" in requests.get(confirm, timeout=10).text
    states = "SELECT state FROM subscription"
    assert house.sql(states) == [("pending",)], "looking at a link does nothing"
    assert requests.post(f"{confirm[:-1]}x", timeout=10).status_code == 404
    for _ in range(2):
        assert requests.post(confirm, timeout=10).status_code == 200
    assert house.sql(states) == [("confirmed",)]
    house.post(message(alert("LiftStuck")))
    house.post(message(DOOR))
    letter = postbox.letter("Doors, North House: we are looking into a disruption")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    leave = re.fullmatch(
        r"<https?://[^/]+(/status/unsubscribe/\d+/\w+)>", letter["List-Unsubscribe"]
    )
    assert leave
    assert "Lifts" not in str(postbox.letters)
    one_click = {"List-Unsubscribe": "One-Click"}
    for _ in range(2):
        done = requests.post(f"{house.url}{leave[1]}", data=one_click, timeout=10)
        assert done.status_code == 200
    assert house.sql("SELECT state, address FROM subscription") == [("ended", '""')]
    house.post(message(resolved(DOOR)))
    shows(house, "the disruption is over")
    assert len([one for one in postbox.letters if "over" in str(one["Subject"])]) == 0
    assert len(postbox.letters) == 2
    codes = [requests.post(url, data=fields, timeout=10).status_code for _ in range(12)]
    assert codes[-1] == 429


def test_a_program_subscribes_through_the_api(house: Running) -> None:
    api = f"{house.url}/api/v1/subscriptions"
    made = requests.post(api, json={"url": f"{house.url}/nothing"}, timeout=10)
    assert made.status_code == 201, made.text
    assert made.json()["subscriptions"][0]["state"] == "confirmed"
    assert requests.post(api, json={"url": f"{house.url}/nothing"}, timeout=10).status_code == 409
    assert requests.post(api, json={"url": "ftp://x"}, timeout=10).status_code == 400
    house.post(message(DOOR))
    # The page of nothing refuses it for good: it is given up, and says so in the store.
    eventually(lambda: house.sql("SELECT way, state FROM letter") == [("webhook", "dead")])
    assert requests.delete(f"{api}/1", timeout=10).status_code == 204
    assert requests.delete(f"{api}/1", timeout=10).status_code == 404


def test_without_its_database_the_page_is_there_and_says_since_when(data: Path) -> None:
    with open_folder() as folder, postgresql_server(folder) as server:
        config = (data / "incidents.yaml").read_text()
        (data / "incidents.yaml").write_text(config.replace(SQLITE, fresh_database(server)))
        furnish(data, AUTOMATIC, "status_page: {folder: public}\n")
        running = Running(data)
        running.start()
        running.post(message(DOOR))
        shows(running, "we are looking into a disruption")
        stop(server.process, signal.SIGINT)
        page = shows(running, "We cannot renew this page at the moment")
        assert page.status_code == 200
        assert "we are looking into a disruption" in page.text
        assert running.get("/api/v1/incidents").status_code == 503
        eventually(lambda: "We cannot renew" in (data / "public/index.html").read_text())
        started = time.monotonic()
        for _ in range(20):
            assert running.get("/status/").status_code == 200
        assert time.monotonic() - started < 60, "nobody waits for a database"
        server.process = server.start()
        eventually(lambda: "We cannot renew" not in running.get("/status/").text)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(60) == 0
        running.log.close()


def test_a_page_that_nobody_renews_grows_old_by_itself() -> None:
    minute = 60_000_000_000
    shown = Shown({}, {"old": None}, at=0, renewed=True)  # type: ignore[dict-item]
    assert shown.files(minute - 1) == {}
    assert "old" in shown.files(minute)
