"""The plan as an iCalendar, and works out of one."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import icalendar
import pytest
from sothat.maintenance.calendar import drafts, exported
from sothat.maintenance.plan import Plan
from sothat.maintenance.standing import standings
from sothat.model.problem import Unusable
from sothat.service_levels.intervals import Interval

NOW = datetime(2026, 11, 20, tzinfo=UTC)
YEAR = Interval(NOW, datetime(2027, 11, 20, tzinfo=UTC))
BERLIN = ZoneInfo("Europe/Berlin")
EVERY_MONTH = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//somebody//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Berlin:20260906T010000
DTEND;TZID=Europe/Berlin:20260906T030000
RRULE:FREQ=MONTHLY;BYDAY=1SU
SUMMARY:Patch night
DESCRIPTION:Updates of all hosts
END:VEVENT
END:VCALENDAR
"""


def test_the_plan_as_a_calendar_and_back(plan: Plan) -> None:
    text = exported(standings(plan, [], NOW), NOW)
    events = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert [str(event["uid"]) for event in events] == [
        "db-minor@maintenance.sothat",
        "lift-gateway@maintenance.sothat",
    ]
    assert "snapshot" not in text, "nothing internal"
    back = drafts(text, BERLIN, YEAR)
    assert [(one["title"], one["starts"], one["ends"]) for one in back] == [
        ("Minor release of the database", "2026-12-06T01:00", "2026-12-06T03:00"),
        ("New gateway in the lift", "2026-12-08T10:00", "2026-12-08T12:00"),
    ]


def test_each_occurrence_is_a_draft_in_local_time() -> None:
    found = drafts(EVERY_MONTH, BERLIN, YEAR)
    assert [one["starts"] for one in found[:4]] == [
        "2026-12-06T01:00",
        "2027-01-03T01:00",
        "2027-02-07T01:00",
        "2027-03-07T01:00",
    ]
    assert len(found) == 12
    assert found[0]["tell"]["what"] == "Updates of all hosts"


@pytest.mark.parametrize(
    "text", ["", "hello", EVERY_MONTH.replace("MONTHLY;BYDAY=1SU", "SECONDLY")]
)
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        drafts(text, BERLIN, YEAR)
