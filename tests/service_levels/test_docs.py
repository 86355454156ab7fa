"""The explanations that the documentation shows are those that the code gives."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from sothat.model.policy import Policy, Priority
from sothat.service_levels.availability import availability
from sothat.service_levels.contracts import Clock, deadlines, started
from sothat.service_levels.intervals import Interval
from sothat.service_levels.maintenance import planned_time
from sothat.service_levels.months import month

from .conftest import ROOT

BLOCK = re.compile(r"^```text\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZoneInfo("Europe/Berlin"))


def shown(page: str) -> list[str]:
    return BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))


def test_why_10_42(shipped: Policy) -> None:
    history = started(Priority.P2, berlin("04-02T16:42"))
    found = deadlines(shipped, history, contract="standard")[Clock.RESPONSE].explanation
    assert shown("explanation/clocks.md") == [re.sub("@[0-9a-f]{8}", "", found)]


def test_the_availability_of_a_month(shipped: Policy) -> None:
    calendar = shipped.calendars["head-office"]
    february = month(calendar, 2026, 2)
    outages = (
        Interval(berlin("02-11T10:00"), berlin("02-11T12:00")),
        Interval(berlin("02-22T07:00"), berlin("02-22T10:00")),
    )
    found = availability(calendar, february, outages, planned_time(shipped, february))
    assert shown("reference/service-levels.md") == ["\n".join(line.text for line in found.lines)]
