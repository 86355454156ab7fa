"""One device with a clock in our hands: faults, batteries, sampling."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.runtime.secrets import Secret
from sothat.simulator.behaviour.surroundings import Surroundings
from sothat.simulator.config import load_building
from sothat.simulator.device import Device
from sothat.simulator.faults import FaultName, FaultRefused, make_fault
from sothat.simulator.identity import identify

from .conftest import DEMO

PLAN = load_building(DEMO)


@dataclass
class Clock:
    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def make(name: str) -> tuple[Device, Clock]:
    clock = Clock()
    (plan,) = (device for device in PLAN.devices if device.name == name)
    around = Surroundings(PLAN.seed, plan.name, plan.site.zone)
    return Device(plan, identify(PLAN, plan), Secret("0123456789abcdef"), around, clock), clock


def test_a_draining_battery_is_below_a_tenth_within_ten_seconds() -> None:
    device, clock = make("harbour-main-door")
    device.inflict(FaultName.BATTERY_DRAINING, {})
    clock.now += 10
    assert int(device.read()["2"]) < 10
    clock.now += 1000
    assert device.read()["2"] == 4


@given(
    st.floats(0.001, 100), st.floats(0, 100), st.lists(st.floats(0, 30), min_size=1, max_size=10)
)
def test_a_draining_battery_never_rises(rate: float, floor: float, steps: list[float]) -> None:
    device, clock = make("harbour-main-door")
    last = int(device.read()["2"])
    start = last
    device.inflict(FaultName.BATTERY_DRAINING, {"rate": rate, "floor": floor})
    for step in steps:
        clock.now += step
        charge = int(device.read()["2"])
        assert min(start, round(floor)) <= charge <= last
        last = charge


def test_a_healed_battery_is_a_fresh_one() -> None:
    device, clock = make("harbour-store-door")
    device.inflict(FaultName.BATTERY_DRAINING, {})
    clock.now += 60
    device.heal(FaultName.BATTERY_DRAINING)
    assert device.read()["2"] == 100


def test_healing_what_is_whole_changes_nothing() -> None:
    device, _ = make("harbour-main-door")
    before = device.read()
    device.heal(FaultName.BATTERY_DRAINING)
    assert device.read() == before


def test_a_fault_given_again_starts_again() -> None:
    device, clock = make("harbour-main-door")
    device.inflict(FaultName.BATTERY_DRAINING, {"rate": 1})
    clock.now += 20
    before = int(device.read()["2"])
    device.inflict(FaultName.BATTERY_DRAINING, {"rate": 1})
    assert device.read()["2"] == before
    assert device.faults == ("battery-draining",)


def test_metering_is_sampled_once_a_minute_unless_asked_for() -> None:
    device, clock = make("harbour-lobby-plug")
    first = device.read()["17"]
    clock.now += 59
    assert device.read()["17"] == first
    clock.now += 7200
    later = device.read()["17"]
    assert int(later) > int(first)
    clock.now += 50
    before = device.read()["20"]
    readings = {device.refresh([20])["20"] for _ in range(1)}
    assert readings != {before}


def test_a_refresh_answers_what_was_asked_for_and_exists() -> None:
    device, _ = make("harbour-lobby-plug")
    assert device.refresh([18, "19", 99, None, []]).keys() == {"18", "19"}


def test_a_refused_write_changes_nothing() -> None:
    device, _ = make("harbour-lobby-plug")
    assert device.write({"19": 1, "1": "off", "nope": True}) == {}
    assert device.read()["1"] is True


@pytest.mark.parametrize(
    ("name", "fault", "said"),
    [
        ("harbour-lobby-plug", FaultName.BATTERY_DRAINING, "has no battery"),
        ("harbour-store-door", FaultName.WRONG_KEY, "harbour-gateway"),
    ],
)
def test_what_a_device_cannot_have_is_refused(name: str, fault: FaultName, said: str) -> None:
    device, _ = make(name)
    with pytest.raises(FaultRefused, match=said):
        device.inflict(fault, {})
    assert device.faults == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"minutes": 1}, "takes seconds"),
        ({"seconds": "1"}, "must be a number"),
        ({"seconds": True}, "must be a number"),
        ({"seconds": 301}, "0 to 300"),
        ({"seconds": float("nan")}, "0 to 300"),
        ({"seconds": float("inf")}, "0 to 300"),
    ],
)
def test_wrong_parameters_are_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(FaultRefused, match=said):
        make_fault(FaultName.SLOW, given, 0.0)


@pytest.mark.parametrize("fault", [f for f in FaultName if f not in ("slow", "battery-draining")])
def test_the_other_faults_take_no_parameters(fault: FaultName) -> None:
    assert make_fault(fault, {}, 1.0).parameters == {}
    with pytest.raises(FaultRefused, match="no parameters"):
        make_fault(fault, {"x": 1}, 1.0)
