"""A share is drawn on the whole scale, unless its limit would lie on the axis."""

from typing import Any

import pytest
from sothat.generator.panel_units import with_units
from sothat.generator.typecheck.world import World
from sothat.model.metric import Contract, MetricFamily, MetricType, index

RATIO = {"refId": "A", "expr": "rate(a_seconds_total[5m])"}


def panel(steps: list[tuple[float | None, str]], **more: Any) -> dict[str, Any]:
    listed = [{"value": value, "color": colour} for value, colour in steps]
    defaults = {"thresholds": {"steps": listed}, "custom": {"thresholdsStyle": {"mode": "line"}}}
    return {"title": "P", "targets": [RATIO], "fieldConfig": {"defaults": {**defaults, **more}}}


@pytest.fixture
def world() -> World:
    family = MetricFamily("a_seconds_total", MetricType.COUNTER, "a", "seconds", ())
    return World(index([Contract("a", (family,))]))


def scaled(shape: dict[str, Any], world: World) -> dict[str, Any]:
    (found,) = with_units({"panels": [shape]}, world)["panels"]
    defaults: dict[str, Any] = found["fieldConfig"]["defaults"]
    return defaults


def test_the_whole_where_nothing_is_judged_or_the_limit_is_high(world: World) -> None:
    for steps in ([(None, "text")], [(None, "blue"), (0.9, "orange")]):
        shown = scaled(panel(steps), world)
        assert (shown["unit"], shown["min"], shown["max"]) == ("percentunit", 0, 1)


def test_a_low_limit_gets_room_above_it(world: World) -> None:
    shown = scaled(panel([(None, "blue"), (0.05, "orange")]), world)
    assert shown["custom"]["axisSoftMax"] == 0.2
    assert "max" not in shown


def test_a_low_limit_below_which_it_is_bad_keeps_the_whole(world: World) -> None:
    shown = scaled(panel([(None, "orange"), (0.2, "orange")]), world)
    assert shown["max"] == 1


def test_what_a_panel_says_itself_stays(world: World) -> None:
    assert scaled(panel([(None, "text")], max=0.5), world)["max"] == 0.5
