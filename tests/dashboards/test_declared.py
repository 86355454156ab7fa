"""Declared panels: nothing stated twice, limits by the alerts, comparisons that compare."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sothat.dashboards.declared import (
    Maker,
    against_before,
    bars,
    board,
    control_chart,
    folded,
    group,
    line,
    pages,
    tile,
)
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import ATTENTION, BAD, GOOD, NEUTRAL
from sothat.model.alert import Catalogue
from sothat.model.metric import Series

Json = dict[str, Any]
RECORD = "instance:host_cpu_utilisation:ratio"


@pytest.fixture
def panel_of(catalogue: Catalogue, contracts: Mapping[str, Series]) -> Callable[[Maker], Json]:
    def build(maker: Maker) -> Json:
        made = board("technical", "our-own-board", "Ours", "What?", group("", maker))
        (panel,) = made.build(catalogue, contracts)["panels"]
        found: Json = panel
        return found

    return build


def steps(panel: Json) -> list[tuple[float | None, str]]:
    return [
        (step["value"], step["color"])
        for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    ]


def test_an_alert_gives_the_limit_and_wins_over_bands(panel_of: Callable[[Maker], Json]) -> None:
    own = Bands(GOOD, ((0.5, ATTENTION),))
    judged = panel_of(
        tile("T", "M", (RECORD, ""), empty="e", alerts=["HostCpuSaturated"], bands=own)
    )
    assert steps(judged) == [(None, GOOD), (0.9, ATTENTION)]
    assert judged["targets"][0]["legendFormat"] == "alert above 90%"
    assert "HostCpuSaturated" in judged["description"]


def test_an_alert_that_only_tells_judges_nothing(panel_of: Callable[[Maker], Json]) -> None:
    own = Bands(GOOD, ((0.5, BAD),), "target: below 50 %")
    told = panel_of(tile("T", "M", (RECORD, ""), empty="e", tells=["HostCpuSaturated"], bands=own))
    assert steps(told) == [(None, GOOD), (0.5, BAD)]
    assert told["targets"][0]["legendFormat"] == "target: below 50 %"
    assert "HostCpuSaturated" in told["description"]


def test_a_graph_draws_a_lower_limit_in_the_colour_of_what_lies_below(
    panel_of: Callable[[Maker], Json],
) -> None:
    drawn = panel_of(line("T", "M", (RECORD, ""), empty="e", alerts=["IotFleetDegraded"]))
    assert steps(drawn)[1] == (0.95, BAD)
    judged = panel_of(tile("T", "M", (RECORD, ""), empty="e", alerts=["IotFleetDegraded"]))
    assert steps(judged) == [(None, BAD), (0.95, GOOD)]


def test_bars_begin_at_zero(panel_of: Callable[[Maker], Json]) -> None:
    assert panel_of(bars("T", "M", (RECORD, ""), empty="e"))["fieldConfig"]["defaults"]["min"] == 0


def test_a_control_chart_has_its_mean_and_both_limits(panel_of: Callable[[Maker], Json]) -> None:
    chart = panel_of(control_chart("T", "M", RECORD, empty="e", usual="7d"))
    now, mean, upper, lower = (target["expr"] for target in chart["targets"])
    assert now == RECORD
    assert mean == f"avg_over_time({RECORD}[7d])"
    assert upper == f"{mean} + 3 * stddev_over_time({RECORD}[7d])"
    assert lower == f"clamp_min({mean} - 3 * stddev_over_time({RECORD}[7d]), 0)"
    dashed = {o["matcher"]["options"]: o["properties"] for o in chart["fieldConfig"]["overrides"]}
    assert [entry["id"] for entry in dashed.pop("A")] == ["color"]
    assert set(dashed) == {"B", "C", "D"}
    for properties in dashed.values():
        assert {p["id"] for p in properties} == {"color", "custom.lineStyle"}
        assert properties[0]["value"]["fixedColor"] == NEUTRAL


def test_a_comparison_moves_every_selector() -> None:
    now, before = against_before("sum(a @then) / sum(b @then)", "open", "1w")
    assert now.expr == "sum(a) / sum(b)"
    assert before.expr == "sum(a offset 1w) / sum(b offset 1w)"
    assert (before.legend, before.dashed) == ("open, 1w before", True)


def test_text_knows_where_the_incident_service_is(panel_of: Callable[[Maker], Json]) -> None:
    shown = panel_of(pages("Who", "see {incidents}/on-call"))
    assert shown["options"]["content"] == "see http://127.0.0.1:9781/on-call"


def test_folded_panels_ask_nothing_before_they_are_opened(
    catalogue: Catalogue, contracts: Mapping[str, Series]
) -> None:
    maker = line("T", "M", (RECORD, ""), empty="e")
    made = board("technical", "our-own-board", "Ours", "What?", folded("More", maker))
    (row,) = made.build(catalogue, contracts)["panels"]
    assert row["collapsed"] is True
    assert [panel["title"] for panel in row["panels"]] == ["T"]
