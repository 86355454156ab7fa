"""What clients read: in their time, and nothing that is not for them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.maintenance.plan import Plan, Told
from sothat.maintenance.reading import load_plan
from sothat.maintenance.records import Entry, Event
from sothat.maintenance.standing import Standing, standing
from sothat.maintenance.texts import Occasion, notice
from sothat.model.policy import Calendar, Client, Policy
from sothat.service_levels.intervals import Interval

from .conftest import PLAN

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def found(plan: Plan) -> Standing:
    return standing(plan.works[0], [], NOW)


def test_an_announcement(found: Standing, policy: Policy) -> None:
    assert notice(Occasion.ANNOUNCEMENT, found, policy.clients["harbour"], policy) == (
        "Planned maintenance on Sunday, 06 December 2026: Minor release of the database\n\n"
        "We are going to work on our service.\n\n"
        "What we do: We install an update of our database.\n\n"
        "When: Sunday, 06 December 2026, 01:00 to 03:00 (Europe/Berlin)\n\n"
        "What you will notice: Pages are slow for a few minutes.\n\n"
        "What you can do meanwhile: Load the page again.\n"
    )


def test_each_client_reads_its_own_time(found: Standing, policy: Policy) -> None:
    text = notice(Occasion.REMINDER, found, policy.clients["island"], policy)
    # 00:00 UTC is 11:00 on Lord Howe, which is half a summer's hour ahead of its +10:30.
    assert "Sunday, 06 December 2026, 11:00 to 13:00 (Australia/Lord_Howe)" in text


def test_a_night_in_which_the_clocks_change(found: Standing, policy: Policy) -> None:
    night = Interval(
        datetime(2026, 10, 24, 23, 0, tzinfo=UTC), datetime(2026, 10, 25, 3, 0, tzinfo=UTC)
    )
    work = replace(found.work, interval=night)
    text = notice(Occasion.START, replace(found, work=work), policy.clients["harbour"], policy)
    assert "01:00 to 04:00 (Europe/Berlin); the clocks change meanwhile, it takes 4 hours" in text


def test_how_it_ended(found: Standing, policy: Policy) -> None:
    for outcome, words in (("done", "is done"), ("rolled-back", "taken the change back")):
        entries = [
            Entry(NOW, Event.STARTED, "db-minor", "me"),
            Entry(NOW, Event.FINISHED, "db-minor", "me", outcome=outcome),
        ]
        ended = standing(found.work, entries, NOW)
        assert words in notice(Occasion.END, ended, policy.clients["harbour"], policy)


SECRET = st.text(st.characters(categories=["Lu"]), min_size=12, max_size=20)


@given(occasion=st.sampled_from(Occasion), secret=SECRET)
def test_nothing_internal_is_told(occasion: Occasion, secret: str) -> None:
    work = load_plan(PLAN).works[0]
    hidden = replace(
        work,
        internal=secret,
        id=secret,
        owner=secret,
        affects=({"host": (secret,)},),
        checks=tuple(replace(check, name=secret, query=secret) for check in work.checks),
        told=Told("update", "slow"),
    )
    entry = Entry(NOW, Event.NOTED, secret, secret, text=secret)
    found = standing(hidden, [entry], NOW)
    assert secret not in notice(occasion, found, _policy().clients["harbour"], _policy())


def _policy() -> Policy:
    office = Calendar("office", "DE", "BE", "Europe/Berlin", {})
    client = Client("harbour", "standard", "office")
    return Policy({}, {}, (), calendars={"office": office}, clients={"harbour": client})
