"""The adapter: what grafanalib or a person wrote becomes clean classic JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from grafanalib import core
from sothat.dashboards.grafana import DATASOURCE, classic, panels_of, to_text
from sothat.dashboards.shapes import threshold_steps, without_nulls
from sothat.model.problem import Unusable

GOLDEN = Path(__file__).parent / "golden" / "small.json"


def board(*panels: Any, **more: Any) -> core.Dashboard:
    return core.Dashboard(title="Small", uid="small-board", panels=list(panels), **more)


def small() -> core.Dashboard:
    """Return one panel of each kind that grafanalib writes in an old shape."""
    place = [core.GridPos(h=4, w=8, x=8 * column, y=0) for column in range(3)]
    up = core.Target(expr="up", legendFormat="{{job}}")
    red = core.Threshold("red", 1, 80.0)
    green = core.Threshold("green", 0, 0.0)
    return board(
        core.Stat(title="Stat", targets=[up], gridPos=place[0], thresholds=[red, green]),
        core.BarGauge(title="Bars", targets=[up], gridPos=place[1], max=1, format="percentunit"),
        core.TimeSeries(title="Lines", targets=[up, up], gridPos=place[2], unit="s"),
        core.RowPanel(
            title="Folded",
            collapsed=True,
            gridPos=core.GridPos(h=1, w=24, x=0, y=4),
            panels=[
                core.Table(
                    title="Table",
                    targets=[core.Target(expr="up", format="table", instant=True)],
                    gridPos=core.GridPos(h=4, w=24, x=0, y=5),
                    sortBy=[core.TableSortByField(displayName="job")],
                )
            ],
        ),
        tags=["example"],
        templating=core.Templating(
            list=[core.Template("job", "label_values(up, job)", dataSource="Prometheus")]
        ),
    )


def test_golden() -> None:
    assert to_text(classic(small())) == GOLDEN.read_text(encoding="utf-8")


def test_modernising_twice_changes_nothing() -> None:
    once = classic(small())
    assert classic(once) == once


def test_ids_and_refs_are_given_where_missing_and_kept_where_set() -> None:
    fresh = classic(
        board(
            core.Text(title="A", id=2),
            core.Text(title="B", id=2),
            core.Text(title="C"),
            core.TimeSeries(
                title="D",
                targets=[core.Target(expr="up", refId="B"), *[core.Target(expr="up")] * 2],
            ),
        )
    )
    assert [panel["id"] for panel in fresh["panels"]] == [2, 1, 3, 4]
    assert [t["refId"] for t in fresh["panels"][3]["targets"]] == ["B", "A", "C"]


@pytest.mark.parametrize(
    ("panel", "kind"),
    [(core.Graph(title="G"), "graph"), (core.SingleStat(title="S"), "singlestat")],
)
def test_removed_panel_types_are_refused(panel: core.Panel, kind: str) -> None:
    with pytest.raises(Unusable, match=f"'Small' has a panel of type {kind}"):
        classic(board(panel))


def test_removed_panel_types_are_found_in_folded_rows() -> None:
    row = {"type": "row", "panels": [{"type": "table-old"}]}
    with pytest.raises(Unusable, match="table-old"):
        classic({"uid": "by-hand", "title": "By hand", "panels": [row]})


def test_rows_of_old_are_refused() -> None:
    with pytest.raises(Unusable, match="laid out in rows"):
        classic(board(rows=[core.Row(panels=[])]))


def test_a_board_needs_a_uid() -> None:
    with pytest.raises(Unusable, match="'Small' has no uid"):
        classic(core.Dashboard(title="Small"))


def test_data_by_hand_is_taken_and_other_data_sources_are_left_alone() -> None:
    loki = {"type": "loki", "uid": "logs"}
    fresh = classic(
        {
            "uid": "by-hand",
            "title": "By hand",
            "annotations": {"list": [{"name": "Grafana's", "datasource": "-- Grafana --"}]},
            "panels": [
                {"type": "logs", "datasource": loki, "targets": [{"datasource": loki}]},
                {"type": "stat", "datasource": "Prometheus", "maxDataPoints": 100},
                {"type": "stat", "datasource": {"type": "prometheus", "uid": "fixed"}},
            ],
        }
    )
    logs, named, fixed = fresh["panels"]
    assert logs["datasource"] == logs["targets"][0]["datasource"] == loki
    assert named["datasource"] == fixed["datasource"] == DATASOURCE
    assert named["maxDataPoints"] == 100
    assert fresh["annotations"]["list"][0]["datasource"] == "-- Grafana --"
    assert fresh["templating"]["list"][0]["name"] == "datasource"


def test_grafanalibs_litter_is_gone() -> None:
    text = to_text(classic(small()))
    for litter in ("cacheTimeout", "intervalFactor", "minSpan", "fieldOptions", '"null"', "style"):
        assert litter not in text
    assert "maxDataPoints" not in text


def test_mappings_of_a_table_move_to_its_fields() -> None:
    mapping = {"type": "value", "options": {"1": {"text": "up", "index": 0}}}
    (panel,) = classic(board(core.Table(title="Table", mappings=[mapping])))["panels"]
    assert panel["fieldConfig"]["defaults"]["mappings"] == [mapping]
    assert "mappings" not in panel


def test_hidden_legends_stay_hidden() -> None:
    fresh = classic(board(core.TimeSeries(title="Lines", legendDisplayMode="hidden")))
    legend = fresh["panels"][0]["options"]["legend"]
    assert (legend["displayMode"], legend["showLegend"]) == ("list", False)


def test_thresholds_of_overrides_open_downwards_too() -> None:
    steps = [{"color": "red", "value": 5}, {"color": "blue"}]
    override = {
        "matcher": {"id": "byName", "options": "x"},
        "properties": [{"id": "thresholds", "value": {"mode": "absolute", "steps": steps}}],
    }
    panel = {"type": "stat", "fieldConfig": {"defaults": {}, "overrides": [override]}}
    fresh = classic({"uid": "by-hand", "title": "", "panels": [panel]})
    value = fresh["panels"][0]["fieldConfig"]["overrides"][0]["properties"][0]["value"]
    assert value["steps"] == [{"color": "blue", "value": None}, {"color": "red", "value": 5}]


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ([], []),
        ([{"color": "a", "value": 3}], [None]),
        ([{"color": "a", "value": 3}, {"color": "b", "value": 1}], [None, 3]),
        ([{"color": "a", "value": "null"}, {"color": "b", "value": -1}], [None, -1]),
        ([{"color": "a", "value": 0}, {"color": "b", "value": None}], [None, 0]),
    ],
)
def test_threshold_steps(given: list[Any], values: list[Any]) -> None:
    assert [step["value"] for step in threshold_steps(given)] == values


def test_nulls_go_but_lists_keep_their_places() -> None:
    given = {"a": None, "b": [1, None, {"c": None}], "d": {"e": None, "f": 0}}
    assert without_nulls(given) == {"b": [1, None, {}], "d": {"f": 0}}


def test_text_is_plain_json_with_its_letters_kept() -> None:
    text = to_text(classic(board(core.Text(title="Größe"))))
    assert "Größe" in text
    assert text.endswith("}\n")
    assert [panel["title"] for panel in panels_of(json.loads(text))] == ["Größe"]
