"""Deadlines worked out by hand; the words beside each case are the calculation."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sothat.model.policy import Calendar, Hours, Term
from sothat.service_levels.clocks import deadline, deadline_of
from sothat.service_levels.deadline import Promise
from sothat.service_levels.intervals import total

HOUR = 3600.0
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOURS = {
    "business": Hours(WEEK[:5], "08:00", "18:00", holidays=False),
    "extended": Hours(WEEK[:6], "07:00", "21:00", holidays=False),
    "always": Hours(WEEK, "00:00", "24:00", holidays=True),
    "night": Hours(WEEK[:5], "22:00", "06:00", holidays=False),
}
PLACES = {
    "Berlin": ("DE", "BE", "Europe/Berlin"),
    "Munich": ("DE", "BY", "Europe/Berlin"),
    "Lord Howe": ("AU", "NSW", "Australia/Lord_Howe"),
    "Apia": ("WS", "", "Pacific/Apia"),
    "Santiago": ("CL", "", "America/Santiago"),
}

# Where; promised time; hours; local start; local deadline; why.
BY_HAND = [
    # Standard contract, response to a high one: half an hour is left of Friday, 3½ h on Monday.
    ("Berlin", 4 * HOUR, "business", "2026-02-27 17:30", "2026-03-02 11:30"),
    # The same in the night of the clock change: Monday's hours are still Monday's hours.
    ("Berlin", 4 * HOUR, "business", "2026-03-27 17:30", "2026-03-30 11:30"),
    ("Berlin", 4 * HOUR, "business", "2026-10-23 17:30", "2026-10-26 11:30"),
    # 24 h at all hours: the wall clock shows an hour more after the jump in March, one less
    # after that in October.
    ("Berlin", 24 * HOUR, "always", "2026-03-28 12:00", "2026-03-29 13:00"),
    ("Berlin", 24 * HOUR, "always", "2026-10-24 12:00", "2026-10-25 11:00"),
    # One hour from 01:30 on the day when 02:00 to 03:00 does not exist.
    ("Berlin", 1 * HOUR, "always", "2026-03-29 01:30", "2026-03-29 03:30"),
    # Epiphany is a Tuesday: open in Berlin, closed in Munich. From Monday 16:00 two hours are
    # left of Monday; six follow on Tuesday or Wednesday.
    ("Berlin", 8 * HOUR, "business", "2026-01-05 16:00", "2026-01-06 14:00"),
    ("Munich", 8 * HOUR, "business", "2026-01-05 16:00", "2026-01-07 14:00"),
    # Sent on a Saturday, on a holiday, before opening: the clock starts when the doors open.
    ("Berlin", 4 * HOUR, "business", "2026-02-28 12:00", "2026-03-02 12:00"),
    ("Berlin", 4 * HOUR, "business", "2026-05-01 09:00", "2026-05-04 12:00"),
    ("Berlin", 4 * HOUR, "business", "2026-03-02 06:00", "2026-03-02 12:00"),
    # It ends with the doors' closing, not at the next opening.
    ("Berlin", 4 * HOUR, "business", "2026-03-02 14:00", "2026-03-02 18:00"),
    # At closing time the doors are closed: all of it counts on the next day.
    ("Berlin", 4 * HOUR, "business", "2026-03-02 18:00", "2026-03-03 12:00"),
    # No time at all: at once, or as soon as the doors open.
    ("Berlin", 0.0, "business", "2026-03-02 10:00", "2026-03-02 10:00"),
    ("Berlin", 0.0, "business", "2026-02-28 10:00", "2026-03-02 08:00"),
    # Extended hours have Saturdays until 21:00: 20:00 to 21:00 and an hour of Monday.
    ("Berlin", 2 * HOUR, "extended", "2026-02-28 20:00", "2026-03-02 08:00"),
    # Easter: Friday and Monday are closed, Saturday is open in extended hours only.
    ("Berlin", 20 * HOUR, "business", "2026-04-02 08:00", "2026-04-07 18:00"),
    ("Berlin", 20 * HOUR, "extended", "2026-04-02 07:00", "2026-04-04 13:00"),
    # Whole days: a day later is the same time of the next open day.
    ("Berlin", 1, "business", "2026-02-27 17:30", "2026-03-02 17:30"),
    ("Berlin", 2, "business", "2026-04-02 10:00", "2026-04-08 10:00"),
    # From outside the hours a whole day ends with the day.
    ("Berlin", 1, "business", "2026-02-28 12:00", "2026-03-02 18:00"),
    # Ten days over Christmas from Friday the 18th at 13:00, the middle of the day: half a day;
    # nine on 21 to 24 December (Christmas Eve is no public holiday), 28 to 31 December and
    # 4 January; half of the 5th. The 25th and the 1st are Fridays and holidays.
    ("Berlin", 10, "business", "2026-12-18 13:00", "2027-01-05 13:00"),
    # A day at all hours is a day of the calendar, 23 h long here. From Saturday noon: half of
    # Saturday, and half of Sunday's 23 h are over at 12:30 summer time.
    ("Berlin", 1, "always", "2026-03-28 12:00", "2026-03-29 12:30"),
    # The night of Friday is eight hours long; the one before the jump in March is on Saturday
    # and not worked. From Friday 02:00: four hours of Thursday's night, four of Friday's.
    ("Berlin", 8 * HOUR, "night", "2026-03-27 02:00", "2026-03-28 02:00"),
    # Lord Howe's clock jumps by half an hour, at 02:00 to 02:30 and back from 02:00 to 01:30.
    ("Lord Howe", 4 * HOUR, "always", "2026-10-04 00:00", "2026-10-04 04:30"),
    ("Lord Howe", 4 * HOUR, "always", "2026-04-05 00:00", "2026-04-05 03:30"),
    # Apia had no 30 December 2011, a Friday: after Thursday came Saturday.
    ("Apia", 24 * HOUR, "always", "2011-12-29 12:00", "2011-12-31 12:00"),
    # Two hours of Thursday; Monday is a holiday; ten hours of Tuesday and one of Wednesday.
    ("Apia", 13 * HOUR, "business", "2011-12-29 16:00", "2012-01-04 09:00"),
    # Santiago has no midnight on this Sunday: 01:00 follows 23:59.
    ("Santiago", 2 * HOUR, "always", "2026-09-05 23:00", "2026-09-06 02:00"),
]


def calendar_of(place: str) -> Calendar:
    country, subdivision, zone = PLACES[place]
    return Calendar(place.lower(), country, subdivision, zone, {})


@pytest.mark.parametrize(("fold", "due"), [(0, "01:30"), (1, "02:30")])
def test_the_same_local_time_twice_is_two_moments(fold: int, due: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 10, 25, 2, 30, tzinfo=zone, fold=fold)
    found = deadline(
        Term("always", seconds=HOUR), calendar_of("Berlin"), start, hours=HOURS["always"]
    )
    assert f"{found.at:%H:%M}" == due
    assert found.started.tzinfo is UTC


def test_a_start_without_a_zone_is_refused() -> None:
    local = datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001 – the mistake that is refused
    with pytest.raises(ValueError, match="without a time zone"):
        deadline(Term("always", seconds=HOUR), calendar_of("Berlin"), local, hours=HOURS["always"])


def test_promises_out_of_order_are_refused() -> None:
    later, earlier = (
        Promise(datetime(2026, 3, day, tzinfo=UTC), Term("always", seconds=HOUR), HOURS["always"])
        for day in (2, 1)
    )
    with pytest.raises(ValueError, match="not in order"):
        deadline_of((later, earlier), calendar_of("Berlin"))
    with pytest.raises(ValueError, match="without a promise"):
        deadline_of((), calendar_of("Berlin"))


@pytest.mark.parametrize(("place", "promised", "hours", "start", "due"), BY_HAND)
def test_deadlines_by_hand(place: str, promised: float, hours: str, start: str, due: str) -> None:
    calendar = calendar_of(place)
    zone = ZoneInfo(calendar.time_zone)
    days = {"days": promised} if isinstance(promised, int) else {"seconds": promised}
    found = deadline(
        Term(hours, **days),
        calendar,
        datetime.fromisoformat(start).replace(tzinfo=zone),
        hours=HOURS[hours],
    )
    assert f"{found.at.astimezone(zone):%Y-%m-%d %H:%M}" == due
    assert found.at.tzinfo is UTC
    if isinstance(promised, float):
        assert total(found.intervals) == promised
