"""The on-call calendar: weeks, overrides by a form, conflicts said; in a real browser, too."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import requests
from sothat.incidents.roster import StandIn, nanoseconds, with_stand_ins
from sothat.incidents.store.stand_ins import Kept
from sothat.incidents.web.weeks import conflicts, days
from sothat.model.policy import Calendar, Policy, Rotation

from .. import axe, chromium  # noqa: TID252 – tests of one tree
from ..conftest import policy_of_tests  # noqa: TID252 – tests of one tree
from .conftest import MARK, TEAM, Shared

BERLIN = Calendar("berlin", "DE", "", "Europe/Berlin", {})


def rotation(name: str, *members: str) -> Rotation:
    return Rotation(
        name, TEAM, "berlin", starts="2026-03-23T09:00", shift=86_400.0, members=members
    )


def policy_with(*rotations: Rotation) -> Policy:
    named = {one.name: one for one in rotations}
    return replace(policy_of_tests(), calendars={"berlin": BERLIN}, rotations=named)


def at(day: int, hour: int) -> int:
    return nanoseconds(datetime(2026, 3, day, hour, tzinfo=UTC))


def stands_in(number: int, name: str, person: str, since: int, until: int) -> Kept:
    return Kept(number, StandIn(name, person, since, until), 0, "somebody")


def test_a_day_shows_who_hands_over_to_whom_in_local_time() -> None:
    plain = policy_with(rotation("day", "one", "two"))
    # The clocks go forward on 29 March: a day of 23 hours, handed over at nine all the same.
    (first, second) = days(plain, list(plain.rotations.values()), date(2026, 3, 28), 2)
    for day, before, after in ((first, "one", "two"), (second, "two", "one")):
        turns = [(turn.since, turn.until, turn.member) for turn in day.cells[0]]
        assert turns == [("00:00", "09:00", before), ("09:00", "24:00", after)]


def test_an_override_stands_where_it_counts() -> None:
    plain = policy_with(rotation("day", "one"))
    row = StandIn("day", "other", at(24, 11), at(24, 13))
    changed = with_stand_ins(plain, [row])
    (day,) = days(changed, list(changed.rotations.values()), date(2026, 3, 24), 1)
    assert [(turn.since, turn.until, turn.member, turn.instead) for turn in day.cells[0]] == [
        ("00:00", "09:00", "one", False),
        ("09:00", "12:00", "one", False),
        ("12:00", "14:00", "other", True),
        ("14:00", "24:00", "one", False),
    ]


def test_a_day_on_which_nobody_has_the_duty_says_so() -> None:
    plain = policy_with(rotation("day", "one"))
    (day,) = days(plain, list(plain.rotations.values()), date(2026, 3, 1), 1)
    assert day.cells == ((),)
    assert [one.cells for one in days(plain, (), date(2026, 3, 1), 2)] == [(), ()]


def test_what_does_not_fit_together_is_said() -> None:
    plain = policy_with(rotation("day", "one"), rotation("night", "two"))
    first = stands_in(1, "day", "three", at(24, 8), at(25, 8))
    later = stands_in(2, "day", "four", at(25, 7), at(26, 8))
    apart = stands_in(3, "day", "five", at(26, 8), at(27, 8))
    doubled = stands_in(4, "day", "two", at(28, 0), at(28, 8))
    assert conflicts(plain, [first, apart]) == ()
    (line,) = conflicts(plain, [later, first])
    assert line == "#2 (four) and #1 (three) of day overlap: #2 counts, it was made later"
    (line,) = conflicts(plain, [doubled])
    assert "two stands in for day (#4) and has the duty of night meanwhile" in line


@pytest.fixture
def manned(shared: Shared) -> Iterator[Shared]:
    """Return the service; what a test overrides is taken back."""
    yield shared
    for one in shared.ask("GET", "/api/v1/overrides").json()["overrides"]:
        shared.ask("DELETE", f"/api/v1/overrides/{one['id']}")


def hidden(text: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', text)
    assert found
    return found[1]


def signed_in(shared: Shared, browser: requests.Session, token: str) -> None:
    form = hidden(browser.get(f"{shared.url}/login", timeout=30).text)
    fields = {"form": form, "token": token, "next": "/account"}
    assert browser.post(f"{shared.url}/login", data=fields, timeout=30).status_code == 200


def monday() -> date:
    today = datetime.now(UTC).date()
    return today - timedelta(days=today.weekday()) + timedelta(weeks=1)


def test_an_override_is_made_and_removed_by_forms(manned: Shared) -> None:
    token = manned.token("planner", "responder", teams=[TEAM])
    day = monday()
    with requests.Session() as browser:
        signed_in(manned, browser, token)
        where = f"{manned.url}/on-call/calendar?from={day}"
        page = browser.get(where, timeout=30)
        assert page.text.count(f"{MARK} engineer</p>") == 14
        wanted = {
            "form": hidden(page.text),
            "rotation": f"{MARK}-rota",
            "person": f"{MARK} engineer",
            "from": f"{day}T10:00",
            "until": f"{day}T12:00",
        }
        made = browser.post(f"{manned.url}/on-call/overrides", data=wanted, timeout=30)
        assert made.status_code == 200
        assert "10:00–12:00" in made.text
        assert "(stands in)" in made.text
        assert "by planner" in made.text
        again = {**wanted, "until": f"{day}T11:00"}
        again = browser.post(f"{manned.url}/on-call/overrides", data=again, timeout=30)
        assert "overlap: #2 counts" in again.text
        for change, said in (
            ({"until": f"{day}T09:00"}, "ends after it starts"),
            ({"person": "nobody"}, "nobody is known as"),
            ({"from": "soon"}, "is no date and time"),
            ({"rotation": "x"}, "there is no rotation"),
        ):
            refused = browser.post(
                f"{manned.url}/on-call/overrides", data={**wanted, **change}, timeout=30
            )
            assert refused.status_code == 422
            assert said in refused.text.lower()
            assert 'role="alert"' in refused.text
        form = {"form": hidden(again.text)}
        gone = browser.post(f"{manned.url}/on-call/overrides/1/remove", data=form, timeout=30)
        assert "#1 <b>" not in gone.text
        assert "#2 <b>" in gone.text
        form = {"form": hidden(gone.text)}
        missing = browser.post(f"{manned.url}/on-call/overrides/1/remove", data=form, timeout=30)
        assert missing.status_code == 404
    assert [one["created_by"] for one in overrides(manned)] == ["planner"]


def overrides(shared: Shared) -> list[dict[str, str]]:
    found: list[dict[str, str]] = shared.ask("GET", "/api/v1/overrides").json()["overrides"]
    return found


@pytest.mark.parametrize(
    ("name", "role", "scope"),
    [("looker", "viewer", {"teams": [TEAM]}), ("other-team", "responder", {"teams": ["platform"]})],
)
def test_who_may_not_changes_nothing(
    manned: Shared, name: str, role: str, scope: dict[str, list[str]]
) -> None:
    token = manned.token(name, role, **scope)
    with requests.Session() as browser:
        signed_in(manned, browser, token)
        page = browser.get(f"{manned.url}/on-call/calendar", timeout=30).text
        assert (MARK in page) is (role == "viewer")
        assert 'id="person"' not in page
        form = hidden(browser.get(f"{manned.url}/account", timeout=30).text)
        wanted = {
            "form": form,
            "rotation": f"{MARK}-rota",
            "person": f"{MARK} engineer",
            "from": "2030-01-01T00:00",
            "until": "2030-01-02T00:00",
        }
        answer = browser.post(f"{manned.url}/on-call/overrides", data=wanted, timeout=30)
        assert answer.status_code in (403, 422)
        foreign = browser.post(
            f"{manned.url}/on-call/overrides", data={**wanted, "form": "x"}, timeout=30
        )
        assert foreign.status_code == 403
    assert overrides(manned) == []


@pytest.mark.real
@pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium on PATH")
def test_the_calendar_by_keyboard_on_a_phone(manned: Shared, tmp_path: Path) -> None:
    if "postgresql" in (manned.running.data / "incidents.yaml").read_text():
        pytest.skip("the page is the same on each database")
    day = monday()
    with requests.Session() as browser, chromium.browser(tmp_path / "browser") as tab:
        signed_in(manned, browser, manned.token("phone", "responder"))
        for name, value in browser.cookies.items():
            tab.call("Network.setCookie", name=name, value=value, url=manned.url)
        axe.wide(tab, 390)
        tab.open(f"{manned.url}/on-call/calendar?from={day}")
        tab.evaluate("document.querySelector('#person').focus()")
        tab.type(f"{MARK} engineer")
        for name, hour in (("from", "10"), ("until", "12")):
            value = json.dumps(f"{day}T{hour}:00")
            tab.evaluate(f"document.querySelector('#{name}').value = {value}")
        tab.evaluate("document.querySelector('#until').focus()")
        tab.call("Input.dispatchKeyEvent", type="keyDown", key="Enter", code="Enter", text="\r")
        tab.wait_for("document.body.textContent.includes('(stands in)')")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        for scheme in ("dark", "light"):
            axe.colours(tab, scheme)
            assert axe.violations(tab) == []
        assert tab.complaints == []


def test_overrides_are_taken_out_of_a_calendar(manned: Shared) -> None:
    token = manned.token("importer", "responder", teams=[TEAM])
    day = monday()
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{n}@example.org\r\nSUMMARY:{MARK} engineer\r\n"
        f"DTSTART:{day:%Y%m%d}T{hour}0000Z\r\nDTEND:{day:%Y%m%d}T{hour + 1}0000Z\r\nEND:VEVENT\r\n"
        for n, hour in enumerate((10, 14))
    )
    frame = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n{}END:VCALENDAR\r\n"
    place = f"{manned.url}/on-call/overrides/calendar"
    with requests.Session() as browser:
        signed_in(manned, browser, token)
        page = browser.get(f"{manned.url}/on-call/calendar", timeout=30)
        wanted = {
            "form": hidden(page.text),
            "rotation": f"{MARK}-rota",
            "calendar": frame.format(events),
        }
        for _ in range(2):
            # Pressed twice: taken over once.
            assert browser.post(place, data=wanted, timeout=30).status_code == 200
        kept = manned.ask("GET", "/api/v1/overrides").json()["overrides"]
        assert [one["starts_at"][11:13] for one in kept] == ["10", "14"]
        for text in ("no calendar", frame.format(events.replace(f"{MARK} engineer", "nobody"))):
            refused = browser.post(place, data={**wanted, "calendar": text}, timeout=30)
            assert refused.status_code == 422
            assert 'role="alert"' in refused.text
            assert "<details open>" in refused.text, "what was typed is still there"
