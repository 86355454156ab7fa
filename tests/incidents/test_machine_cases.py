"""What Alertmanager does to a receiver, case by case; the table is in docs/incidents.md."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from sothat.incidents import events
from sothat.incidents.identity import keys_in, keys_of
from sothat.incidents.incident import Entry, FlapRule, Rules, State
from sothat.incidents.intake import keys_needed
from sothat.model.policy import Policy, Priority

from .bench import DAY, HOUR, MINUTE, T0, Bench, message, over, sighting

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "incidents.md"


@pytest.fixture(scope="module")
def rules(policy: Policy) -> Rules:
    return Rules(policy, 5 * MINUTE, reopen=HOUR, flap=FlapRule(3, HOUR))


@pytest.fixture
def bench(rules: Rules) -> Bench:
    return Bench(rules)


def test_every_test_that_the_page_names_is_there() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    files = {path.name for path in HERE.glob("test_*.py")}
    named = set(re.findall(r"`(?:tests/incidents/)?(test_[a-z0-9_]+(?:\.py)?)`", PAGE.read_text()))
    assert len(named) > 20
    missing = {n for n in named if n not in files and not re.search(rf"def {n}\b", text)}
    assert not missing


def test_fired_again_within_the_window_it_is_the_same_incident(bench: Bench) -> None:
    bench.take(sighting())
    due = bench.incident().resolve_due or 0
    bench.take(over(ends=bench.now + 1), after=10 * MINUTE)
    ended = bench.now
    bench.wait(30 * MINUTE)
    assert bench.incident().state is State.RESOLVED
    bench.take(sighting(starts=bench.now), after=0)
    again = bench.incident()
    assert len(bench.work.incidents) == 1
    assert (again.state, again.reopened, again.firing) == (State.OPEN, 1, 1)
    assert again.opened_at == T0 + 1_000_000_000
    assert again.acknowledge_due == bench.now + HOUR
    assert again.resolve_due == due + (bench.now - ended)
    assert bench.reasons() == ["opened", "resolved", "reopened"]
    assert "fires again after it was resolved by sothat" in bench.texts(Entry.REOPENED)[0]


def test_what_was_verified_opens_again_too(bench: Bench) -> None:
    bench.take(sighting())
    bench.command(1, events.Resolve("first"))
    bench.command(1, events.Verify("desk"))
    bench.take(sighting(starts=bench.now))
    assert bench.incident().state is State.OPEN
    assert bench.incident().verified is None


def test_after_the_window_it_is_a_new_incident(bench: Bench) -> None:
    bench.take(sighting())
    bench.take(over())
    bench.wait(2 * HOUR)
    bench.take(sighting(starts=bench.now))
    assert bench.incident(1).state is State.RESOLVED
    assert bench.incident(2).state is State.OPEN


def test_what_is_closed_stays_closed(bench: Bench) -> None:
    bench.take(sighting())
    bench.command(1, events.Resolve("first"))
    bench.command(1, events.Close("first"))
    bench.take(sighting(starts=bench.now))
    assert bench.incident(1).state is State.CLOSED
    assert bench.incident(2).state is State.OPEN


def test_flapping_stays_open_and_pages_once(bench: Bench) -> None:
    for _ in range(6):
        bench.take(sighting(starts=bench.now))
        bench.take(over(ends=bench.now + 1), after=MINUTE)
        bench.wait(6 * MINUTE)
    incident = bench.incident()
    assert len(bench.work.incidents) == 1
    assert incident.state is State.OPEN
    assert bench.reasons().count("flapping") == 1
    # What was told before it was known to flap; after that nothing is.
    told = ["opened", "resolved", "reopened", "resolved", "flapping"]
    assert [str(p.reason) for p in bench.pages()] == told
    bench.wait(HOUR)
    assert bench.incident().state is State.RESOLVED
    assert bench.incident().flaps.since is None


def test_flapping_ends_when_it_fires_steadily(bench: Bench) -> None:
    for _ in range(3):
        bench.take(sighting(starts=bench.now))
        bench.take(over(ends=bench.now + 1), after=MINUTE)
    bench.take(sighting(starts=bench.now))
    assert bench.incident().flaps.since is not None
    bench.wait(2 * HOUR)
    assert bench.incident().flaps.since is None
    assert bench.texts(Entry.FLAPPING)[-1] == "flaps no longer: steady for 3600 s"
    assert bench.incident().state is State.OPEN


def test_slow_changes_are_no_flapping(bench: Bench) -> None:
    for _ in range(10):
        bench.take(sighting(starts=bench.now))
        bench.take(over(ends=bench.now + 1), after=40 * MINUTE)
        bench.wait(15 * MINUTE)
    assert not bench.texts(Entry.FLAPPING)


def test_where_it_is_switched_off_nothing_flaps(rules: Rules) -> None:
    bench = Bench(replace(rules, flap=FlapRule(0, HOUR)))
    for _ in range(10):
        bench.take(sighting(starts=bench.now))
        bench.take(over(ends=bench.now + 1))
    assert not bench.texts(Entry.FLAPPING)


def test_an_edited_route_moves_no_alert(bench: Bench) -> None:
    bench.take_message(message(sighting(), group={"alertname": "DeviceOffline"}))
    bench.take_message(message(over(), group={"alertname": "DeviceOffline"}))
    bench.take_message(message(sighting(starts=T0 + MINUTE), receiver="new", group={"site": "a"}))
    assert len(bench.work.incidents) == 1
    assert bench.incident().firing == 1


def test_two_routes_of_one_alert_make_one_incident(bench: Bench) -> None:
    bench.take_message(message(sighting(), receiver="one"))
    assert not bench.take_message(message(sighting(), receiver="two"))
    assert bench.incident().receiver == "one"
    bench.take_message(message(over(), receiver="two"))
    assert not bench.take_message(message(over(), receiver="one"))
    assert bench.incident().firing == 0


def test_the_group_is_the_identity_by_default(bench: Bench, rules: Rules) -> None:
    bench.take_message(message(sighting("1"), group={"site": "a"}))
    bench.take_message(message(sighting("2"), group={"site": "a"}))
    bench.take_message(message(sighting("3"), group={"site": "b"}))
    bench.take_message(message(sighting("4"), group={"site": "a"}, receiver="other"))
    assert {n: i.firing for n, i in bench.work.incidents.items()} == {1: 2, 2: 1, 3: 1}
    other = keys_of("grafana", message(group={"site": "a"}), rules)({})
    assert other not in {i.key for i in bench.work.incidents.values()}


def test_named_labels_make_one_incident_of_several_routes_and_sources(rules: Rules) -> None:
    named = replace(rules, identity=("site",))
    told = message(sighting("1"), sighting("2", site="b"), receiver="one")
    assert keys_in("x", [told], named) == keys_in("y", [replace(told, receiver="two")], named)
    assert len(keys_in("x", [told], named)) == 2
    assert len(keys_in("x", [told], rules)) == 1


def test_a_key_is_never_longer_than_an_index_takes(rules: Rules) -> None:
    long = message(group={"site": "ä" * 3000})
    key = keys_of("x", long, rules)({})
    assert len(key) <= 500
    assert key != keys_of("x", message(group={"site": "ä" * 3001}), rules)({})


def test_a_clock_that_was_set_back_opens_no_wider_window(bench: Bench) -> None:
    bench.take(sighting())
    bench.command(1, events.Resolve("first"))
    bench.take(sighting(starts=T0 + MINUTE), after=-3 * HOUR)
    assert bench.incident(2).state is State.OPEN


def test_after_an_outage_of_the_service_what_was_due_happens_in_order(bench: Bench) -> None:
    bench.take(sighting())
    bench.take(over(), after=MINUTE)
    bench.now += 3 * DAY
    bench.tick_all()
    # It had been quiet for long before any deadline came.
    assert bench.incident().state is State.RESOLVED
    assert bench.incident().clocks.breached == ()


def test_a_hundred_alerts_in_one_message_are_one_line_each_way(bench: Bench) -> None:
    bench.take(*(sighting(str(n)) for n in range(100)))
    (text,) = bench.texts(Entry.FIRING)
    assert text.endswith("and 90 more fire")
    bench.take(*(over(str(n)) for n in range(100)))
    (text,) = bench.texts(Entry.ENDED)
    assert text.endswith("and 90 more have stopped firing")
    assert (
        bench.kinds() == [*("opened", "received", "alert-firing", "received", "alert-resolved")]
        or bench.kinds()[0] == "received"
    )


def test_the_matrix_rates_an_alert_that_names_impact_and_urgency(rules: Rules) -> None:
    policy = replace(rules.policy, matrix={"significant": {"high": Priority.P2}})
    bench = Bench(replace(rules, policy=policy))
    alert = sighting(impact="significant", urgency="high")
    del alert.labels["priority"]  # type: ignore[attr-defined]
    bench.take(alert)
    assert bench.incident().priority is Priority.P2
    assert not bench.texts(Entry.NOTE)


def test_a_batch_asks_for_no_outages_where_nothing_depends_on_anything(rules: Rules) -> None:
    assert not keys_needed([message(sighting())], rules)
