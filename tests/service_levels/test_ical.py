"""Duties as an iCalendar, and overrides out of anybody's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sothat.model.policy import Override, Policy
from sothat.model.problem import Unusable
from sothat.service_levels.ical import exported, overrides
from sothat.service_levels.intervals import Interval
from sothat.service_levels.on_call import duties, on_call

BERLIN = ZoneInfo("Europe/Berlin")
MADE = datetime(2026, 3, 1, tzinfo=UTC)
MARCH = Interval(datetime(2026, 3, 16, tzinfo=UTC), datetime(2026, 4, 13, tzinfo=UTC))


def calendar_of(*events: str) -> str:
    bodies = "".join(f"BEGIN:VEVENT\nUID:{n}\n{e}\nEND:VEVENT\n" for n, e in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{bodies}END:VCALENDAR\n"


def read(*events: str) -> list[tuple[str, str, str, str]]:
    found = overrides(calendar_of(*events), BERLIN, MARCH)
    return [(one.starts, one.ends, one.member, one.reason) for one in found]


def test_a_team_s_duties_become_events(shipped: Policy) -> None:
    found = list(duties(shipped, "platform-sre", MARCH))
    calendar = Calendar.from_ical(exported("platform-sre", found, MADE))
    events = [(event.start, event.end, str(event["summary"])) for event in calendar.events]
    assert events == [(duty.since, duty.until, duty.member) for duty in found]
    assert len({str(event["uid"]) for event in calendar.events}) == len(found)


def test_the_same_duty_has_the_same_identity_tomorrow(shipped: Policy) -> None:
    found = list(duties(shipped, "platform-sre", MARCH))
    one, other = (
        [str(event["uid"]) for event in Calendar.from_ical(exported("a", found, made)).events]
        for made in (MADE, MADE + timedelta(days=1))
    )
    assert one == other


def test_what_is_exported_comes_back_as_overrides(shipped: Policy) -> None:
    text = exported("platform-sre", duties(shipped, "platform-sre", MARCH), MADE)
    taken = tuple(overrides(text, BERLIN, MARCH))
    nobody = replace(shipped.rotations["platform"], members=("Nobody",), overrides=taken)
    policy = replace(shipped, rotations={"platform": nobody})
    for hours in range(0, 27 * 24, 7):
        at = MARCH.start + timedelta(hours=hours)
        was, now = (on_call(each, "platform-sre", at) for each in (shipped, policy))
        assert was is not None
        assert now is not None
        assert now.member == was.member


def test_an_event_that_repeats_keeps_its_local_time_over_the_clock_s_jump() -> None:
    weekly = (
        "DTSTART;TZID=Europe/Berlin:20260105T090000\nDTEND;TZID=Europe/Berlin:20260105T170000\n"
        "RRULE:FREQ=WEEKLY\nSUMMARY:Stand-in\nDESCRIPTION:training"
    )
    assert read(weekly) == [
        (f"2026-{day}T09:00", f"2026-{day}T17:00", "Stand-in", "training")
        for day in ("03-16", "03-23", "03-30", "04-06")
    ]


def test_other_zones_whole_days_and_times_without_a_zone() -> None:
    found = read(
        "DTSTART:20260330T220000Z\nDTEND:20260331T060000Z\nSUMMARY:In UTC",
        "DTSTART;VALUE=DATE:20260401\nSUMMARY:All day",
        "DTSTART:20260402T080000\nDTEND:20260402T120000\nSUMMARY:Wherever",
    )
    assert found == [
        ("2026-03-31T00:00", "2026-03-31T08:00", "In UTC", ""),
        ("2026-04-01T00:00", "2026-04-02T00:00", "All day", ""),
        ("2026-04-02T08:00", "2026-04-02T12:00", "Wherever", ""),
    ]


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", "Customized Time Zone"])
def test_a_calendar_in_a_zone_that_is_none_is_refused(zone: str) -> None:
    text = calendar_of("DTSTART;VALUE=DATE:20260401\nSUMMARY:X")
    with pytest.raises(Unusable, match="time zone"):
        list(overrides(text.replace("PRODID", f"X-WR-TIMEZONE:{zone}\nPRODID"), BERLIN, MARCH))


def test_what_is_cancelled_is_nobodys_duty() -> None:
    told = "DTSTART:20260401T080000Z\nDTEND:20260401T090000Z\nSUMMARY:X\n"
    assert read(f"{told}STATUS:CANCELLED", f"{told}STATUS:cancelled") == []
    assert len(read(f"{told}STATUS:CONFIRMED")) == 1


def test_what_lies_outside_and_what_takes_no_time_is_left_out() -> None:
    assert read(
        "DTSTART:20260301T080000Z\nDTEND:20260301T090000Z\nSUMMARY:Before",
        "DTSTART:20260501T080000Z\nDTEND:20260501T090000Z\nSUMMARY:After",
        "DTSTART:20260401T080000Z\nSUMMARY:No time",
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not an iCalendar"),
        ("no calendar", "not an iCalendar"),
        (calendar_of("DTSTART:tomorrow\nSUMMARY:X"), "not an iCalendar"),
        (calendar_of("DTSTART:20260401T080000Z\nRRULE:FREQ=BOGUS\nSUMMARY:X"), "not an iCalendar"),
        (calendar_of("DTSTART:20260401T080000Z\nDTEND:20260401T090000Z"), "has no summary"),
        (
            calendar_of(
                "DTSTART:19700101T080000Z\nDTEND:19700101T080001Z\nRRULE:FREQ=SECONDLY\nSUMMARY:X"
            ),
            "repeats within a day",
        ),
        (
            calendar_of(
                "DTSTART:19700101T080000Z\nDURATION:PT1S\nSUMMARY:X\n"
                "RRULE:FREQ=DAILY;BYMINUTE=1,2,3;BYSECOND=1,2,3"
            ),
            "repeats within a day",
        ),
        (
            calendar_of("DTSTART;TZID=Mars/Base:20260401T080000\nSUMMARY:X"),
            "'Mars/Base' is no time",
        ),
        (calendar_of("DTSTART:20260401T080000Z\nSUMMARY:X") * 2, "several in one file"),
        (
            calendar_of("DTSTART:20260401T080000Z\nDTEND:20260401T090000Z\nSUMMARY:X")[:-14],
            "it is cut off",
        ),
    ],
    ids=[
        *("empty", "text", "date", "rule", "summary", "secondly", "parts"),
        *("zone", "several", "cut off"),
    ],
)
def test_what_is_no_sound_calendar_is_refused(text: str, why: str) -> None:
    with pytest.raises(Unusable, match=why) as caught:
        list(overrides(text, BERLIN, MARCH))
    assert caught.value.problems[0].code == "bad-icalendar"


HOUR = "DTSTART:20260401T080000Z\nDTEND:20260401T090000Z\nSUMMARY:X\n"


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (f"{HOUR}RRULE:FREQ=DAILY;INTERVAL=0", "INTERVAL below 1"),
        (f"{HOUR}RRULE:COUNT=3", "FREQ does not say"),
        (f"{HOUR}RRULE:FREQ=DAILY;COUNT=5\nEXRULE:FREQ=DAILY;INTERVAL=2", "EXRULE"),
        (f"{HOUR}SUMMARY:Y", "two summaries"),
        (HOUR.replace("T090000Z", "T070000Z"), "ends before it begins"),
        (HOUR.replace("DTSTART:2026", "DTSTART:2024") + "RRULE:FREQ=DAILY", "of its own repeats"),
        (HOUR.replace("2026", "0001") + "RRULE:FREQ=DAILY", "daily since before 1970"),
        (HOUR.replace("2026", "1900") + "RRULE:FREQ=WEEKLY", "weekly since before 1970"),
    ],
)
def test_what_nobody_could_count_through_or_be_told_of_is_refused(event: str, why: str) -> None:
    with pytest.raises(Unusable, match=why) as caught:
        read(event)
    assert caught.value.problems[0].code == "bad-icalendar"


def test_somebodys_birthday_may_be_long_ago() -> None:
    found = read("DTSTART;VALUE=DATE:19000401\nRRULE:FREQ=YEARLY\nSUMMARY:X")
    assert [starts for starts, *_ in found] == ["2026-04-01T00:00"]


def test_more_events_than_anybody_has_are_refused() -> None:
    daily = "DTSTART:20260101T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nSUMMARY:X"
    years = Interval(MARCH.start, MARCH.start + timedelta(days=400))
    with pytest.raises(Unusable, match="more than 1000 events"):
        list(overrides(calendar_of(daily, daily, daily), BERLIN, years))


def test_overrides_are_in_order() -> None:
    found = list(
        overrides(
            calendar_of(
                "DTSTART:20260402T080000\nDTEND:20260402T120000\nSUMMARY:Second",
                "DTSTART:20260401T080000\nDTEND:20260401T120000\nSUMMARY:First",
            ),
            BERLIN,
            MARCH,
        )
    )
    assert found == [
        Override("2026-04-01T08:00", "2026-04-01T12:00", "First"),
        Override("2026-04-02T08:00", "2026-04-02T12:00", "Second"),
    ]
