"""The pure core: alerts in any order against a model that is too simple to be wrong."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.events import Acknowledge, Resolve, Tick
from sothat.incidents.incident import Entry, Incident, Reason, Rules, State
from sothat.incidents.payload import Sighting
from sothat.incidents.refusal import Refused
from sothat.incidents.times import SECOND
from sothat.model.policy import Policy, Priority

from .bench import MINUTE, T0, Bench, sighting


@pytest.fixture(scope="session")
def rules(policy: Policy) -> Rules:
    return Rules(policy, 5 * MINUTE, identity=("alertname", "site"))


@pytest.fixture
def bench(rules: Rules) -> Bench:
    return Bench(rules)


def test_firing_opens_one_incident_with_its_clocks_and_pages(bench: Bench) -> None:
    bench.take(sighting())
    incident = bench.incident()
    assert (incident.state, incident.priority, incident.firing) == (State.OPEN, Priority.P2, 1)
    assert incident.acknowledge_due == bench.now + 3600 * SECOND
    assert incident.update_due == bench.now + 7200 * SECOND
    assert incident.resolve_due == bench.now + 28800 * SECOND
    assert bench.kinds() == ["received", "opened", "alert-firing"]
    assert [(p.channel, p.reason) for p in bench.work.pages] == [("on-call", Reason.OPENED)]


def test_a_repeat_changes_nothing_and_restarts_no_clock(bench: Bench) -> None:
    bench.take(sighting())
    before, notes, pages = bench.incident(), len(bench.work.notes), len(bench.work.pages)
    assert not bench.take(sighting(), after=4 * 3600 * SECOND)
    assert bench.incident() == before
    assert (len(bench.work.notes), len(bench.work.pages)) == (notes, pages)


def test_alerts_with_the_same_grouping_labels_share_an_incident(bench: Bench) -> None:
    bench.take(sighting("1"), sighting("2"), sighting("3", site="b"))
    assert len(bench.work.incidents) == 2
    assert bench.incident(1).firing == 2
    assert "device" not in bench.incident(1).labels
    assert bench.incident(1).labels["site"] == "a"


def test_absence_from_a_partial_group_is_no_resolution(bench: Bench) -> None:
    bench.take(sighting("1"), sighting("2"))
    assert not bench.take(sighting("1"))
    assert bench.incident().firing == 2


def test_it_resolves_when_all_alerts_have_been_quiet_for_the_hold_down(bench: Bench) -> None:
    bench.take(sighting("1"), sighting("2"))
    bench.take(sighting("1", firing=False, ends=T0 + 1))
    assert bench.incident().quiet_until is None
    bench.take(sighting("2", firing=False, ends=T0 + 1))
    bench.command(1, Tick(), after=5 * MINUTE - 1)
    assert bench.incident().state is State.OPEN
    bench.command(1, Tick(), after=1)
    assert bench.incident().state is State.RESOLVED
    assert bench.work.pages[-1].reason is Reason.RESOLVED


def test_firing_again_within_the_hold_down_goes_on(bench: Bench) -> None:
    bench.take(sighting())
    opened = bench.incident().opened_at
    bench.take(sighting(firing=False, ends=T0 + 1))
    bench.take(sighting(starts=T0 + 2))
    bench.command(1, Tick(), after=3600 * SECOND)
    assert bench.incident().state is State.OPEN
    assert bench.incident().opened_at == opened
    assert len(bench.work.incidents) == 1


def test_a_false_resolve_with_the_same_start_fires_again(bench: Bench) -> None:
    bench.take(sighting())
    bench.take(sighting(firing=False, ends=T0 + 1))
    assert bench.take(sighting())
    assert bench.incident().firing == 1
    assert bench.incident().quiet_until is None


def test_firing_after_the_resolution_opens_a_new_incident(bench: Bench) -> None:
    bench.take(sighting())
    bench.take(sighting(firing=False, ends=T0 + 1))
    bench.command(1, Tick(), after=5 * MINUTE)
    bench.take(sighting(starts=T0 + 600 * SECOND))
    assert bench.incident(1).state is State.RESOLVED
    assert bench.incident(2).state is State.OPEN


def test_an_end_without_a_beginning_opens_nothing(bench: Bench) -> None:
    assert bench.take(sighting(firing=False, ends=T0 + 1))
    assert not bench.work.incidents
    assert not bench.take(sighting(firing=False, ends=T0 + 1))


def test_an_alert_whose_start_cannot_be_read_starts_at_its_receipt_and_is_noted(
    bench: Bench,
) -> None:
    doubtful = replace(sighting(), starts_at=None, doubts=("its startsAt cannot be read",))
    bench.take(sighting("e"), doubtful)
    assert bench.incident().firing == 2
    (episode,) = (e for e in bench.work.episodes.values() if e.fingerprint.endswith("-d"))
    assert episode.starts_at == bench.now
    (note,) = bench.texts(Entry.NOTE)
    assert note.startswith("DeviceOffline")
    assert note.endswith("its startsAt cannot be read")
    assert not bench.take(doubtful)
    assert bench.texts(Entry.NOTE) == [note]


def test_the_late_end_of_a_former_episode_does_not_end_this_one(bench: Bench) -> None:
    bench.take(sighting(starts=T0 + 100))
    assert not bench.take(sighting(starts=T0, firing=False, ends=T0 + 50))
    assert bench.incident().firing == 1


def test_a_later_start_without_an_end_is_a_new_episode_of_the_same_incident(bench: Bench) -> None:
    bench.take(sighting())
    bench.take(sighting(starts=T0 + MINUTE))
    assert bench.incident().firing == 1
    assert bench.work.episodes["DeviceOffline-a-d"].number == 2
    bench.take(sighting(starts=T0 + MINUTE, firing=False, ends=T0 + 2 * MINUTE))
    assert bench.incident().firing == 0


def test_resolved_by_hand_it_stays_so_until_the_alert_fires_anew(bench: Bench) -> None:
    bench.take(sighting())
    bench.command(1, Resolve("somebody"))
    assert not bench.take(sighting())
    assert len(bench.work.incidents) == 1
    assert "still fires" in bench.texts(Entry.RESOLVED)[0]
    bench.take(sighting(starts=T0 + MINUTE))
    assert bench.incident(2).state is State.OPEN
    assert bench.incident(1).firing == 0


def test_an_alert_that_ends_after_a_resolution_by_hand_is_noted_there(bench: Bench) -> None:
    bench.take(sighting())
    bench.command(1, Resolve("somebody"))
    bench.take(sighting(firing=False, ends=T0 + 1))
    assert bench.kinds()[-2:] == ["received", "alert-resolved"]
    assert bench.incident().state is State.RESOLVED
    assert bench.incident().firing == 0


def test_a_message_that_renews_and_ends_keeps_the_incident(rules: Rules) -> None:
    bench = Bench(replace(rules, hold=0))
    bench.take(sighting("1"))
    bench.take(sighting("1", firing=False, ends=T0 + 1), sighting("2"))
    assert len(bench.work.incidents) == 1
    assert bench.incident().state is State.OPEN


@pytest.mark.parametrize("label", ["", "p1", "critical", "P5"])
def test_an_unknown_priority_is_p3_and_said_so(bench: Bench, label: str) -> None:
    bench.take(sighting(priority=label))
    assert bench.incident().priority is Priority.P3
    assert "treated as P3" in bench.texts(Entry.NOTE)[0]


def test_the_highest_priority_counts_and_takes_over_what_is_left_of_its_clocks(
    bench: Bench,
) -> None:
    bench.take(sighting("1", priority="P3"))
    bench.take(sighting("2", priority="P1"), after=MINUTE)
    incident = bench.incident()
    assert incident.priority is Priority.P1
    # A minute of four hours is used up: 239 of 240 parts are left of a quarter of an hour.
    assert incident.acknowledge_due == bench.now + 900 * SECOND * 239 // 240
    raised = [p.channel for p in bench.work.pages if p.reason is Reason.RAISED]
    assert raised == ["on-call", "office"]
    bench.take(sighting("3", priority="P4"))
    assert bench.incident().priority is Priority.P1


def test_a_raise_never_moves_a_deadline_back(bench: Bench) -> None:
    bench.take(sighting("1", priority="P3"))
    due = bench.incident().acknowledge_due
    bench.take(sighting("2", priority="P2"), after=14400 * SECOND - MINUTE)
    assert bench.incident().acknowledge_due == bench.now + 15 * SECOND
    assert bench.now + 15 * SECOND < due


def test_a_team_without_a_channel_is_noted(bench: Bench) -> None:
    bench.take(sighting(team="platform", priority="P4"))
    assert not bench.work.pages
    assert "nobody to notify" in bench.texts(Entry.NOTE)[0]


def test_an_unknown_team_reaches_every_team(bench: Bench) -> None:
    bench.take(sighting(team="nobody", priority="P1"))
    assert bench.incident().team == "unknown"
    assert {p.channel for p in bench.work.pages} == {"on-call", "office"}


def test_truncation_is_noted_once_for_each_count(bench: Bench) -> None:
    bench.take(sighting())
    assert bench.take(sighting(), truncated=5)
    assert not bench.take(sighting(), truncated=5)
    assert bench.take(sighting(), truncated=6)
    assert len([t for t in bench.texts(Entry.NOTE) if "left" in t]) == 2


def test_the_watchdog_opens_nothing(bench: Bench) -> None:
    assert not bench.take(sighting(alertname="Watchdog"))
    assert not bench.work.incidents


def test_late_and_contradictory_commands_are_refused_with_the_reason(bench: Bench) -> None:
    bench.take(sighting())
    bench.command(1, Acknowledge("first"))
    with pytest.raises(Refused, match="already acknowledged by first"):
        bench.command(1, Acknowledge("second"))
    bench.command(1, Resolve("first"))
    with pytest.raises(Refused, match="nothing is left to acknowledge"):
        bench.command(1, Acknowledge("second"))
    with pytest.raises(Refused, match="resolved by first"):
        bench.command(1, Resolve("second"))


def test_an_acknowledgement_stops_its_clock_and_restarts_the_updates(bench: Bench) -> None:
    bench.take(sighting())
    bench.command(1, Acknowledge("somebody"), after=MINUTE)
    incident = bench.incident()
    assert incident.acknowledge_due is None
    assert incident.update_due == bench.now + 7200 * SECOND


STEPS = st.lists(
    st.tuples(
        st.sampled_from("123"), st.booleans(), st.integers(0, 5), st.integers(0, 400 * SECOND)
    ),
    max_size=30,
)


@given(steps=STEPS, hand=st.sets(st.integers(0, 29), max_size=3))
def test_in_any_order_the_counts_add_up(
    rules: Rules, steps: Sequence[tuple[str, bool, int, int]], hand: set[int]
) -> None:
    bench = Bench(rules)
    for number, (device, firing, starts, pause) in enumerate(steps):
        one = sighting(
            device, firing=firing, starts=T0 + starts * 1000, ends=T0 + starts * 1000 + 500
        )
        before = dict(bench.work.incidents)
        bench.take(one if not firing else replace(one, ends_at=None), after=pause)
        for active in list(bench.work.active.values()):
            bench.command(active, Resolve("somebody") if number in hand else Tick(), after=0)
        check(bench, before)
        # The same message once more, at once: nothing.
        assert not firing or not bench.take(replace(one, ends_at=None), after=0)


def check(bench: Bench, before: dict[int, Incident]) -> None:
    incidents = bench.work.incidents.values()
    unresolved = [i for i in incidents if i.state is not State.RESOLVED]
    assert {i.key: i.id for i in unresolved} == bench.work.active
    for incident in incidents:
        episodes = bench.work.episodes.values()
        firing = [e for e in episodes if e.firing and e.incident == incident.id]
        assert incident.firing == len(firing)
        if incident.state is not State.RESOLVED:
            assert (incident.quiet_until is None) == bool(firing)
    # What is resolved stays resolved, and no opening moment ever moves.
    for number, old in before.items():
        assert bench.work.incidents[number].opened_at == old.opened_at
        if old.state is State.RESOLVED:
            assert bench.work.incidents[number].resolved_at == old.resolved_at
    tallies = bench.work.tallies.items()
    opened = sum(v for (name, _), v in tallies if name == "incidents_opened_total")
    over = sum(v for (name, _), v in tallies if name == "incidents_resolved_total")
    assert (opened, opened - over) == (len(bench.work.incidents), len(unresolved))


def test_every_order_of_two_devices_ends_without_a_firing_alert(rules: Rules) -> None:
    def life(device: str) -> list[Sighting]:
        return [sighting(device), sighting(device, firing=False, ends=T0 + 1)]

    for order in permutations(range(4)):
        if order.index(0) > order.index(1) or order.index(2) > order.index(3):
            continue
        bench = Bench(rules)
        events = [*life("1"), *life("2")]
        for index in order:
            bench.take(events[index])
        bench.command(1, Tick(), after=5 * MINUTE)
        assert [i.state for i in bench.work.incidents.values()] == [State.RESOLVED]
