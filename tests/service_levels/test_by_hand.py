"""The table of docs/explanation/deadlines-by-hand.md, line by line, in every way of counting."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sothat.model.policy import Calendar, Hours, Term
from sothat.service_levels.clocks import deadline_of
from sothat.service_levels.deadline import Promise
from sothat.service_levels.intervals import Interval
from sothat.service_levels.timetable import Held, Timetable, due_of, instant

from .conftest import ROOT
from .oracle import DAYS

PAGE = ROOT / "docs" / "explanation" / "deadlines-by-hand.md"
ROW = re.compile(
    r"^\| ([A-Z][A-Za-z ]+) \| (\d+ .+?) \| (\d.+?) \| (.*?) ?\| (\d.+?) \| (.+) \|$",
    re.MULTILINE,
)
ROWS = [tuple(row) for row in ROW.findall(PAGE.read_text(encoding="utf-8"))]
HOURS = {
    "business": Hours(DAYS[:5], "08:00", "18:00", holidays=False),
    "extended": Hours(DAYS[:6], "07:00", "21:00", holidays=False),
    "always": Hours(DAYS, "00:00", "24:00", holidays=True),
}
PLACES = {
    "Berlin": Calendar("berlin", "DE", "BE", "Europe/Berlin", {}),
    "Munich": Calendar("munich", "DE", "BY", "Europe/Berlin", {}),
    "Lord Howe": Calendar("lord-howe", "AU", "NSW", "Australia/Lord_Howe", {}),
    "Apia": Calendar("apia", "WS", "", "Pacific/Apia", {}),
    "Santiago": Calendar("santiago", "CL", "", "America/Santiago", {}),
}


def promised(text: str, since: datetime) -> Promise:
    number, unit, hours = text.split()
    term = Term(hours, days=int(number)) if unit == "days" else Term(hours, int(number) * 3600.0)
    return Promise(since, term, HOURS[hours])


def later(start: datetime, text: str) -> datetime:
    """Return the next time at which the wall shows a time of day, after a start."""
    found = datetime.combine(start.date(), datetime.strptime(text, "%H:%M").time())  # noqa: DTZ007 – a wall's
    found = found.replace(tzinfo=start.tzinfo)
    return found if found > start else found.replace(day=found.day + 1)


def test_the_table_is_read_whole() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert len(ROWS) == sum(line.startswith("| ") for line in lines) - 1 > 20


@pytest.mark.parametrize(("place", "promise", "start", "way", "due", "why"), ROWS)
def test_by_hand(place: str, promise: str, start: str, way: str, due: str, why: str) -> None:
    calendar = PLACES[place]
    zone = ZoneInfo(calendar.time_zone)
    since = datetime.fromisoformat(start).replace(tzinfo=zone)
    promises, pauses = [promised(promise, since)], []
    if waits := re.fullmatch(r"waits (\d\d:\d\d)–(\d\d:\d\d)", way):
        pauses = [Interval(later(since, waits[1]), later(since, waits[2]))]
    elif change := re.fullmatch(r"(.+) from (\d\d:\d\d)", way):
        promises.append(promised(change[1], later(since, change[2])))
    else:
        assert not way
    assert why
    explained = deadline_of(promises, calendar, pauses).at
    assert f"{explained.astimezone(zone):%Y-%m-%d %H:%M}" == due
    held = [Held(instant(p.since), p.term, Timetable(p.hours, calendar)) for p in promises]
    assert due_of(held, [(instant(p.start), instant(p.end)) for p in pauses]) == instant(explained)
