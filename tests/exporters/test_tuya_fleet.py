"""The fleet without a network: owners, gateways, devices that hang."""

import threading

import pytest
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import PollFailed
from sothat.exporters.tuya.collector import TuyaSource
from sothat.exporters.tuya.contract import contract
from sothat.exporters.tuya.devices import Device
from sothat.exporters.tuya.failure import DeviceFailed, Door, Ending, Evidence, Reason, classify
from sothat.exporters.tuya.inventory import Place
from sothat.exporters.tuya.link import TinytuyaLink
from sothat.exporters.tuya.points import Point
from sothat.exporters.tuya.pool import Pool
from sothat.runtime.secrets import Secret

POINTS = {"1": Point("doorcontact_state"), "9": Point("firmware_version")}
METER = {"19": Point("cur_power", 1, "W")}


def device(name, *, parent="", address="127.0.0.9", points=POINTS):
    key = Secret("0123456789abcdef")
    cid = f"cid-{name}" if parent else ""
    return Device(name, f"id-{name}", address, key, "3.4", "thing", cid, parent, points)


class FakeLink:
    """Answers from a table: data points, a failure, or something to run."""

    def __init__(self, answers, lost=()):
        self.answers = answers
        self.out_of_reach = lost
        self.asked = []
        self.measured = []
        self.open = False
        self.aborted = threading.Event()

    def status(self, device):
        self.open = True
        self.asked.append(device.name)
        answer = self.answers[device.name]
        if callable(answer):
            answer = answer(self)
        if isinstance(answer, DeviceFailed):
            raise answer
        return answer

    def measure(self, numbers):
        self.measured.append(list(numbers))
        answer = self.answers.get("measure", {})
        if isinstance(answer, DeviceFailed):
            raise answer
        return answer

    def lost(self):
        return frozenset(self.out_of_reach)

    def close(self):
        self.open = False
        self.aborted.clear()

    def abort(self):
        self.aborted.set()


class Building:
    """A source over fake links, one for each address."""

    def __init__(self, devices, links, places=None, connections=8):
        self.links = links
        self.connected = []
        clock = SystemClock()
        self.source = TuyaSource(devices, places or {}, self.connect, Pool(connections), clock)

    def connect(self, device):
        self.connected.append(device.name)
        return self.links[device.name]

    def poll(self, seconds=5):
        clock = SystemClock()
        begun = clock.monotonic()
        samples, self.failure = [], None
        try:
            samples.extend(self.source.collect(Deadline(begun + seconds, clock)))
        except PollFailed as error:
            self.failure = error
        assert clock.monotonic() - begun < seconds + 5
        assert not Screen(contract()).screen(samples).complaints
        return {
            (s.name.removeprefix("tuya_"), s.labels.get("device", s.labels["gateway"])): s
            for s in samples
        }


@pytest.fixture
def building():
    opened = []

    def start(*args, **kwargs):
        opened.append(Building(*args, **kwargs))
        return opened[-1]

    yield start
    for one in opened:
        one.source.close()


def failed(reason, code=0):
    return DeviceFailed(reason, code)


GATE = device("gate")
DOOR, HATCH = device("door", parent=GATE.id), device("hatch", parent=GATE.id)


def test_a_device_that_answers(building):
    link = FakeLink({"front": {"1": True, "9": "1.0", "7": 3}})
    places = {"front": Place("hall", "door-sensor", "direct", "1.1")}
    one = building([device("front")], {"front": link}, places)
    found = one.poll()
    labels = {"site": "hall", "device": "front", "product": "door-sensor", "gateway": ""}
    assert found["device_up", "front"].labels == labels
    assert found["device_up", "front"].value == 1
    assert found["device_contact_open", "front"].value == 1
    assert found["device_firmware_info", "front"].labels["version"] == "1.0"
    assert found["device_firmware_current", "front"].value == 0
    assert found["device_unknown_points", "front"].value == 1
    assert found["device_messages_total", "front"].value == 1
    assert ("device_unreachable", "front") not in found
    assert one.poll()["device_messages_total", "front"].value == 2
    assert one.connected == ["front"]
    assert not link.open


def test_a_device_that_fails_says_how_and_loses_its_values(building):
    answers = [{"1": True}, failed(Reason.WRONG_KEY, 914), failed(Reason.TIMEOUT, 902)]
    link = FakeLink({"front": lambda _: answers.pop(0)})
    one = building([device("front")], {"front": link})
    seen = one.poll()["device_last_seen_timestamp_seconds", "front"].value
    found = one.poll()
    assert found["device_up", "front"].value == 0
    assert found["device_unreachable", "front"].labels["reason"] == "wrong-key"
    assert found["device_errors_total", "front"].labels["code"] == "914"
    assert found["device_last_seen_timestamp_seconds", "front"].value == seen
    assert ("device_contact_open", "front") not in found
    assert ("device_unknown_points", "front") not in found
    assert one.poll()["device_unreachable", "front"].labels["reason"] == "timeout"
    assert one.failure is None


def test_a_gateway_and_its_children_are_one_connection(building):
    link = FakeLink({"gate": {"9": "3.0"}, "door": {"1": False}, "hatch": {"1": True}})
    one = building([GATE, DOOR, HATCH], {"gate": link}, {"gate": Place("hall", "g", "gateway")})
    found = one.poll()
    assert one.connected == ["gate"]
    assert found["gateway_up", "gate"].labels == {"site": "hall", "gateway": "gate", "product": "g"}
    assert found["gateway_children", "gate"].value == 2
    assert found["device_contact_open", "hatch"].value == 1
    assert found["device_up", "door"].labels["gateway"] == "gate"
    assert ("device_up", "gate") not in found


def test_behind_a_dead_gateway_nobody_is_asked(building):
    link = FakeLink({"gate": failed(Reason.REFUSED, 901)})
    found = building([GATE, DOOR, HATCH], {"gate": link}).poll()
    assert link.asked == ["gate"]
    assert found["gateway_up", "gate"].value == 0
    assert found["gateway_unreachable", "gate"].labels["reason"] == "refused"
    for name in ("door", "hatch"):
        assert found["device_up", name].value == 0
        assert found["device_unreachable", name].labels["reason"] == "gateway"


def test_a_gateway_without_a_status_of_its_own_is_up_when_a_child_answers(building):
    mute = failed(Reason.PROTOCOL, 904)
    link = FakeLink({"gate": mute, "door": {"1": True}, "hatch": failed(Reason.TIMEOUT, 902)})
    found = building([GATE, DOOR, HATCH], {"gate": link}).poll()
    assert found["gateway_up", "gate"].value == 1
    assert found["device_up", "door"].value == 1
    assert found["device_unreachable", "hatch"].labels["reason"] == "timeout"


def test_a_gateway_that_talks_nonsense_only_is_down(building):
    mute = failed(Reason.PROTOCOL, 904)
    link = FakeLink({"gate": mute, "door": mute, "hatch": mute})
    found = building([GATE, DOOR, HATCH], {"gate": link}).poll()
    assert found["gateway_unreachable", "gate"].labels["reason"] == "protocol"
    assert found["device_unreachable", "door"].labels["reason"] == "gateway"


def test_a_gateways_cached_answer_is_not_taken_for_life(building):
    answers = {"gate": {"9": "3.0"}, "door": {"1": True}, "hatch": {"1": True}}
    found = building([GATE, DOOR, HATCH], {"gate": FakeLink(answers, lost=[DOOR.cid])}).poll()
    assert found["device_up", "door"].value == 0
    assert ("device_contact_open", "door") not in found
    assert found["device_up", "hatch"].value == 1


def test_metering_is_measured_anew_as_long_as_the_device_can(building):
    link = FakeLink({"plug": {"19": 10}, "measure": {"19": 20}})
    one = building([device("plug", points=METER)], {"plug": link})
    one.poll()
    assert link.measured == [[19]]
    link.answers["measure"] = failed(Reason.PROTOCOL, 904)
    for _ in range(2):
        assert one.poll()["device_power_watts", "plug"].value == 1
    assert len(link.measured) == 2


def test_a_device_without_an_address_is_down_and_nothing_is_scanned(building):
    one = building([device("lost", address="")], {})
    found = one.poll()
    assert found["device_unreachable", "lost"].labels["reason"] == "other"
    assert one.connected == []


def test_a_link_refuses_to_scan_the_network():
    with pytest.raises(ValueError, match="no address"):
        TinytuyaLink(device("lost", address=""), 1)


@pytest.mark.usefixtures("same_threads")
def test_a_device_that_hangs_is_cut_off_and_costs_the_others_nothing(building):
    def until_aborted(link):
        assert link.aborted.wait(20)
        return failed(Reason.TIMEOUT, 902)

    links = {"slow": FakeLink({"slow": until_aborted}), "front": FakeLink({"front": {"1": True}})}
    one = building([device("slow"), device("front")], links)
    found = one.poll(seconds=1)
    assert found["device_up", "front"].value == 1
    assert found["device_unreachable", "slow"].labels["reason"] == "timeout"
    one.source.close()


def test_an_order_to_abort_that_comes_too_late_does_not_break_the_next_poll(building):
    def unless_aborted(link):
        return failed(Reason.TIMEOUT, 902) if link.aborted.is_set() else {"1": True}

    link = FakeLink({"front": unless_aborted})
    one = building([device("front")], {"front": link})
    assert one.poll()["device_up", "front"].value == 1
    link.abort()
    assert one.poll()["device_up", "front"].value == 1


@pytest.mark.usefixtures("same_threads")
def test_a_device_that_cannot_be_cut_off_keeps_one_thread_only(building):
    go_on = threading.Event()

    def hang(_link):
        assert go_on.wait(20)
        return {"1": True}

    links = {"stuck": FakeLink({"stuck": hang}), "front": FakeLink({"front": {"1": True}})}
    one = building([device("stuck"), device("front")], links, connections=2)
    for _ in range(3):
        found = one.poll(seconds=0.4)
        assert found["device_up", "front"].value == 1
        assert ("device_up", "stuck") not in found
        assert one.failure.reason == "deadline"
        assert "stuck" in str(one.failure)
    assert links["stuck"].asked == ["stuck"]
    go_on.set()
    assert one.poll()["device_up", "stuck"].value == 1
    one.source.close()


def test_a_defect_with_one_device_does_not_hide_the_others(building):
    def defect(_link):
        raise KeyError("key")

    links = {"odd": FakeLink({"odd": defect}), "front": FakeLink({"front": {"1": True}})}
    one = building([device("odd"), device("front")], links)
    assert one.poll()["device_up", "front"].value == 1
    assert one.failure.reason == "error"
    assert "odd: KeyError" in str(one.failure)


def test_children_take_turns_when_time_is_short(building):
    children = [device(f"c{number}", parent=GATE.id) for number in range(4)]
    answers = {"gate": {"9": "3.0"}}
    asked = []

    def slow(link):
        asked.append(link.asked[-1])
        link.aborted.wait(0.3)
        return {"1": True}

    answers |= {child.name: slow for child in children}
    one = building([GATE, *children], {"gate": FakeLink(answers)})
    one.poll(seconds=0.5)
    assert one.failure.reason == "deadline"
    first = set(asked)
    assert first < {child.name for child in children}
    one.poll(seconds=0.5)
    assert set(asked[len(first) :]) - first


def evidence(version="3.4", **more):
    return Evidence(version, **{"heard": False, "ending": Ending.NONE, **more})


@pytest.mark.parametrize(
    ("code", "seen", "door", "reason"),
    [
        (901, evidence(), Door.REFUSED, Reason.REFUSED),
        (901, evidence(), Door.SILENT, Reason.TIMEOUT),
        (901, evidence(), Door.OPEN, Reason.PROTOCOL),
        (901, evidence(), Door.NO_ROUTE, Reason.OTHER),
        (902, evidence(), None, Reason.TIMEOUT),
        (905, evidence(), None, Reason.TIMEOUT),
        (914, evidence(ending=Ending.SILENCE), None, Reason.TIMEOUT),
        (914, evidence(ending=Ending.CLOSED), None, Reason.WRONG_KEY),
        (914, evidence(ending=Ending.RESET), None, Reason.PROTOCOL),
        (914, evidence(heard=True, ending=Ending.SILENCE), None, Reason.WRONG_KEY),
        (
            900,
            evidence("3.3", heard=True, payload=b"\xff" * 32, intact=True),
            None,
            Reason.WRONG_KEY,
        ),
        (904, evidence("3.3", payload=b"parse data error", intact=True), None, Reason.WRONG_KEY),
        (900, evidence("3.3", payload=b"data format error", intact=True), None, Reason.PROTOCOL),
        (904, evidence("3.3", payload=b"\xff" * 32, intact=False), None, Reason.PROTOCOL),
        (904, evidence("3.3"), None, Reason.PROTOCOL),
        (900, evidence("3.5", payload=b"\xff" * 32, intact=True), None, Reason.PROTOCOL),
        *(
            (code, evidence(), None, Reason.OTHER)
            for code in (903, 906, 907, 909, 910, 911, 912, 913)
        ),
    ],
)
def test_codes_are_told_apart_by_what_was_seen(code, seen, door, reason):
    assert classify(code, seen, door) is reason
