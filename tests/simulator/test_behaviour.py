"""Readings over time: reproducible, plausible, and obedient."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.simulator.behaviour.kinds import BEHAVIOURS, Plug, Thermostat
from sothat.simulator.behaviour.surroundings import Surroundings

AROUND = Surroundings(7, "some-device", ZoneInfo("Europe/London"))
MONDAY_NOON = datetime(2024, 1, 15, 12, tzinfo=UTC).timestamp()
MONDAY_NIGHT = datetime(2024, 1, 15, 2, tzinfo=UTC).timestamp()
SUNDAY_NOON = datetime(2024, 1, 14, 12, tzinfo=UTC).timestamp()
TIMES = st.floats(0, 4e9)


@given(TIMES)
def test_occupancy_is_a_share(now: float) -> None:
    assert 0 < AROUND.occupancy(now) <= 1


def test_a_day_has_its_hours_and_a_week_its_end() -> None:
    assert AROUND.occupancy(MONDAY_NOON) > AROUND.occupancy(SUNDAY_NOON)
    assert AROUND.occupancy(SUNDAY_NOON) > AROUND.occupancy(MONDAY_NIGHT)


@given(TIMES, st.sampled_from(["a", "b"]), st.floats(1, 1000))
def test_chance_stays_in_its_bounds_and_repeats(now: float, channel: str, period: float) -> None:
    again = Surroundings(7, "some-device", ZoneInfo("UTC"))
    for draw in (AROUND.step, AROUND.drift):
        assert 0 <= draw(channel, now, period) < 1
    assert AROUND.step(channel, now, period) == again.step(channel, now, period)
    assert AROUND.drift(channel, now, period) == again.drift(channel, now, period)


@given(st.integers(0, 10_000))
def test_a_drift_does_not_jump(tick: int) -> None:
    before, after = (AROUND.drift("x", 60 * tick + offset, 60) for offset in (-0.001, 0.001))
    assert abs(before - after) < 0.001


def test_devices_differ() -> None:
    other = Surroundings(7, "other-device", ZoneInfo("UTC"))
    seeded = Surroundings(8, "some-device", ZoneInfo("UTC"))
    assert len({around.constant("x") for around in (AROUND, other, seeded)}) == 3


@pytest.mark.parametrize("kind", BEHAVIOURS)
def test_two_runs_with_one_seed_measure_the_same(kind: str) -> None:
    first, second = (BEHAVIOURS[kind](AROUND, MONDAY_NOON) for _ in range(2))
    for passed in range(0, 600, 60):
        assert first.read(MONDAY_NOON + passed) == second.read(MONDAY_NOON + passed)


@given(st.lists(st.floats(0, 3600), min_size=1, max_size=20))
def test_energy_only_rises(steps: list[float]) -> None:
    plug = Plug(AROUND, MONDAY_NOON)
    now, last = MONDAY_NOON, float(plug.read(MONDAY_NOON)["add_ele"])
    for step in steps:
        now += step
        energy = float(plug.read(now)["add_ele"])
        assert energy >= last
        last = energy


def test_energy_is_power_over_time() -> None:
    plug = Plug(AROUND, MONDAY_NOON)
    before = float(plug.read(MONDAY_NOON)["add_ele"])
    watts = [float(plug.read(MONDAY_NOON + s)["cur_power"]) for s in range(1, 3601)]
    after = float(plug.read(MONDAY_NOON + 3600)["add_ele"])
    assert after - before == pytest.approx(sum(watts) / 3.6e6, rel=1e-6)


def test_a_plug_that_is_off_draws_nothing() -> None:
    plug = Plug(AROUND, MONDAY_NOON)
    plug.write("switch_1", value=False, now=MONDAY_NOON)
    before = plug.read(MONDAY_NOON)
    after = plug.read(MONDAY_NOON + 3600)
    assert (after["cur_power"], after["cur_current"]) == (0, 0)
    assert after["add_ele"] == before["add_ele"]


def test_power_follows_the_day() -> None:
    noon, night = (Plug(AROUND, now).read(now)["cur_power"] for now in (MONDAY_NOON, MONDAY_NIGHT))
    assert float(noon) > 3 * float(night)


def test_the_room_follows_the_target() -> None:
    thermostat = Thermostat(AROUND, MONDAY_NOON)
    thermostat.write("temp_set", 26.0, MONDAY_NOON)
    rooms = [
        float(thermostat.read(MONDAY_NOON + minute * 60)["temp_current"])
        for minute in (0, 30, 60, 240)
    ]
    assert rooms == sorted(rooms)
    assert rooms[-1] == pytest.approx(26, abs=0.6)


def test_a_room_without_heating_cools_down() -> None:
    thermostat = Thermostat(AROUND, MONDAY_NOON)
    thermostat.write("switch", value=False, now=MONDAY_NOON)
    assert float(thermostat.read(MONDAY_NOON + 86400)["temp_current"]) < 13


@pytest.mark.parametrize(
    ("kind", "code", "states"),
    [("contact", "doorcontact_state", {True, False}), ("motion", "pir", {"pir", "none"})],
)
def test_sensors_toggle_in_office_hours(kind: str, code: str, states: set[object]) -> None:
    sensor = BEHAVIOURS[kind](AROUND, MONDAY_NOON)
    seen = {sensor.read(MONDAY_NOON + second)[code] for second in range(0, 3600, 10)}
    assert seen == states


def test_a_battery_lasts_for_months() -> None:
    sensor = BEHAVIOURS["contact"](AROUND, MONDAY_NOON)
    now = float(sensor.read(MONDAY_NOON)["battery_percentage"])
    later = float(sensor.read(MONDAY_NOON + 30 * 86400)["battery_percentage"])
    assert 75 <= now <= 100
    assert 4 < now - later < 7
    assert sensor.read(MONDAY_NOON + 4 * 365 * 86400)["battery_percentage"] == 0
