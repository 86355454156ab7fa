"""The catalogue of products and the scaling of their points."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sothat.simulator import products as products_module
from sothat.simulator.behaviour.kinds import BEHAVIOURS
from sothat.simulator.products import BATTERY_CODE, FIRMWARE_CODE, Point, load_products

PRODUCTS = load_products()
POWER = PRODUCTS["metering-plug"].points["19"]
TARGET = PRODUCTS["room-thermostat"].points["16"]


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_product_is_whole(name: str) -> None:
    product = PRODUCTS[name]
    codes = [point.code for point in product.points.values()]
    assert FIRMWARE_CODE in codes
    assert (BATTERY_CODE in codes) == product.battery
    assert len(set(codes)) == len(codes)
    assert product.behaviour in BEHAVIOURS
    assert product.firmware != product.previous_firmware


def test_product_ids_are_unique() -> None:
    assert len({product.product_id for product in PRODUCTS.values()}) == len(PRODUCTS)


@pytest.mark.parametrize(
    ("product", "code", "physical", "wire"),
    [
        ("metering-plug", "cur_power", 230.4, 2304),
        ("metering-plug", "cur_voltage", 230.4, 2304),
        ("metering-plug", "cur_current", 1000.4, 1000),
        ("metering-plug", "add_ele", 1.234, 1234),
        ("room-thermostat", "temp_current", 21.06, 211),
        ("room-thermostat", "temp_current", -5.0, -50),
        ("zigbee-climate-sensor", "va_temperature", 19.5, 195),
        ("door-sensor", "battery_percentage", 83.4, 83),
    ],
)
def test_scales_are_those_of_the_standard_instruction_sets(
    product: str, code: str, physical: float, wire: int
) -> None:
    (point,) = (p for p in PRODUCTS[product].points.values() if p.code == code)
    assert point.encode(physical) == wire


@given(st.floats(-1e6, 1e6))
def test_an_encoded_number_is_whole_and_within_its_range(value: float) -> None:
    encoded = TARGET.encode(value)
    assert isinstance(encoded, int)
    assert TARGET.values["min"] <= encoded <= TARGET.values["max"]


@given(st.integers(50, 350))
def test_what_is_set_is_read_back(encoded: int) -> None:
    assert TARGET.encode(TARGET.decode(encoded)) == encoded


@pytest.mark.parametrize(
    ("kind", "values", "good", "bad"),
    [
        ("Boolean", {}, [True, False], [1, "true", None]),
        ("Integer", {"min": 0, "max": 5, "scale": 0}, [0, 5], [6, -1, True, "1", 1.0, None]),
        ("Enum", {"range": ["a"]}, ["a"], ["b", 1, None]),
        ("String", "", ["x"], [1, None]),
    ],
)
def test_only_what_fits_is_accepted(
    kind: str, values: object, good: list[object], bad: list[object]
) -> None:
    point = Point("1", "some", kind, values, writable=True)
    assert [point.accepts(value) for value in good] == [True] * len(good)
    assert [point.accepts(value) for value in bad] == [False] * len(bad)
    assert not POWER.accepts(1)


def test_the_mapping_is_what_the_file_says() -> None:
    file = Path(products_module.__file__).with_name("products.yaml")
    points = yaml.safe_load(file.read_text(encoding="utf-8"))["products"]["metering-plug"]["points"]
    mapping = PRODUCTS["metering-plug"].mapping
    assert mapping["19"] == {key: points["19"][key] for key in ("code", "type", "values")}
    assert set(mapping) == set(points)
