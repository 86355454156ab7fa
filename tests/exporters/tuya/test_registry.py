"""Data points in base units: the classic defects are factors of ten and a thousand."""

import base64
import math
import re
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.exporters.tuya.contract import contract, measured
from sothat.exporters.tuya.points import Point, described, sampled
from sothat.exporters.tuya.registry.entries import LABELLED
from sothat.exporters.tuya.registry.loading import load_products, standard
from sothat.exporters.tuya.registry.measures import MAX_SCALE, Provenance, Quantity
from sothat.exporters.tuya.registry.meters import Meters
from sothat.exporters.tuya.registry.metrics import QUANTITIES
from sothat.exporters.tuya.registry.reader import Registry
from sothat.exporters.tuya.registry.units import FACTORS, base_unit
from sothat.model.problem import Unusable

STANDARD = standard()
DECLARED = {family.name: family for family in contract().families}
DEVICE_LABELS = set(DECLARED["tuya_device_up"].label_names)


@dataclass
class Thing:
    points: dict = field(default_factory=dict)
    product_id: str = ""
    category: str = ""
    id: str = "id-1"


def read(raw, points=None, catalogue=STANDARD, **what):
    return Registry(catalogue, Meters()).read(Thing(points or {}, **what), raw)


def values(raw, points=None, **what):
    found = read(raw, points, **what).values
    return {
        (r.family.removeprefix("tuya_device_"), *dict(r.labels).values()): r.value for r in found
    }


def value(code, raw, scale=None, unit=""):
    readings = read({"1": raw}, {"1": Point(code, scale, unit)})
    assert bool(readings.values) != bool(readings.unknown or readings.rejected)
    return readings.values[0].value if readings.values else None


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
        ("add_ele", 12, None, "p°Cs", 43_200),
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
        ("watersensor_state", "alarm", None, "", 1),
        ("smoke_sensor_state", "2", None, "", 0),
        ("co2_value", 812, None, "ppm", 0.000812),
        ("pm25_value", 12, None, "ug/m3", 0.000012),
        ("voc_value", 251, 3, "mg/m3", 0.000251),
        ("bright_value_v2", 700, None, "", 0.7),
        ("percent_state", 40, None, "%", 0.4),
        ("switch_2", True, None, "", 1),
        ("gateway_uptime", 86_400, None, "s", 86_400),
    ],
)
def test_values_are_in_base_units(code, raw, scale, unit, wanted):
    assert value(code, raw, scale, unit) == wanted


@pytest.mark.parametrize(
    ("code", "raw", "scale", "unit"),
    [
        ("temp_current", 215, None, ""),  # tenths or not: the specification does not say
        ("temp_current", 9999, 1, ""),
        ("temp_current", 21, 0, "%"),  # a unit of something else: who knows what it counts
        ("voc_value", 251, 3, "ppm"),
        ("battery_percentage", 130, 0, ""),
        ("battery_percentage", "high", 0, ""),
        ("cur_voltage", True, 1, ""),
        ("pir", "maybe", None, ""),
        ("doorcontact_state", 1, None, ""),
        ("doorcontact_state", [True], None, ""),
        ("cur_power", 10**400, 1, ""),
        ("cur_power", 1, 10**12, ""),
        ("cur_power", 1, -1, ""),
        ("cur_power", float("inf"), 1, ""),
        ("cur_power", float("nan"), 1, ""),
        ("firmware_version", "a\nb", None, ""),
    ],
)
def test_what_cannot_be_told_or_be_true_is_counted_not_guessed(code, raw, scale, unit):
    readings = read({"1": raw}, {"1": Point(code, scale, unit)})
    assert (readings.values, readings.rejected, readings.unknown) == ((), (code,), ())


def test_unknown_points_are_listed_by_code_or_number_and_bounded():
    readings = read({"1": 5, "7": 1}, {"1": Point("unheard_of")})
    assert readings.unknown == ("unheard_of", "7")
    many = read({str(number): 1 for number in range(500)})
    assert 0 < len(many.unknown) <= 20


def test_known_points_without_a_metric_are_not_unknown():
    readings = read({"1": 30}, {"1": Point("countdown_1")})
    assert (readings.values, readings.unknown, readings.rejected) == ((), (), ())


def test_the_firmware_is_text():
    points = {"1": Point("firmware_version")}
    assert read({"1": "1.4.2"}, points).firmware == "1.4.2"
    for bad in ("", "x" * 100, "a\nb", 3):
        readings = read({"1": bad}, points)
        assert (readings.firmware, readings.rejected) == ("", ("firmware_version",))


def test_an_enumeration_is_a_state_set():
    points = {"2": Point("mode", options=("manual", "auto"))}
    assert values({"2": "auto"}, points) == {
        ("state", "mode", "manual"): 0,
        ("state", "mode", "auto"): 1,
    }
    assert read({"2": "holiday"}, points).rejected == ("mode",)


def test_a_bit_map_is_one_series_a_fault():
    points = {"9": Point("fault", type="Bitmap", options=("low_flow", "ice"))}
    assert values({"9": 2}, points) == {("fault_active", "low_flow"): 0, ("fault_active", "ice"): 1}
    assert read({"9": 4}, points).rejected == ("fault",)  # a bit that has no name
    breaker = values({"9": 4}, {"9": Point("fault")}, category="dlq")
    assert breaker["fault_active", "overload_alarm"] == 1
    assert sum(breaker.values()) == 1


def test_a_meters_phase_is_unpacked():
    packed = (2312).to_bytes(2, "big") + (1500).to_bytes(3, "big") + (345).to_bytes(3, "big")
    found = values({"6": base64.b64encode(packed).decode()}, {"6": Point("phase_a")})
    assert found == {
        ("phase_voltage_volts", "a"): 231.2,
        ("phase_current_amperes", "a"): 1.5,
        ("phase_power_watts", "a"): 345,
    }
    fed_in = (2312).to_bytes(2, "big") + bytes(3) + (-345 % 2**24).to_bytes(3, "big")
    found = values({"6": base64.b64encode(fed_in).decode()}, {"6": Point("phase_b")})
    assert found["phase_power_watts", "b"] == -345
    for bad in ("", "AAAA", "?", 5, None):
        assert read({"6": bad}, {"6": Point("phase_a")}).rejected == ("phase_a",)


def test_a_category_gives_a_code_its_meaning():
    energy = {"17": Point("add_ele")}
    assert values({"17": 100}, energy, category="cz")["energy_joules_total",] == 0.1 * 3.6e6
    assert values({"17": 100}, energy, category="dlq")["energy_joules_total",] == 1 * 3.6e6


def test_another_entry_of_a_device_is_looked_up_anew():
    registry = Registry(STANDARD, Meters())
    before, after = (Thing({"1": Point(code, 1, "")}) for code in ("cur_power", "cur_voltage"))
    (power,) = registry.read(before, {"1": 10}).values
    registry.forget()
    registry.read(before, {"1": 10})  # in the engine's thread, before the list is replaced
    (voltage,) = registry.read(after, {"1": 10}).values
    assert (power.family, voltage.family) == (
        "tuya_device_power_watts",
        "tuya_device_voltage_volts",
    )


def test_the_cloud_tells_values_by_code():
    assert values({"cur_power": 12}, {"19": Point("cur_power", 1)}) == {("power_watts",): 1.2}


USER = """
apiVersion: sothat/v1
kind: TuyaProducts
products:
  abc123:
    title: Weather station
    category: qxj
    points:
      "101": {code: temp_out, metric: temperature_celsius, unit: °C, scale: 1, source: data sheet}
      "102": {code: rain_alarm, read: flag, metric: leak_detected, on: [yes], off: [no]}
      "103": {code: blob, read: silent}
      "19": {code: cur_power, metric: power_watts, unit: W, scale: 0, source: compared with a meter}
"""


def written(tmp_path, text):
    file = tmp_path / "products.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_users_file_adds_products_and_corrects_scales(tmp_path):
    catalogue = STANDARD.over(load_products(written(tmp_path, USER)))
    points = {"19": Point("cur_power", 1, "W")}
    raw = {"101": 215, "102": "yes", "103": "x", "19": 1200}
    readings = read(raw, points, catalogue=catalogue, product_id="abc123")
    found = {r.family: r.value for r in readings.values}
    assert found == {
        "tuya_device_temperature_celsius": 21.5,
        "tuya_device_leak_detected": 1,
        "tuya_device_power_watts": 1200,
    }
    assert (readings.unknown, readings.rejected) == ((), ())
    other = read({"101": 215}, points, catalogue=catalogue, product_id="other")
    assert other.unknown == ("101",)


def test_who_knows_a_scale_is_remembered(tmp_path):
    catalogue = STANDARD.over(load_products(written(tmp_path, USER)))
    points = {
        "19": Point("cur_power", 1, "W"),
        "20": Point("cur_voltage"),
        "1": Point("va_temperature", 1),
    }
    user = catalogue.meanings("abc123", "", points)
    assert user["19"].provenance is Provenance.USER
    assert user["20"].provenance is Provenance.STANDARD
    assert user["1"].provenance is Provenance.SPECIFICATION
    assert catalogue.meanings("", "", points)["19"].provenance is Provenance.SPECIFICATION


@pytest.mark.parametrize(
    ("entry", "code", "column"),
    [
        ("{code: x, metric: temprature_celsius, unit: °C}", "unknown-measure", 30),
        ("{code: x, metric: temperature_celsius, unit: W}", "unfit-unit", 57),
        ("{code: x, metric: temperature_celsius}", "unfit-unit", 12),
        ("{code: x, metric: power_watts, unit: W, scale: 1}", "missing-source", 52),
        ("{code: x, metric: power_watts, unit: W, scale: 12, source: s}", "out-of-range", None),
        ("{code: x, metric: power_watts, unit: W, low: 5, high: 1}", "out-of-range", None),
        ("{code: x, read: flag, metric: contact_open, on: [a]}", "missing-key", None),
        ("{code: x, read: flag, metric: contact_open, on: [a], off: [a]}", "bad-value", None),
        (
            "{code: x, read: flag, metric: contact_open, on: [a], off: [b], scale: 1}",
            "unknown-key",
            None,
        ),
        ("{metric: power_watts, unit: W}", "missing-key", None),
        ("{code: x, read: guess}", "unknown-value", None),
        ("{code: x, metrik: power_watts}", "unknown-key", None),
    ],
)
def test_a_users_mistake_is_told_with_its_place(tmp_path, entry, code, column):
    head = "apiVersion: sothat/v1\nkind: TuyaProducts\nproducts:\n  p:\n    points:"
    text = f'{head}\n      "1": {entry}\n'
    with pytest.raises(Unusable) as caught:
        load_products(written(tmp_path, text))
    problem = caught.value.problems[0]
    assert problem.code == code
    assert problem.position.line == 6
    if column:
        assert problem.position.column == column


def test_every_entry_of_the_pack_leads_to_a_declared_family():
    entries = [*STANDARD.codes.items()]
    for category in STANDARD.categories.values():
        entries += category.items()
    assert len(entries) > 100
    for code, entry in entries:
        if entry.metric:
            point = Point(code, 0, entry.unit)
            found = STANDARD.over(type(STANDARD)({code: entry})).meanings("", "", {"1": point})["1"]
            family = f"tuya_device_{entry.metric}"
            if family not in DECLARED:
                family = f"tuya_gateway_{entry.metric}"
            further = set(DECLARED[family].label_names) - DEVICE_LABELS
            assert further == {name for name, _ in found.measure.labels}
            assert (entry.metric in LABELLED) == bool(further)


def test_every_scale_of_the_pack_says_where_it_is_known_from():
    for code, entry in STANDARD.codes.items():
        assert entry.scale is None or entry.source, code


def test_names_units_and_bounds_of_metrics_agree():
    for family in measured():
        assert family.unit in (*FACTORS, "boolean"), family.name
    for metric, bounds in QUANTITIES.items():
        assert bounds.low < bounds.high
        assert base_unit(metric) in FACTORS
        assert re.fullmatch("[a-z0-9_]+", metric)


def test_only_metering_is_asked_for_anew():
    points = {"18": Point("cur_current"), "1": Point("switch"), "x": Point("cur_power")}
    assert list(sampled(points)) == [18]


def test_a_specification_is_read_as_tuya_writes_it():
    points = described(
        {
            "1": {"code": "mode", "type": "Enum", "values": '{"range": ["a", "b"]}'},
            "2": {"code": "fault", "type": "Bitmap", "values": {"label": ["x"], "maxlen": 1}},
            "3": {"code": "temp", "type": "Integer", "values": {"scale": 1, "unit": "°C"}},
            "4": {"code": 5},
            "5": "nonsense",
            "6": {"code": "t", "values": "{"},
        }
    )
    assert points == {
        "1": Point("mode", None, "", "Enum", ("a", "b")),
        "2": Point("fault", None, "", "Bitmap", ("x",)),
        "3": Point("temp", 1, "°C", "Integer"),
        "6": Point("t"),
    }
    assert described("nonsense") == {}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=3,
)


@settings(deadline=None)
@given(
    st.sampled_from(sorted(STANDARD.codes)),
    anything,
    st.none() | st.integers(-20, 20),
    st.text(max_size=3) | st.sampled_from(["%", "W", "ppm", "°C"]),
    st.lists(st.text(max_size=3), max_size=3),
)
def test_whatever_a_device_reports_is_in_bounds_or_counted(code, raw, scale, unit, options):
    point = Point(code, scale, unit, "", tuple(options))
    readings = read({"1": raw}, {"1": point})
    meaning = STANDARD.meanings("", "", {"1": point})["1"]
    for reading in readings.values:
        assert math.isfinite(reading.value)
        family = DECLARED[reading.family]
        assert set(family.label_names) - DEVICE_LABELS - {"gateway"} == set(dict(reading.labels))
        if isinstance(meaning.measure, Quantity):
            assert 0 <= meaning.measure.scale <= MAX_SCALE
            assert meaning.measure.low <= reading.value <= meaning.measure.high
        elif not reading.family.startswith("tuya_device_phase"):
            assert reading.value in (0, 1)
