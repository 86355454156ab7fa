"""Merging and splitting by hand."""

import pytest
from sothat.incidents import events
from sothat.incidents.incident import Entry, Rules, State
from sothat.incidents.refusal import Refused
from sothat.model.policy import Policy, Priority

from .bench import HOUR, MINUTE, Bench, over, sighting


@pytest.fixture
def bench(policy: Policy) -> Bench:
    rules = Rules(policy, 5 * MINUTE, identity=("alertname", "site"), reopen=HOUR)
    return Bench(rules)


def test_a_merged_incident_points_at_the_one_that_takes_its_alerts(bench: Bench) -> None:
    bench.take(sighting("1"), sighting("2", site="b"))
    bench.merge(1, 2)
    merged, target = bench.incident(1), bench.incident(2)
    assert (merged.state, merged.merged_into, merged.firing) == (State.CLOSED, 2, 0)
    assert (target.firing, target.state) == (2, State.OPEN)
    assert "site" not in target.labels
    assert bench.texts(Entry.MERGED, 1) == ["merged into #2"]
    assert bench.texts(Entry.MERGED, 2) == ["takes over #1 (off)"]
    assert bench.reasons(1) == ["opened"]


def test_what_fires_later_in_a_merged_group_goes_to_the_other(bench: Bench) -> None:
    bench.take(sighting("1"), sighting("2", site="b"))
    bench.merge(1, 2)
    bench.take(sighting("3"))
    bench.take(over("1"), over("2", site="b"), over("3"))
    assert len(bench.work.incidents) == 2
    bench.wait(6 * MINUTE)
    assert bench.incident(2).state is State.RESOLVED
    bench.take(sighting("4", starts=bench.now))
    assert bench.incident(2).state is State.OPEN
    assert len(bench.work.incidents) == 2


def test_the_higher_priority_comes_along_and_is_paged(bench: Bench) -> None:
    bench.take(sighting("1", priority="P1"), sighting("2", site="b", priority="P3"))
    bench.merge(1, 2)
    assert bench.incident(2).priority is Priority.P1
    assert bench.reasons(2) == ["opened", "raised"]


def test_what_is_quiet_is_so_no_longer_with_a_firing_alert(bench: Bench) -> None:
    bench.take(sighting("1"), sighting("2", site="b"))
    bench.take(over("2", site="b"))
    assert bench.incident(2).quiet_until is not None
    bench.merge(1, 2)
    assert bench.incident(2).quiet_until is None
    bench.wait(HOUR)
    assert bench.incident(2).state is State.OPEN


def test_what_cannot_be_merged_is_refused_with_the_reason(bench: Bench) -> None:
    bench.take(sighting("1"), sighting("2", site="b"))
    with pytest.raises(Refused, match="into itself"):
        bench.merge(1, 1)
    bench.command(2, events.Resolve("first"))
    with pytest.raises(Refused, match="#2 is resolved by first"):
        bench.merge(1, 2)
    with pytest.raises(Refused, match="#2 is resolved by first"):
        bench.merge(2, 1)


def test_split_alerts_become_an_incident_with_the_same_clocks(bench: Bench) -> None:
    bench.take(sighting("1"), sighting("2"), sighting("3"))
    bench.command(1, events.Acknowledge("first"), after=MINUTE)
    number = bench.split(1, "2", "3", after=HOUR)
    left, taken = bench.incident(1), bench.incident(number)
    assert (left.firing, taken.firing) == (1, 2)
    assert taken.split_from == 1
    assert (taken.resolve_due, taken.opened_at) == (left.resolve_due, left.opened_at)
    assert (taken.state, taken.acknowledged_by) == (State.ACKNOWLEDGED, "first")
    assert bench.texts(Entry.SPLIT, 1) == [f"2 of its alerts have become #{number}"]
    assert bench.reasons(number) == []


def test_split_alerts_stay_where_they_are(bench: Bench) -> None:
    bench.take(sighting("1"), sighting("2"))
    number = bench.split(1, "2")
    bench.take(over("2"))
    bench.take(sighting("2", starts=bench.now))
    bench.take(sighting("3"))
    assert bench.incident(number).firing == 1
    assert bench.incident(1).firing == 2


def test_a_part_of_which_nothing_fires_resolves_by_itself(bench: Bench) -> None:
    bench.take(sighting("1"), sighting("2"))
    bench.take(over("2"))
    number = bench.split(1, "2")
    bench.wait(6 * MINUTE)
    assert bench.incident(number).state is State.RESOLVED
    assert bench.incident(1).state is State.OPEN


def test_what_cannot_be_split_is_refused_with_the_reason(bench: Bench) -> None:
    bench.take(sighting("1"), sighting("2"))
    with pytest.raises(Refused, match="but not all"):
        bench.split(1, "1", "2")
    with pytest.raises(Refused, match="not among its alerts: 9"):
        bench.split(1, "9")
    bench.command(1, events.Resolve("first"))
    with pytest.raises(Refused, match="nothing is left to split"):
        bench.split(1, "1")
