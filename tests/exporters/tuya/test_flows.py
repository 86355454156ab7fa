"""Streams without a network: gaps, anomalies, delays, bounds, topics that come and go."""

import json
import math
import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.exporters.flows.anomaly import Judge
from sothat.exporters.flows.families import families
from sothat.exporters.flows.flow import Flow, Message
from sothat.exporters.flows.rules import Rule
from sothat.exporters.flows.sequence import Sequence
from sothat.exporters.snapshot import Screen
from sothat.model.metric import Contract, Label, MetricFamily, MetricType

VALUE = MetricFamily("mqtt_value_t", MetricType.GAUGE, "T.", labels=(Label("room"),))
CONTRACT = Contract("mqtt", (*families("mqtt"), VALUE))


def rule(**what):
    return Rule("rooms", ("b", "{room}", "t"), **what)


def flow(max_topics=100, **what):
    return Flow(rule(**what), "mqtt", max_topics)


def say(one, payload, topic="b/1/t", at=1000.0, **what):
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    labels = one.rule.match(topic)
    one.take(Message(topic, raw, at, **what), labels)


def told(one, now=1000.0):
    screened = Screen(CONTRACT).screen([*one.samples(now)])
    assert not screened.complaints
    found = {}
    for sample in screened.samples:
        name = sample.name.removeprefix("mqtt_")
        further = tuple(v for k, v in sorted(sample.labels.items()) if k != "stream")
        found[(name, *further) if further else name] = sample.value
    return found


@pytest.mark.parametrize(
    ("levels", "topic", "labels"),
    [
        ("b/{room}/t", "b/4/t", {"room": "4"}),
        ("b/{room}/t", "b/4", None),
        ("b/{room}/t", "b/4/t/x", None),
        ("b/{room}/t", "c/4/t", None),
        ("b/+/t", "b/4/t", {}),
        ("b/#", "b/4/t", {}),
        ("b/#", "b", {}),
        ("{a}/{b}", "x/", {"a": "x", "b": ""}),
        ("#", "anything/at/all", {}),
    ],
)
def test_topics_and_their_labels(levels, topic, labels):
    assert Rule("x", tuple(levels.split("/"))).match(topic) == labels


def test_a_rule_subscribes_with_wildcards():
    assert rule().subscription == "b/+/t"


def test_messages_are_counted_by_quality_and_volume():
    one = flow()
    say(one, b"abc")
    say(one, b"de", qos=1, again=True)
    found = told(one)
    assert (found["messages_total", "0"], found["messages_total", "1"]) == (1, 1)
    assert found["received_bytes_total"] == 5
    assert found["repeated_messages_total"] == 1
    assert found["topics"] == 1


def test_a_value_that_is_no_float_once_scaled_is_out_of_bounds():
    one = flow(metric="mqtt_value_t", value=("v",), scale=10**9)
    say(one, {"v": 10**299})
    found = told(one)
    assert found["unreadable_messages_total", "bounds"] == 1
    assert ("value_t", "1") not in found


def test_values_are_scaled_bounded_and_confirmed():
    one = flow(metric="mqtt_value_t", value=("v",), scale=0.1, low=-40, high=80, stale_after=60)
    say(one, {"v": 215})
    assert told(one)["value_t", "1"] == 21.5
    say(one, {"v": 9999}, at=1001)
    assert told(one)["unreadable_messages_total", "bounds"] == 1
    assert told(one)["value_t", "1"] == 21.5
    late = told(one, now=1062)
    assert ("value_t", "1") not in late
    assert late["stale_topics"] == 1


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{", "payload"),
        (b"\xff", "payload"),
        (b"[" * 100_000, "oversized"),
        (b"[" * 50_000, "payload"),
        ({"v": None}, "value"),
        ({"v": "warm"}, "value"),
        ([1], "value"),
        ({"v": 1e400}, "value"),
        (b'{"v": NaN}', "value"),
        ({"w": 1}, "value"),
    ],
)
def test_what_cannot_be_read_is_counted(payload, reason):
    one = flow(metric="mqtt_value_t", value=("v",))
    say(one, payload)
    found = told(one)
    assert found["unreadable_messages_total", reason] == 1
    assert ("value_t", "1") not in found


def test_a_value_counts_without_a_number_and_a_time():
    one = flow(metric="mqtt_value_t", value=("v",), time=("t",), sequence=("n",))
    say(one, {"v": 21.5, "t": "yesterday"})
    found = told(one)
    assert found["value_t", "1"] == 21.5
    for reason in ("sequence", "time"):
        assert found["unreadable_messages_total", reason] == 1


def test_a_payload_may_be_the_value():
    one = flow(metric="mqtt_value_t")
    say(one, b"21.5")
    assert told(one)["value_t", "1"] == 21.5
    say(one, b"true")
    assert told(one)["value_t", "1"] == 1


@pytest.mark.parametrize("stamp", [999.5, 999_500 + 0, "999.5"])
def test_delay_is_from_the_events_time(stamp):
    at = 1_793_491_200.0
    one = flow(time=("t",))
    written = {999.5: at - 0.5, 999_500: (at - 0.5) * 1000, "999.5": str(at - 0.5)}[stamp]
    say(one, {"t": written}, at=at)
    found = told(one)
    assert found["message_delay_seconds_sum"] == pytest.approx(0.5)
    assert found["message_delay_seconds_count"] == 1
    assert found["message_delay_seconds_bucket", "0.25"] == 0
    say(one, {"t": at + 10}, at=at)
    assert told(one)["early_messages_total"] == 1


def test_what_the_broker_kept_is_old_news():
    one = flow(time=("t",), sequence=("n",), stale_after=60)
    say(one, {"t": 1, "n": 5}, at=100_000, retained=True)
    found = told(one, now=100_000)
    assert found["retained_messages_total"] == 1
    assert found["retained_topics"] == 1
    assert found["message_delay_seconds_count"] == 0
    say(one, {"t": 100_000, "n": 6}, at=100_001)
    assert told(one)["retained_topics"] == 0


def test_topics_are_bounded_and_the_dead_make_room():
    one = flow(max_topics=2, sequence=("n",), stale_after=60)
    for room in ("1", "2", "3"):
        say(one, {"n": 0}, f"b/{room}/t")
    say(one, {"n": 5}, "b/1/t")
    assert told(one)["turned_away_messages_total"] == 1
    assert told(one)["missing_messages_total"] == 4
    say(one, {"n": 0}, "b/4/t", at=1000 + 601)
    found = told(one, now=1700)
    assert found["topics"] == 1
    assert found["missing_messages_total"] == 4


@pytest.mark.parametrize(
    ("numbers", "gaps", "missing", "repeated", "restarts"),
    [
        ([1, 2, 3], 0, 0, 0, 0),
        ([1, 3, 7], 2, 4, 0, 0),
        ([1, 2, 2, 1, 3], 0, 0, 2, 0),
        ([5000, 5001, 0, 1], 0, 0, 0, 1),
        ([5000, 3, 4], 0, 0, 0, 1),
        ([1, 10**9], 0, 0, 0, 1),
    ],
)
def test_gaps(numbers, gaps, missing, repeated, restarts):
    found = Sequence()
    for number in numbers:
        found.take(number)
    assert (found.gaps, found.missing, found.repeated, found.restarts) == (
        gaps,
        missing,
        repeated,
        restarts,
    )


@settings(deadline=None)
@given(st.sets(st.integers(0, 300), max_size=60), st.integers(2, 300))
def test_every_message_that_is_lost_is_missed(lost, count):
    found = Sequence()
    seen = [n for n in range(count) if n not in lost]
    for number in seen:
        found.take(number)
    wanted = (seen[-1] - seen[0] + 1 - len(seen)) if seen else 0
    assert found.missing == wanted


def reference(values, floor):
    centre = statistics.median(values)
    deviation = statistics.median([abs(v - centre) for v in values])
    return centre, max(deviation / 0.6744897501960817, floor)


@settings(deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=17, max_size=200),
    st.floats(0.001, 10),
    st.integers(16, 64),
)
def test_scores_are_those_of_the_whole_window(values, floor, window):
    judge = Judge(floor, window=window)
    for value in values[:-1]:
        judge.take(value)
    centre, sigma = reference(values[:-1][-window:], floor)
    assert judge.score(values[-1]) == pytest.approx(abs(values[-1] - centre) / sigma)


def test_anomalies_are_found_in_noise_and_normal_days_are_not():
    chance = random.Random(7)  # noqa: S311 – noise, no secret
    judge = Judge(0.01)
    found = []
    for minute in range(3_000):
        usual = 21 + 2 * math.sin(minute / 500) + chance.gauss(0, 0.1)
        strange = minute % 300 == 299
        found.append((strange, judge.take(usual + (8 if strange else 0))))
    assert all(judged for strange, judged in found if strange)
    false_alarms = sum(bool(judged) for strange, judged in found if not strange)
    assert false_alarms <= 3


def test_few_values_are_not_judged_and_constant_ones_have_a_floor():
    judge = Judge(0.5)
    assert [judge.take(20.0) for _ in range(16)] == [None] * 16
    assert judge.take(20.4) is False
    assert judge.take(23.0) is True
    assert Judge(0.0).score(1.0) is None


payloads = st.one_of(
    st.binary(max_size=40),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["v", "t", "n"]), inner, max_size=3)
        ),
        max_leaves=4,
    ).map(lambda found: json.dumps(found).encode()),
)


@settings(deadline=None)
@given(st.lists(st.tuples(payloads, st.booleans(), st.sampled_from([0, 1, 2])), max_size=20))
def test_whatever_comes_is_counted_once(messages):
    one = flow(
        metric="mqtt_value_t", value=("v",), time=("t",), sequence=("n",), floor=1.0, low=-5, high=5
    )
    for payload, retained, qos in messages:
        say(one, payload, retained=retained, qos=qos)
    found = told(one)
    assert sum(found["messages_total", q] for q in "012") == len(messages)
    assert all(value >= 0 for key, value in found.items() if "value_t" not in key)
