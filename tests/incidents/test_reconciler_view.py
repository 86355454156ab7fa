"""Answers of Alertmanager's API as data."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.payload import parse_message
from sothat.incidents.reconciler.compare import Held, LostFiring, SwallowedEnd
from sothat.incidents.reconciler.messages import ended_messages, lost_messages
from sothat.incidents.reconciler.patience import patience
from sothat.incidents.reconciler.view import (
    Known,
    NotV2,
    Route,
    read_groups,
    read_silences,
    read_start,
    together,
)

STATUS: dict[str, Any] = {"state": "active", "silencedBy": [], "inhibitedBy": []}
ALERT: dict[str, Any] = {
    "annotations": {"summary": "q"},
    "endsAt": "2026-11-22T21:50:37.265Z",
    "fingerprint": "a9d391ffa8fdf7ca",
    "receivers": [{"name": "b"}, {"name": "c.d"}],
    "startsAt": "2026-11-22T21:00:00.123456789Z",
    "status": STATUS,
    "updatedAt": "2026-11-22T21:45:37.265Z",
    "labels": {"alertname": "A", "site": "s"},
}
GROUPS: list[dict[str, Any]] = [
    {"alerts": [ALERT], "labels": {"site": "s"}, "receiver": {"name": "b"}},
    {"alerts": [ALERT], "labels": {}, "receiver": {"name": "c.d"}},
]


def test_an_alert_has_all_groups_that_tell_it() -> None:
    (only,) = read_groups(GROUPS).values()
    assert only.routes == (Route("b", {"site": "s"}), Route("c.d", {}))
    assert not only.suppressed


@pytest.mark.parametrize(
    ("status", "silenced", "quiet"),
    [
        ({"silencedBy": ["s"], "inhibitedBy": []}, ("s",), ""),
        ({"silencedBy": [], "inhibitedBy": ["f"]}, (), "inhibited"),
        ({"silencedBy": None, "inhibitedBy": None, "mutedBy": ["m"]}, (), "muted"),
    ],
)
def test_why_an_alert_is_not_told(
    status: dict[str, Any], silenced: tuple[str, ...], quiet: str
) -> None:
    group = {"alerts": [{**ALERT, "status": status}], "labels": {}, "receiver": {"name": "b"}}
    (only,) = read_groups([group]).values()
    assert (only.silenced_by, only.quiet, only.suppressed) == (silenced, quiet, True)


def test_told_by_one_peer_is_told() -> None:
    (plain,) = read_groups(GROUPS[:1]).values()
    silenced = Known(
        plain.fingerprint, plain.labels, {}, plain.starts_at + 1, "", (), ("s",), "muted"
    )
    for both in (together(plain, silenced), together(silenced, plain)):
        assert not both.suppressed
        assert both.starts_at == plain.starts_at + 1
        assert both.routes == plain.routes


def test_only_silences_in_force_count() -> None:
    silences = [
        {"id": "1", "status": {"state": "active"}, "comment": "c", "endsAt": ALERT["endsAt"]},
        {"id": "2", "status": {"state": "expired"}},
    ]
    assert list(read_silences(silences)) == ["1"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*ALERT, "receiver", "alerts", "name", "state"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_any_other_answer_is_refused_in_words(answer: Any) -> None:
    for read in (read_groups, read_silences, read_start):
        try:
            read(answer)
        except NotV2 as refusal:
            assert str(refusal)  # noqa: PT017 – either outcome is right


CONFIGURATION = """\
route:
  receiver: a
  group_interval: 2s
  group_wait: 10s
  routes:
  - receiver: b
    group_interval: 7m
    routes:
    - {receiver: a, group_wait: 1h}
  - receiver: c
receivers: []
"""


def test_the_longest_lawful_wait_of_each_receiver() -> None:
    assert patience(CONFIGURATION, 1) == {"a": 3600, "b": 420, "c": 10}
    assert patience(CONFIGURATION, 3)["c"] == 40


@pytest.mark.parametrize("text", ["", "[]", "route: 3", "route: {group_wait: soon}", "{", "\0"])
def test_a_configuration_that_tells_nothing(text: str) -> None:
    assert patience(text, 1) == {}


def test_repairs_are_messages_that_the_webhook_takes() -> None:
    (known,) = read_groups(GROUPS).values()
    (body,) = lost_messages([LostFiring(known, known.routes[1], 0)])
    message = parse_message(body)
    assert (message.receiver, message.problems) == ("c.d", ())
    (sighting,) = message.sightings
    assert sighting.firing
    assert (sighting.fingerprint, sighting.starts_at) == (known.fingerprint, known.starts_at)
    held = Held("f", True, known.starts_at, 1, known.labels)  # noqa: FBT003 – a row
    (body,) = ended_messages([SwallowedEnd(held, 0)], known.starts_at - 5)
    (sighting,) = parse_message(body).sightings
    assert not sighting.firing
    assert sighting.ends_at == known.starts_at


def test_a_storm_of_repairs_comes_in_parts_by_group() -> None:
    (known,) = read_groups(GROUPS).values()
    repairs = [LostFiring(known, known.routes[i % 2], 0) for i in range(1000)]
    bodies = list(lost_messages(repairs))
    assert [len(json.loads(body)["alerts"]) for body in bodies] == [200, 200, 100] * 2
