import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.payload import (
    Message,
    NotV4,
    _strange_message,
    parse_message,
    unescape,
)

from .conftest import alert, message


def parse(payload: Any) -> Any:
    return parse_message(json.dumps(payload).encode())


@pytest.mark.parametrize("count", [True, "3", 1.5, -1, 10**30, None, [3]])
def test_a_count_that_is_none_is_nought(count: object) -> None:
    assert type(parse(message(alert(), truncatedAlerts=count)).truncated) is int
    assert parse(message(alert(), truncatedAlerts=count)).truncated == 0


def test_a_message_is_read() -> None:
    found = parse(message(alert(), truncatedAlerts=3, notification_reason="new", routeLabels={}))
    assert found.receiver == "incidents.main"
    assert found.truncated == 3
    (sighting,) = found.sightings
    assert sighting.firing
    assert sighting.ends_at is None
    assert sighting.starts_at == 1_767_607_200_123_456_789
    assert not found.problems


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b'{"version":' + b"9" * 5000 + b"}", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "version is None"),
        (b'{"version":"1","alerts":[]}', "version is '1'"),
        (b'{"version":4,"alerts":[]}', "version is 4"),
        (b'{"version":"4"}', "'alerts' is not a list"),
        (b'{"version":"4","alerts":{}}', "'alerts' is not a list"),
    ],
)
def test_what_is_not_version_4_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(NotV4, match=words):
        parse_message(body)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (None, "not an object"),
        ("x", "not an object"),
        ({}, "status"),
        (alert(status="pending"), "status"),
        ({**alert(), "labels": None}, "no labels"),
        ({**alert(), "labels": {"a": 1}}, "labels"),
        ({**alert(), "labels": ["a"]}, "labels"),
    ],
)
def test_a_bad_alert_leaves_its_siblings(bad: Any, words: str) -> None:
    found = parse(message(alert(device="1"), bad, alert(device="2")))
    assert [s.labels["device"] for s in found.sightings] == ["1", "2"]
    (problem,) = found.problems
    assert problem.startswith("alert 2 of 3 left out")
    assert words in problem


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"annotations": {"summary": "A device", "a": None}}, "its annotations"),
        ({"annotations": "A device"}, "its annotations"),
        ({"startsAt": "soon"}, "its startsAt cannot be read, so the time of receipt counts"),
        ({"startsAt": "2026-13-05T10:00:00Z"}, "its startsAt"),
        ({"startsAt": 5}, "its startsAt"),
        ({"status": "resolved", "endsAt": 5}, "its endsAt"),
    ],
)
def test_an_alert_counts_without_what_cannot_be_read(change: dict[str, Any], words: str) -> None:
    found = parse(message(alert(device="1"), {**alert(device="2"), **change}))
    assert [s.labels["device"] for s in found.sightings] == ["1", "2"]
    (doubt,) = found.sightings[1].doubts
    assert words in doubt
    assert found.problems == (f"alert 2 of 2: {doubt}",)


def test_what_is_not_text_among_annotations_is_left_out_alone() -> None:
    mixed = {**alert(), "annotations": {"summary": "A device", "a": 1}}
    (sighting,) = parse(message(mixed)).sightings
    assert sighting.annotations == {"summary": "A device"}


def test_the_end_of_an_alert_that_fires_is_not_looked_at() -> None:
    found = parse(message({**alert(), "endsAt": "later"}))
    assert found.sightings[0].ends_at is None
    assert not found.problems


def test_a_missing_fingerprint_is_made_from_the_labels() -> None:
    one, other = alert(device="1"), alert(device="2")
    one["fingerprint"], other["fingerprint"] = "", None
    first, second = parse(message(one, other)).sightings
    assert first.fingerprint != second.fingerprint
    assert parse(message(one)).sightings[0].fingerprint == first.fingerprint


def test_a_receiver_is_unescaped() -> None:
    assert unescape(r"team-a\.prod \(eu\)") == "team-a.prod (eu)"


@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1))
def test_labels_arrive_as_they_were_sent(labels: dict[str, str]) -> None:
    sent = {**alert(), "labels": labels}
    assert parse(message(sent)).sightings[0].labels == labels


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_read_or_refused(anything: Any) -> None:
    for payload in (anything, message(anything), {**message(), "alerts": anything}):
        try:
            parse(payload)
        except NotV4:
            continue


_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 2**70),
    st.text(max_size=5),
    st.sampled_from(["firing", "resolved", "4", "2026-01-05T10:00:00Z", "soon", r"a\.b"]),
    st.dictionaries(st.text(max_size=3), st.one_of(st.text(max_size=3), st.integers())),
    st.lists(st.integers(), max_size=2),
)
_ALERT_KEYS = st.sampled_from([*alert(), "more"])
_MESSAGE_KEYS = st.sampled_from([*message(), "groupLabels", "more"])


@given(
    st.lists(st.dictionaries(_ALERT_KEYS, _VALUES, max_size=2), max_size=3),
    st.dictionaries(_MESSAGE_KEYS, _VALUES, max_size=2),
)
def test_the_quick_way_reads_what_the_thorough_one_reads(
    changes: list[dict[str, Any]], outer: dict[str, Any]
) -> None:
    alerts = [{**alert(device=str(n)), **change} for n, change in enumerate(changes)]
    body = json.dumps({**message(*alerts), **outer}).encode()
    assert _outcome(lambda: parse_message(body)) == _outcome(lambda: _strange_message(body, "4"))


def _outcome(read: Callable[[], Message]) -> Message | str:
    try:
        return read()
    except NotV4 as error:
        return str(error)
