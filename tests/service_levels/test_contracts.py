"""The promises of the shipped policy, by hand; what pauses and changed priorities do to them."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sothat.model.policy import Calendar, Client, Policy, Priority, PriorityTerms
from sothat.model.problem import Unusable
from sothat.service_levels.contracts import (
    Change,
    Clock,
    History,
    calendar_named,
    deadlines,
    deadlines_of_client,
    priority_of,
    started,
)
from sothat.service_levels.intervals import Interval

BERLIN = ZoneInfo("Europe/Berlin")
P1, P2, P3, P4 = Priority


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def shown(moment: datetime, zone: ZoneInfo = BERLIN) -> str:
    return f"{moment.astimezone(zone):%a %m-%d %H:%M}"


# A priority's own clocks for what begins on Friday 27 February 2026 at 17:30: acknowledge,
# update, resolve. P1 and P2 run through the night; P3 and P4 have half an hour of Friday left.
PRIORITIES = {
    P1: ("Fri 02-27 17:45", "Fri 02-27 18:00", "Fri 02-27 21:30"),
    P2: ("Fri 02-27 18:30", "Fri 02-27 19:30", "Sat 02-28 01:30"),
    P3: ("Mon 03-02 11:30", "Mon 03-02 17:30", "Wed 03-04 17:30"),
    P4: ("Mon 03-02 17:30", None, "Fri 03-13 17:30"),
}
# The contracts' response and resolution for the same moment.
CONTRACTS = {
    ("standard", P1): ("Fri 02-27 18:30", "Sat 02-28 01:30"),
    ("standard", P2): ("Mon 03-02 11:30", "Sat 02-28 17:30"),
    ("standard", P3): ("Mon 03-02 15:30", "Fri 03-06 17:30"),
    ("standard", P4): ("Tue 03-03 17:30", "Fri 03-13 17:30"),
    ("extended", P1): ("Fri 02-27 18:00", "Fri 02-27 21:30"),
    ("extended", P2): ("Fri 02-27 19:30", "Sat 02-28 05:30"),
    ("extended", P3): ("Mon 03-02 11:30", "Wed 03-04 17:30"),
    ("extended", P4): ("Mon 03-02 17:30", "Tue 03-10 17:30"),
    ("premium", P1): ("Fri 02-27 17:45", "Fri 02-27 19:30"),
    ("premium", P2): ("Fri 02-27 18:00", "Sat 02-28 01:30"),
    ("premium", P3): ("Mon 03-02 09:30", "Tue 03-03 17:30"),
    ("premium", P4): ("Mon 03-02 11:30", "Fri 03-06 17:30"),
}


@pytest.mark.parametrize("priority", Priority)
def test_the_clocks_of_a_priority(shipped: Policy, priority: Priority) -> None:
    found = deadlines(shipped, started(priority, berlin("2026-02-27T17:30")))
    due = [found.get(clock) for clock in (Clock.ACKNOWLEDGE, Clock.UPDATE, Clock.RESOLVE)]
    assert tuple(one and shown(one.at) for one in due) == PRIORITIES[priority]


@pytest.mark.parametrize(("contract", "priority"), CONTRACTS)
def test_the_clocks_of_a_contract(shipped: Policy, contract: str, priority: Priority) -> None:
    history = started(priority, berlin("2026-02-27T17:30"))
    found = deadlines(shipped, history, contract=contract)
    due = tuple(shown(found[clock].at) for clock in (Clock.RESPONSE, Clock.RESOLUTION))
    assert due == CONTRACTS[contract, priority]


def test_a_client_s_clocks_keep_the_client_s_local_time(shipped: Policy) -> None:
    sydney = Calendar("sydney", "AU", "NSW", "Australia/Sydney", {})
    policy = replace(
        shipped,
        calendars={**shipped.calendars, "sydney": sydney},
        clients={"harbour": Client("harbour", "standard", "sydney")},
    )
    # Friday 17:30 in Berlin is Saturday 03:30 in Sydney: four hours from Monday 08:00 there.
    found = deadlines_of_client(policy, started(P2, berlin("2026-02-27T17:30")), "harbour")
    assert shown(found[Clock.RESPONSE].at, ZoneInfo("Australia/Sydney")) == "Mon 03-02 12:00"


def test_holidays_do_not_stop_what_a_contract_serves_on_them(shipped: Policy) -> None:
    contract = shipped.contracts["extended"]
    terms = {**contract.response, P1: contract.response[P2]}  # two hours of extended hours
    policy = replace(shipped, contracts={"extended": replace(contract, response=terms)})
    good_friday = berlin("2026-04-03T10:00")
    critical, high = (
        deadlines(policy, started(priority, good_friday), contract="extended")[Clock.RESPONSE]
        for priority in (P1, P2)
    )
    assert shown(critical.at) == "Fri 04-03 12:00"
    assert shown(high.at) == "Sat 04-04 09:00"


def test_waiting_on_the_customer_pauses_resolution_not_response(shipped: Policy) -> None:
    pause = Interval(berlin("2026-02-27T17:00"), berlin("2026-02-27T20:00"))
    change = Change(berlin("2026-02-27T16:00"), P1)
    plain = deadlines(shipped, History((change,)), contract="standard")
    paused = deadlines(shipped, History((change,), (pause,)), contract="standard")
    later = {clock for clock in Clock if paused[clock].at != plain[clock].at}
    assert later == {Clock.RESOLVE, Clock.RESOLUTION}
    assert paused[Clock.RESOLVE].at - plain[Clock.RESOLVE].at == timedelta(hours=3)


def test_a_raised_priority_takes_over_what_is_left(shipped: Policy) -> None:
    # P3 allows four business hours; one is used up, a quarter. P1 allows 15 minutes; three
    # quarters of them are left.
    changes = (Change(berlin("2026-03-02T09:00"), P3), Change(berlin("2026-03-02T10:00"), P1))
    found = deadlines(shipped, History(changes))[Clock.ACKNOWLEDGE]
    assert f"{found.at.astimezone(BERLIN):%H:%M:%S}" == "10:11:15"


def test_a_changed_priority_keeps_the_pause_that_was_earned(shipped: Policy) -> None:
    pause = Interval(berlin("2026-03-02T09:00"), berlin("2026-03-02T11:00"))
    changes = (Change(berlin("2026-03-02T08:00"), P2), Change(berlin("2026-03-02T12:00"), P1))
    # P2 resolves in eight hours: two count until noon, a quarter; three of P1's four are left.
    found = deadlines(shipped, History(changes, (pause,)))[Clock.RESOLVE]
    assert shown(found.at) == "Mon 03-02 15:00"


def test_a_deadline_that_has_passed_stays_passed_when_the_priority_falls(shipped: Policy) -> None:
    changes = (Change(berlin("2026-03-02T08:00"), P1), Change(berlin("2026-03-02T09:00"), P4))
    found = deadlines(shipped, History(changes))[Clock.ACKNOWLEDGE]
    assert shown(found.at) == "Mon 03-02 08:15"


def test_updates_as_needed_have_no_deadline_until_they_get_one(shipped: Policy) -> None:
    first, then = Change(berlin("2026-03-02T08:00"), P4), Change(berlin("2026-03-02T09:00"), P2)
    assert Clock.UPDATE not in deadlines(shipped, History((first,)))
    assert shown(deadlines(shipped, History((first, then)))[Clock.UPDATE].at) == "Mon 03-02 11:00"
    back = Change(berlin("2026-03-02T10:00"), P4)
    assert Clock.UPDATE not in deadlines(shipped, History((first, then, back)))


def test_a_policy_of_seconds_alone_counts_at_all_hours() -> None:
    terms = PriorityTerms(P1, "", "critical", 900.0, None, 3600.0)
    calendar = Calendar("only", "DE", "", "Europe/Berlin", {})
    policy = Policy({P1: terms}, {}, (), calendars={"only": calendar})
    found = deadlines(policy, started(P1, berlin("2026-02-28T23:50")))
    assert {clock.value: shown(one.at) for clock, one in found.items()} == {
        "acknowledge": "Sun 03-01 00:05",
        "resolve": "Sun 03-01 00:50",
    }


def test_without_a_word_on_the_calendar_there_must_be_only_one(shipped: Policy) -> None:
    other = Calendar("other", "DE", "", "Europe/Berlin", {})
    policy = replace(shipped, calendars={**shipped.calendars, "other": other}, calendar="")
    with pytest.raises(Unusable) as caught:
        calendar_named(policy)
    assert caught.value.problems[0].code == "no-calendar"
    assert calendar_named(policy, "other") is other


def test_a_policy_without_calendars_counts_in_utc(shipped: Policy) -> None:
    policy = replace(shipped, calendars={}, calendar="")
    assert calendar_named(policy).time_zone == "UTC"
    assert Clock.RESOLVE in deadlines(policy, started(P1, berlin("2026-02-27T17:30")))
    with pytest.raises(Unusable) as caught:  # business hours close on holidays: whose?
        deadlines(policy, started(P3, berlin("2026-02-27T17:30")))
    assert caught.value.problems[0].code == "unknown-holidays"


def test_the_priority_follows_impact_and_urgency(shipped: Policy) -> None:
    assert priority_of(shipped, "extensive", "critical") is P1
    assert priority_of(shipped, "minor", "low") is P4
    with pytest.raises(Unusable, match="'huge' is not among the policy's impacts"):
        priority_of(shipped, "huge", "low")


def test_the_matrix_never_falls_with_rising_impact_or_urgency(shipped: Policy) -> None:
    impacts = ("minor", "moderate", "significant", "extensive")
    urgencies = ("low", "medium", "high", "critical")
    table = [[priority_of(shipped, impact, urgency) for urgency in urgencies] for impact in impacts]
    for lines in (table, list(zip(*table, strict=True))):
        assert all(list(line) == sorted(line, reverse=True) for line in lines)
