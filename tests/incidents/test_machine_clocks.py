"""An incident's clocks: hours, calendars, contracts, pauses; against brute force and by hand."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.incidents import events
from sothat.incidents.deadlines import counted, deadlines, due_at, moment
from sothat.incidents.incident import Change, Clocks, Entry, Incident, Rules
from sothat.incidents.policy import load_policy
from sothat.model.policy import Calendar, Client, Contract, Hours, Policy, Priority, Term
from sothat.model.problem import Unusable
from sothat.service_levels import plain
from sothat.service_levels.calendars import working
from sothat.service_levels.contracts import Clock
from sothat.service_levels.deadline import Promise
from sothat.service_levels.intervals import Interval

from ..service_levels.oracle import (  # noqa: TID252 – a test is found by its place, not its name
    open_day,
    slow_deadline,
)
from ..service_levels.test_oracle import (  # noqa: TID252 – see above
    HOURS,
    QUARTER,
    STARTS,
    TERMS,
    ZONES,
)
from .bench import DAY, HOUR, MINUTE, T0, Bench, message, over, sighting
from .conftest import policy_of_tests

LIMIT = timedelta(days=10)
ROOT_POLICY = "compiled/incidents/policy.json"


def nanoseconds(at: datetime) -> int:
    return round(at.timestamp()) * 1_000_000_000


def made(hours: Hours, calendar: Calendar, terms: dict[Priority, Term]) -> Policy:
    """Return a policy all of whose clocks are on some hours of a client's calendar."""
    base = policy_of_tests()
    clocks = {p: dict.fromkeys(("acknowledge", "update", "resolve"), terms[p]) for p in Priority}
    return replace(
        base,
        priorities={p: replace(base.priorities[p], clocks=clocks[p]) for p in Priority},
        hours={"some": hours},
        calendars={calendar.name: calendar},
        contracts={"c": Contract("c", "", "some", (), 0.99, terms, terms)},
        clients={"x": Client("x", "c", calendar.name)},
    )


@st.composite
def lives(draw: st.DrawFn) -> tuple[Policy, datetime, list[tuple[int, str]]]:
    """Return a policy, when an incident opens, and what people do to it, in quarters of an hour."""
    start = draw(STARTS)
    hours, zone = draw(HOURS), draw(ZONES)
    own = {
        (start + timedelta(days=d)).date().isoformat(): "Own"
        for d in draw(st.sets(st.integers(0, 9), max_size=2))
    }
    calendar = Calendar("some", "DE", draw(st.sampled_from(["", "BY", "BE"])), zone, own)
    terms = {priority: draw(TERMS) for priority in Priority}
    gaps = draw(
        st.lists(
            st.tuples(
                st.integers(0, 60), st.sampled_from(["wait", "resume", "P1", "P2", "P3", "P4"])
            ),
            max_size=6,
        )
    )
    at, steps = 0, []
    for gap, what in gaps:
        at += gap
        steps.append((at, what))
    return made(hours, calendar, terms), start, steps


COMMANDS: dict[str, events.Command] = {
    "wait": events.Wait("desk"),
    "resume": events.Resume("desk"),
    **{str(p): events.Prioritise("desk", priority=p) for p in Priority},
}


def lived(policy: Policy, start: datetime, steps: list[tuple[int, str]]) -> tuple[Bench, Incident]:
    bench = Bench(Rules(policy, HOUR, identity=("site",)))
    bench.now = nanoseconds(start)
    bench.take(sighting(client="x"), after=0)
    for at, what in steps:
        bench.now = nanoseconds(start + at * QUARTER)
        incident = bench.incident()
        same = str(incident.priority) == what
        if same or ((what == "wait") == incident.waiting and what in ("wait", "resume")):
            continue
        bench.command(1, COMMANDS[what], after=0)
    if bench.incident().waiting:
        bench.command(1, events.Resume("desk"), after=0)
    return bench, bench.incident()


def told_to_the_oracle(policy: Policy, incident: Incident) -> tuple[list[Promise], list[Interval]]:
    """Return what happened to an incident in the oracle's words."""
    hours = policy.hours["some"]
    promises = [
        Promise(moment(one.at), policy.priorities[one.priority].clocks["resolve"], hours)
        for one in incident.clocks.priorities
    ]
    pauses = [Interval(moment(p.start), moment(p.end or 0)) for p in incident.clocks.pauses]
    return promises, pauses


@settings(max_examples=60, deadline=None)
@given(lives())
def test_the_clocks_of_an_incident_are_those_of_brute_force(
    life: tuple[Policy, datetime, list[tuple[int, str]]],
) -> None:
    policy, start, steps = life
    _, incident = lived(policy, start, steps)
    promises, pauses = told_to_the_oracle(policy, incident)
    calendar = policy.calendars["some"]
    for clock in Clock:
        held = pauses if clock in (Clock.RESOLVE, Clock.RESOLUTION) else []
        expected = slow_deadline(promises, calendar, held, limit=LIMIT, step=QUARTER)
        found = moment(due_at(incident, clock) or 0)
        if expected is None:
            assert found > start + LIMIT
        else:
            assert found == expected


@settings(max_examples=60, deadline=None)
@given(lives())
def test_no_deadline_lies_in_closed_hours_and_all_explain_themselves(
    life: tuple[Policy, datetime, list[tuple[int, str]]],
) -> None:
    policy, start, steps = life
    bench, incident = lived(policy, start, steps)
    hours, calendar = policy.hours["some"], policy.calendars["some"]
    for one in deadlines(incident, bench.now, bench.rules).clocks:
        assert nanoseconds_of(one.deadline.at) == due_at(incident, one.clock)
        last = one.deadline.counted[-1].interval
        # It is open up to the deadline; the deadline itself may be the closing time.
        assert open_day(hours, calendar, last.start) is not None
        assert working(hours, calendar, last.start, last.end) == (last,)
        told = plain.deadline(one.deadline, moment(bench.now))
        counts = [line["seconds"] for line in told["explanation"] if line["kind"] == "counted"]
        assert sum(counts) == pytest.approx(sum(i.seconds for i in one.deadline.intervals))


def nanoseconds_of(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


@settings(max_examples=60, deadline=None)
@given(lives(), st.integers(0, 100), st.integers(1, 100))
def test_one_more_pause_never_brings_a_deadline_forward(
    life: tuple[Policy, datetime, list[tuple[int, str]]], start: int, length: int
) -> None:
    policy, opened, steps = life
    plain_steps = [step for step in steps if step[1] not in ("wait", "resume")]
    added = [*plain_steps, (start, "wait"), (start + length, "resume")]
    more = sorted(added, key=lambda step: step[0])
    _, without = lived(policy, opened, plain_steps)
    _, with_it = lived(policy, opened, more)
    for clock in Clock:
        sooner, later = due_at(without, clock), due_at(with_it, clock)
        assert sooner is not None
        assert later is not None
        assert later >= sooner
        if clock not in (Clock.RESOLVE, Clock.RESOLUTION):
            assert later == sooner


@pytest.fixture(scope="module")
def shipped(pytestconfig: pytest.Config) -> Policy:
    policy = load_policy(pytestconfig.rootpath / ROOT_POLICY)
    sydney = Calendar("sydney", "AU", "NSW", "Australia/Sydney", {})
    return replace(
        policy,
        calendars={**policy.calendars, "sydney": sydney},
        clients={"harbour": Client("harbour", "standard", "sydney")},
    )


@pytest.fixture
def bench(shipped: Policy) -> Bench:
    return Bench(Rules(shipped, 5 * MINUTE, reopen=DAY))


def local(due: int | None) -> str:

    return f"{moment(due or 0).astimezone(ZoneInfo('Europe/Berlin')):%a %H:%M}"


def test_p3_counts_in_the_hours_of_its_calendar(bench: Bench) -> None:
    bench.now = nanoseconds(datetime(2026, 1, 9, 16, 30, tzinfo=UTC))
    bench.take(sighting(priority="P3"), after=0)
    incident = bench.incident()
    # Friday 17:30 in Berlin: half an hour, then three and a half of Monday.
    assert local(incident.acknowledge_due) == "Mon 11:30"
    assert local(incident.update_due) == "Mon 17:30"
    assert local(incident.resolve_due) == "Wed 17:30"
    assert incident.response_due is None


@pytest.mark.parametrize("priority", list(Priority))
@pytest.mark.parametrize("more", [{}, {"client": "harbour"}, {"contract": "premium"}])
def test_a_new_incident_has_the_deadlines_that_are_counted_from_its_facts(
    bench: Bench, priority: Priority, more: dict[str, str]
) -> None:
    for device in ("1", "2"):
        alert = sighting(device, priority=str(priority), site=device, **more)
        # The second begins at the moment of the first, whose deadlines it has.
        bench.take_message(message(alert, group={"site": device}), after=0)
        incident = bench.incident(int(device))
        assert counted(incident, bench.now, bench.rules) == incident
        assert any(due_at(incident, clock) for clock in Clock)


def test_a_client_brings_contract_and_calendar(bench: Bench) -> None:
    bench.now = nanoseconds(datetime(2026, 1, 9, 16, 30, tzinfo=UTC))
    bench.take(sighting(priority="P3", client="harbour"), after=0)
    incident = bench.incident()
    found = deadlines(incident, bench.now, bench.rules)
    assert [one.clock for one in found.clocks] == list(Clock)
    response = found.of(Clock.RESPONSE)
    assert response is not None
    assert "Australia/Sydney" in response.deadline.lines[0].text
    assert nanoseconds_of(response.deadline.at) == incident.response_due
    assert (incident.clocks.client, incident.clocks.contract) == ("harbour", "standard")


def test_an_unknown_client_is_noted(bench: Bench) -> None:
    bench.take(sighting(client="nobody"))
    assert bench.texts(Entry.NOTE)[0] == (
        "the policy has no client 'nobody': no contract's clocks run"
    )


def test_a_contract_alone_counts_in_the_policys_calendar(bench: Bench) -> None:
    bench.take(sighting(contract="premium"))
    assert bench.incident().response_due == bench.now + 30 * MINUTE


def test_the_first_answer_stays_an_answer_whatever_lapses(bench: Bench) -> None:
    bench.take(sighting(contract="premium"))
    bench.command(1, events.Acknowledge("first"))
    bench.command(1, events.Release("first"))
    incident = bench.incident()
    assert incident.response_due is None
    assert incident.acknowledge_due is not None
    response = deadlines(incident, bench.now, bench.rules).of(Clock.RESPONSE)
    assert response is not None
    assert response.met_at == moment(T0 + 2_000_000_000)
    assert not response.breached


def test_what_is_over_shows_whether_its_promises_were_kept(bench: Bench) -> None:
    bench.take(sighting())
    bench.wait(90 * MINUTE)
    bench.command(1, events.Resolve("first"), after=0)
    found = deadlines(bench.incident(), bench.now + DAY, bench.rules)
    kept = {one.clock: (one.met_at == moment(bench.now), one.breached) for one in found.clocks}
    assert kept[Clock.ACKNOWLEDGE] == (True, True)
    assert kept[Clock.RESOLVE] == (True, False)


def test_a_raise_after_the_acknowledgement_does_not_make_it_late(bench: Bench) -> None:
    bench.take(sighting(priority="P3"))
    bench.command(1, events.Acknowledge("first"), after=2 * HOUR)
    bench.take(sighting("2", priority="P1"), after=HOUR)
    found = deadlines(bench.incident(), bench.now, bench.rules).of(Clock.ACKNOWLEDGE)
    assert found is not None
    assert not found.breached
    assert {one.reason for one in found.deadline.promises} == {"P3"}


def test_while_it_waits_the_clock_is_shown_as_paused_and_does_not_tick(bench: Bench) -> None:
    bench.take(sighting())
    bench.command(1, events.Wait("desk"), after=HOUR)
    left = []
    for later in (0, HOUR, DAY):
        found = deadlines(bench.incident(), bench.now + later, bench.rules).of(Clock.RESOLVE)
        assert found is not None
        assert found.paused
        assert not found.breached
        left.append(found.deadline.at - moment(bench.now + later))
    assert set(left) == {timedelta(hours=7)}


def test_an_edited_calendar_moves_no_deadline_that_has_passed(shipped: Policy) -> None:
    bench = Bench(Rules(shipped, 5 * MINUTE))
    bench.take(sighting(priority="P3"))
    due = bench.incident().acknowledge_due
    bench.wait(5 * HOUR)
    head = shipped.calendars["head-office"]
    free = replace(head, holidays={**head.holidays, "2026-01-05": "Moved in"})
    edited = replace(shipped, calendars={**shipped.calendars, "head-office": free})
    bench.rules = Rules(edited, 5 * MINUTE)
    before = bench.incident()
    bench.command(1, events.Prioritise("desk", priority=Priority.P4))
    after = bench.incident()
    assert after.acknowledge_due == due
    assert after.clocks.calendar != before.clocks.calendar
    # What is still to come is counted in the calendar as it is now.
    assert after.resolve_due != before.resolve_due


def test_a_document_of_the_first_version_is_completed(shipped: Policy) -> None:
    bench = Bench(Rules(shipped, 5 * MINUTE))
    bench.take(sighting())
    old = replace(bench.incident(), clocks=Clocks(), told=False, paged=(), attention_at=T0)
    bench.work.incidents[1] = old
    bench.tick_all()
    after = bench.incident()
    assert after.clocks.priorities == (Change(old.opened_at, Priority.P2),)
    assert bench.reasons() == ["opened"]
    bench.take(over())
    bench.wait(HOUR)
    assert bench.reasons() == ["opened", "resolved"]


def test_the_priorities_of_an_incident_are_in_order(bench: Bench) -> None:
    bench.take(sighting(priority="P4"))
    for priority in (Priority.P2, Priority.P1, Priority.P3):
        bench.command(1, events.Prioritise("desk", priority=priority))
    changes = bench.incident().clocks.priorities
    assert all(one.at < other.at for one, other in pairwise(changes))
    assert [str(one.priority) for one in changes] == ["P4", "P2", "P1", "P3"]


@pytest.mark.parametrize(
    ("section", "change", "message"),
    [
        ("hours", {"days": []}, "do not open in three years"),
        ("calendars", {"time_zone": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
        ("calendars", {"country": "XX"}, "holidays of 'XX' are not known"),
    ],
)
def test_a_policy_whose_clocks_cannot_be_counted_is_refused_at_the_start(
    pytestconfig: pytest.Config, tmp_path: Path, section: str, change: dict[str, Any], message: str
) -> None:
    data = json.loads((pytestconfig.rootpath / ROOT_POLICY).read_text(encoding="utf-8"))
    name = {"hours": "business", "calendars": "head-office"}[section]
    data[section][name] |= change
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(Unusable, match=message) as refused:
        load_policy(path)
    assert str(refused.value.problems[0].position).startswith(str(path))
