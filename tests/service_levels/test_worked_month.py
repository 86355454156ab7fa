"""Every figure of a month, by hand and in words; see `worked_month` for what happened in it."""

from datetime import UTC
from fractions import Fraction

import pytest
from sothat.model.policy import Client, Policy, Priority
from sothat.service_levels.attainment import Month, Promises, Tally, of_month, served, tallies
from sothat.service_levels.contracts import Clock
from sothat.service_levels.intervals import Interval, total
from sothat.service_levels.maintenance import planned_time
from sothat.service_levels.months import month

from . import worked_month as worked


@pytest.fixture
def policy(shipped: Policy) -> Policy:
    return worked.policy(shipped)


@pytest.fixture
def october(policy: Policy) -> Interval:
    return month(policy.calendars["head-office"], worked.YEAR, worked.MONTH)


def judged(policy: Policy, client: Client, period: Interval, *unknown: Interval) -> Month:
    planned = planned_time(policy, period)
    return of_month(policy, client, period, worked.OUTAGES[client.name], planned, unknown)


def test_the_month_has_an_hour_more(october: Interval) -> None:
    # 31 days of 24 hours are 744; the night of the 25th has an hour twice.
    assert october.seconds == 745 * 3600


def test_maintenance_takes_real_hours_out_of_it(policy: Policy, october: Interval) -> None:
    # Weekly windows on the 4th, 11th and 18th from 00:00 to 04:00: 3 times 4 hours. On the 25th,
    # the last Sunday, the weekly one lies within the monthly one from 00:00 to 08:00, which is
    # 9 hours long as 02:00 to 03:00 comes twice. 12 + 9 = 21.
    assert total(planned_time(policy, october)) == 21 * 3600


def test_an_incident_across_the_change(policy: Policy, october: Interval) -> None:
    # From Saturday 23:30 to Sunday 08:45 are 9 h 15 min on the wall, and 10 h 15 min in truth.
    # Half an hour before the window and three quarters after it count: 1.25 hours of the
    # 745 - 21 = 724 that were owed.
    found = judged(policy, worked.ALPHA, october)
    assert worked.ACROSS.seconds == 10.25 * 3600
    assert total(found.availability.owed) == 724 * 3600
    assert total(found.availability.down) == 1.25 * 3600
    assert found.availability.share == 1 - Fraction(125, 72_400)
    # 99.827 % is below 99.9 % and above 99 %: the first tier, a tenth of the fee.
    assert found.credit.share == 0.1
    # A thousandth of 724 hours is 2,606.4 seconds; 4,500 are used: 1,893.6 too many.
    assert found.budget.whole == pytest.approx(2606.4)
    assert found.budget.left == pytest.approx(-1893.6)
    assert found.known == 1


def test_a_contract_that_began_in_the_month(policy: Policy, october: Interval) -> None:
    # From the 16th at noon to the end: 15½ days of 24 hours and the hour more, 373 hours. The
    # windows of the 18th and the 25th take 4 + 9 = 13: 360 hours were owed.
    period = served(october, worked.BETA_SINCE, None)
    assert period is not None
    found = judged(policy, worked.BETA, period)
    assert period.seconds == 373 * 3600
    assert total(found.availability.owed) == 360 * 3600
    # The outage of the 10th was before the contract; 5 hours on the 20th and the 1.25 count: 6.25.
    assert found.availability.share == 1 - Fraction(625, 36_000)
    # 98.26 % is below 99 %, the second tier: a quarter of the fee of the part month.
    assert found.credit.share == 0.25
    # 0.05 % of 360 hours is 648 seconds; 22,500 are used.
    assert found.budget.left == pytest.approx(648 - 22_500)


def test_what_nobody_measured_is_said(policy: Policy, october: Interval) -> None:
    # 2 of 724 owed hours are not known: neither up nor down.
    found = judged(policy, worked.GAMMA, october, worked.UNMEASURED)
    assert found.known == pytest.approx(722 / 724)
    assert found.availability.share == 1
    assert total(found.availability.owed) == 722 * 3600
    assert found.credit.share == 0
    texts = [line.text for line in found.availability.lines]
    assert "Wed 2026-10-14 10:00–12:00 CEST: not measured, left out." in texts


def test_a_contract_that_did_not_hold_at_all(october: Interval) -> None:
    assert served(october, october.end, None) is None
    assert served(october, None, october.start) is None


def test_each_promise_to_a_client(policy: Policy) -> None:
    found = {
        (one.ticket.priority, one.clock): (one.due, one.outcome)
        for one in Promises(policy).of(worked.ALPHA, worked.TICKETS, worked.NOW)
    }
    # Moments that the wall shows twice equal nothing in another zone: compared in UTC.
    expected = {
        # P3 on Friday at 16:00, 8 business hours: 2 until 18:00, 6 on Monday from 08:00.
        (Priority.P3, Clock.RESPONSE): (worked.at("10-26T14:00"), "kept"),
        # 5 business days, of which 0.2 are Friday's: four whole ones until Thursday, 0.8 on Friday.
        (Priority.P3, Clock.RESOLUTION): (worked.at("10-30T16:00"), "kept"),
        # P1 in the night at 01:30, an hour at any time: 02:30 summer time. Answered at the second
        # 02:10, which is an hour and 40 minutes later.
        (Priority.P1, Clock.RESPONSE): (worked.at("10-25T02:30"), "missed"),
        # 8 hours in truth end at 08:30 winter time; it took until 08:45.
        (Priority.P1, Clock.RESOLUTION): (worked.at("10-25T08:30"), "missed"),
        # P2 on Thursday at 17:00, 4 business hours: 1 that day and 3 on Friday.
        (Priority.P2, Clock.RESPONSE): (worked.at("10-30T11:00"), "missed"),
        # 24 hours of any kind.
        (Priority.P2, Clock.RESOLUTION): (worked.at("10-30T17:00"), "missed"),
        # P4 on Friday at 10:00, 2 business days: 0.8 that day, Monday, 0.2 of Tuesday.
        (Priority.P4, Clock.RESPONSE): (worked.at("11-03T10:00"), "running"),
        # 10 business days: 0.8 of the first, 9 more until the 12th, 0.2 of the 13th.
        (Priority.P4, Clock.RESOLUTION): (worked.at("11-13T10:00"), "running"),
    }
    assert found == {key: (at.astimezone(UTC), how) for key, (at, how) in expected.items()}


def test_the_month_s_attainment(policy: Policy, october: Interval) -> None:
    found = tallies(Promises(policy).of(worked.ALPHA, worked.TICKETS, worked.NOW), october)
    assert found == (
        Tally(Priority.P1, Clock.RESOLUTION, 0, 1, 0),
        Tally(Priority.P1, Clock.RESPONSE, 0, 1, 0),
        Tally(Priority.P2, Clock.RESOLUTION, 0, 1, 0),
        Tally(Priority.P2, Clock.RESPONSE, 0, 1, 0),
        Tally(Priority.P3, Clock.RESOLUTION, 1, 0, 0),
        Tally(Priority.P3, Clock.RESPONSE, 1, 0, 0),
        Tally(Priority.P4, Clock.RESOLUTION, 0, 0, 1),
        Tally(Priority.P4, Clock.RESPONSE, 0, 0, 1),
    )
    assert [one.attainment for one in found] == [0, 0, 0, 0, 1, 1, None, None]


def test_a_promise_belongs_to_the_month_that_decides_it(policy: Policy) -> None:
    november = month(policy.calendars["head-office"], 2026, 11)
    later = worked.at("11-20T00:00")
    found = tallies(Promises(policy).of(worked.ALPHA, worked.TICKETS, later), november)
    assert [(one.priority, one.missed) for one in found] == [(Priority.P4, 1), (Priority.P4, 1)]
