"""A button of a page that is pressed twice: one action and one record, whatever it does."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import pytest
import requests

from .communication.houses import furnish
from .conftest import Running, alert, message

# Page, where its form goes, what is filled in, and how often it is there afterwards.
BUTTONS = [
    ("/incidents/1", "/incidents/1/note", {"note": "look here"}),
    ("/incidents/1", "/incidents/1/update", {"note": "we are on it"}),
    ("/incidents/1", "/incidents/1/acknowledge", {}),
    (
        "/incidents/1/communication",
        "/incidents/1/communication",
        {"kind": "initial", "audiences": "north", "step": "send"},
    ),
    (
        "/incidents/1/communication",
        "/incidents/1/communication",
        {"kind": "update", "audiences": "north", "step": "send", "impact": "no way in"},
    ),
    ("/report", "/report", {"title": "The door sticks", "sort": "problem"}),
    ("/incidents/1", "/incidents/1/resolve", {}),
]


def form_of(service: Running, browser: requests.Session, page: str) -> str:
    """Return what proves that a form of a page is ours, and which one it is."""
    text = browser.get(service.url + page, timeout=30).text
    found = re.search(r'name="form" value="([^"]+)"', text)
    assert found is not None, text
    return unescape(found[1])


def recorded(service: Running) -> list[tuple[str, str]]:
    """Return what was done, and how it ended, oldest first."""
    entries = service.get("/api/v1/audit?limit=100").json()["entries"]
    return [(one["action"], one["outcome"]) for one in reversed(entries)]


def press(
    browser: requests.Session, urls: list[str], fields: dict[str, str]
) -> list[requests.Response]:
    """Press a button as often as there are places to send it to, all at once."""

    def send(url: str) -> requests.Response:
        cookies = browser.cookies.get_dict()
        return requests.post(url, data=fields, cookies=cookies, timeout=60, allow_redirects=False)

    with ThreadPoolExecutor(len(urls)) as pool:
        return list(pool.map(send, urls))


@pytest.fixture
def telling(data: Path) -> Path:
    """Return a data folder whose service has somebody outside to tell."""
    furnish(data)
    return data


def test_each_button_that_is_pressed_twice_is_one_action_and_one_record(
    telling: Path, service: Running
) -> None:
    service.post(message(alert("DoorSilent", priority="P1")))
    with requests.Session() as browser:
        for page, place, more in BUTTONS:
            before = recorded(service)
            own = {} if page == "/report" else {"by": "engineer"}
            fields = {"form": form_of(service, browser, page), **own, **more}
            answers = press(browser, [service.url + place] * 3, fields)
            assert {one.status_code for one in answers} == {303}, (place, answers[-1].text)
            new = recorded(service)[len(before) :]
            assert [outcome for _, outcome in new] == ["done"], (place, new)
        timeline = service.incident(1)["timeline"]
        assert [one["text"] for one in timeline].count("look here") == 1
        told = service.get("/api/v1/incidents/1/announcements").json()["announcements"]
        assert [one["kind"] for one in told] == ["initial", "update"]
        assert len(service.get("/api/v1/reports").json()["reports"]) == 1
        again = {"form": form_of(service, browser, "/incidents/1"), "note": "look here"}
        press(browser, [f"{service.url}/incidents/1/note"], {**again, "by": "engineer"})
        # Another look at the page is another form: who says it again means it.
        texts = [one["text"] for one in service.incident(1)["timeline"]]
        assert texts.count("look here") == 2


def test_another_button_of_the_same_page_is_another_wish(service: Running) -> None:
    service.post(message(alert()))
    with requests.Session() as browser:
        fields = {"form": form_of(service, browser, "/incidents/1"), "by": "engineer"}
        for place, more in (("acknowledge", {}), ("note", {"note": "a"}), ("note", {"note": "b"})):
            (answer,) = press(browser, [f"{service.url}/incidents/1/{place}"], {**fields, **more})
            assert answer.status_code == 303
    texts = [one["text"] for one in service.incident(1)["timeline"]]
    assert {"a", "b"} <= set(texts)


def test_who_is_refused_may_press_again(service: Running) -> None:
    """A refusal is no action: the same form, once it can be, is carried out."""
    service.post(message(alert()))
    with requests.Session() as browser:
        fields = {"form": form_of(service, browser, "/incidents/1"), "by": "engineer"}
        place = [f"{service.url}/incidents/1/release"]
        (refused,) = press(browser, place, fields)
        assert refused.status_code == 409
        service.command(1, "acknowledge", by="engineer")
        (done,) = press(browser, place, fields)
        assert done.status_code == 303
    assert service.incident(1)["state"] == "open"


def test_a_form_that_is_not_ours_presses_nothing(service: Running) -> None:
    service.post(message(alert()))
    with requests.Session() as browser:
        form_of(service, browser, "/incidents/1")
        place = [f"{service.url}/incidents/1/resolve"]
        for form in ("", "x", ".", "x.y"):
            (refused,) = press(browser, place, {"form": form, "by": "engineer"})
            assert refused.status_code == 403
    assert service.incident(1)["state"] == "open"
