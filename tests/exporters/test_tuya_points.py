"""Data points in base units: the classic defects are factors of ten and a thousand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.exporters.tuya.contract import contract
from sothat.exporters.tuya.points import MEASURES, Flag, Point, Quantity, read, sampled

FAMILIES = {family.name for family in contract().families}


def value(code, raw, scale=None, unit=""):
    readings = read({"1": raw}, {"1": Point(code, scale, unit)})
    assert readings.unknown == (not readings.values)
    return next(iter(readings.values.values()), None)


@pytest.mark.parametrize(
    ("code", "raw", "scale", "unit", "wanted"),
    [
        ("cur_power", 1234, None, "", 123.4),
        ("cur_power", 1234, 1, "W", 123.4),
        ("cur_power", 1234, 3, "kW", 1234),
        ("cur_voltage", 2305, None, "V", 230.5),
        ("cur_current", 355, None, "", 0.355),
        ("cur_current", 355, 0, "mA", 0.355),
        ("cur_current", 355, 3, "A", 0.355),
        ("add_ele", 12, 3, "kwh", 43_200),
        ("add_ele", 12, None, "nonsense", 43_200),
        ("total_forward_energy", 100, None, "kWh", 3_600_000),
        ("temp_current", 215, 1, "℃", 21.5),
        ("temp_current", 21, 0, "°C", 21),
        ("temp_current", 700, 1, "℉", pytest.approx(21.111111111)),
        ("va_temperature", -55, 1, "", -5.5),
        ("temp_set", 205, 1, "", 20.5),
        ("humidity_value", 47, None, "%", 0.47),
        ("va_humidity", 475, 1, "%", 0.475),
        ("battery_percentage", 83, 0, "%", 0.83),
        ("rssi", -61, None, "dBm", -61),
        ("doorcontact_state", True, None, "", 1),
        ("doorcontact_state", False, None, "", 0),
        ("pir", "pir", None, "", 1),
        ("pir", "none", None, "", 0),
    ],
)
def test_values_are_in_base_units(code, raw, scale, unit, wanted):
    assert value(code, raw, scale, unit) == wanted


@pytest.mark.parametrize(
    ("code", "raw", "scale"),
    [
        ("temp_current", 215, None),  # tenths or not: the mapping does not say
        ("temp_current", 9999, 1),
        ("battery_percentage", 130, 0),
        ("battery_percentage", "high", 0),
        ("cur_voltage", True, 1),
        ("pir", "maybe", None),
        ("doorcontact_state", 1, None),
        ("doorcontact_state", [True], None),
        ("unheard_of", 1, 0),
        ("cur_power", 10**400, 1),
        ("cur_power", 1, 10**12),
        ("cur_power", 1, -1),
        ("cur_power", float("inf"), 1),
    ],
)
def test_what_cannot_be_told_or_be_true_is_counted_not_guessed(code, raw, scale):
    assert value(code, raw, scale) is None


def test_points_without_a_mapping_are_unknown():
    assert read({"1": True, "2": 5}, {}).unknown == 2


def test_known_points_without_a_metric_are_not_unknown():
    assert read({"1": True}, {"1": Point("switch_1")}).unknown == 0


def test_the_firmware_is_text():
    points = {"1": Point("firmware_version")}
    assert read({"1": "1.4.2"}, points).firmware == "1.4.2"
    for bad in ("", "x" * 100, "a\nb", 3):
        readings = read({"1": bad}, points)
        assert (readings.firmware, readings.unknown) == ("", 1)


def test_every_measure_is_declared():
    assert {measure.family for measure in MEASURES.values()} <= FAMILIES


def test_only_metering_is_asked_for_anew():
    points = {"18": Point("cur_current"), "1": Point("switch"), "x": Point("cur_power")}
    assert list(sampled(points)) == [18]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=3,
)


@given(st.sampled_from(sorted(MEASURES)), anything, st.none() | st.integers(-20, 20), st.text())
def test_whatever_a_device_reports_is_in_bounds_or_unknown(code, raw, scale, unit):
    found = value(code, raw, scale, unit)
    measure = MEASURES[code]
    if found is None:
        return
    assert math.isfinite(found)
    match measure:
        case Quantity():
            assert measure.low <= found <= measure.high
        case Flag():
            assert found in (0, 1)
