"""An incident that follows from another one: named, held, and told in time."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from sothat.incidents import events
from sothat.incidents.correlation import Graph, cause_of
from sothat.incidents.incident import Entry, Rules, State
from sothat.incidents.payload import Sighting
from sothat.model.policy import Part, Policy

from .bench import HOUR, MINUTE, Bench, over, sighting

PARTS = {
    "uplink": Part("uplink", ("site",), ("UplinkDown",), ("UplinkSlow",)),
    "gateway": Part("gateway", ("site", "gateway"), ("GatewayDown",), needs={"uplink": ("site",)}),
    "device": Part("device", (), ("DeviceOffline",), needs={"gateway": ("site", "gateway")}),
    "room": Part("room", (), (), ("RoomCold",), needs={"device": ("site", "device")}),
}
GRAPH = Graph(PARTS)


def gateway(ends: int = 0) -> Sighting:
    own = {"alertname": "GatewayDown", "site": "a", "gateway": "g"}
    return over("g", ends, **own) if ends else sighting("g", **own)


@pytest.fixture
def bench(policy: Policy) -> Bench:
    rules = Rules(
        replace(policy, components=PARTS),
        5 * MINUTE,
        identity=("alertname", "site"),
        reopen=HOUR,
    )
    return Bench(rules)


def labels(alertname: str, **more: str) -> Mapping[str, str]:
    return {"alertname": alertname, **more}


UPLINK = labels("UplinkDown", site="a")
GATEWAY = labels("GatewayDown", site="a", gateway="g")
DEVICE = labels("DeviceOffline", site="a", gateway="g")
ROOM = labels("RoomCold", site="a", device="d")


@pytest.mark.parametrize(
    ("down", "other", "follows"),
    [
        # A need, by the labels of the need.
        (GATEWAY, DEVICE, True),
        (GATEWAY, {**DEVICE, "site": "b"}, False),
        # What the need needs, as far as the labels reach.
        (UPLINK, DEVICE, True),
        (UPLINK, ROOM, True),
        (GATEWAY, ROOM, False),
        # A part that is down explains its own further alerts.
        (UPLINK, labels("UplinkSlow", site="a"), True),
        (UPLINK, labels("UplinkSlow", site="b"), False),
        # Not the other way round, not itself, nothing without labels, nothing unknown.
        (DEVICE, GATEWAY, False),
        (UPLINK, UPLINK, False),
        (labels("UplinkDown", site=""), labels("UplinkSlow", site=""), False),
        (UPLINK, labels("Other", site="a"), False),
    ],
)
def test_what_follows_from_what(
    down: Mapping[str, str], other: Mapping[str, str], *, follows: bool
) -> None:
    open_down = dict.fromkeys(GRAPH.reported(down), 7)
    assert cause_of(other, open_down, GRAPH) == (7 if follows else None)
    assert cause_of(other, open_down, GRAPH, own=7) is None


def test_a_circle_of_needs_ends() -> None:
    circle = Graph({n: Part(n, (), (n,), needs={o: ("x",)}) for n, o in ("ab", "ba")})
    assert len(circle.needed(labels("a", x="1"))) == 1


def test_what_follows_from_an_open_incident_pages_nobody(bench: Bench) -> None:
    bench.take(gateway())
    bench.take(sighting("1", gateway="g"))
    follower = bench.incident(2)
    assert follower.cause == 1
    assert bench.reasons(2) == []
    assert bench.texts(Entry.CAUSE, 2) == [
        "follows from #1, which is open: nobody is paged while it lasts"
    ]
    assert follower.escalation.since is None
    bench.wait(2 * HOUR)
    assert bench.reasons(2) == []
    assert bench.incident(2).clocks.breached == ("acknowledge",)


def test_in_one_message_the_cause_is_found_too(bench: Bench) -> None:
    bench.take(gateway(), sighting("1", gateway="g"))
    assert bench.incident(2).cause is None
    bench.take(sighting("9", site="a", gateway="g", alertname="DeviceOffline"))
    assert any("may follow from #1" in text for text in bench.texts(Entry.CAUSE, 2))


def test_what_ends_with_its_cause_is_never_told(bench: Bench) -> None:
    bench.take(gateway())
    bench.take(sighting("1", gateway="g"))
    bench.take(gateway(ends=bench.now + 1))
    bench.wait(6 * MINUTE)
    assert bench.incident(1).state is State.RESOLVED
    assert bench.incident(2).cause is None
    bench.take(over("1", bench.now, gateway="g"))
    bench.wait(HOUR)
    assert bench.incident(2).state is State.RESOLVED
    assert bench.reasons(2) == []


def test_what_outlives_its_cause_is_told_after_the_hold_down(bench: Bench) -> None:
    bench.take(gateway())
    bench.take(sighting("1", gateway="g"))
    bench.command(1, events.Resolve("first"))
    assert bench.texts(Entry.CAUSE, 2)[-1] == "#1, which it follows from, is over"
    bench.wait(5 * MINUTE - 1)
    assert bench.reasons(2) == []
    bench.wait(1)
    assert bench.reasons(2) == ["opened"]
    assert bench.incident(2).escalation.since == bench.now
    assert not bench.incident(2).holds


def test_an_independent_alert_that_joins_is_told_at_once(bench: Bench) -> None:
    bench.take(gateway())
    bench.take(sighting("1", gateway="g"))
    bench.take(sighting("2", gateway="another"))
    assert bench.reasons(2) == ["opened"]
    assert bench.incident(2).cause is None


def test_whoever_takes_it_needs_no_page(bench: Bench) -> None:
    bench.take(gateway())
    bench.take(sighting("1", gateway="g"))
    bench.command(2, events.Acknowledge("first"))
    bench.command(1, events.Resolve("first"))
    bench.wait(HOUR)
    assert bench.reasons(2) == []


def test_opened_again_it_may_follow_from_something_new(bench: Bench) -> None:
    bench.take(sighting("1", gateway="g"))
    bench.command(1, events.Resolve("first"))
    bench.take(gateway())
    bench.take(sighting("1", starts=bench.now, gateway="g"))
    assert bench.incident(1).cause == 2
    assert bench.reasons(1) == ["opened", "resolved"]


def test_of_two_outages_the_other_one_takes_over(bench: Bench) -> None:
    bench.take(gateway())
    bench.take(sighting("1", gateway="g"))
    bench.merge(1, 2)
    assert bench.incident(2).cause is None
