"""The panel types that grafanalib lacks, in the shape that Grafana's own schema has."""

from typing import Any

from sothat.dashboards.face import Face, Tile
from sothat.dashboards.grafana import classic
from sothat.dashboards.modern import canvas, histogram, node_graph, trend, xy_chart
from sothat.dashboards.query import Query, rows

FACE = Face("T", "What it means", "s", "no data: switch it on")
Json = dict[str, Any]


def shape(tile: Tile) -> Json:
    board = classic({"uid": "our-own-board", "title": "B", "panels": [_placed(tile)]})
    (panel,) = board["panels"]
    found: Json = panel
    return found


def _placed(tile: Tile) -> Any:
    place = {"x": 0, "y": 0, "w": tile.size.width, "h": tile.size.height}
    return {**tile.panel.to_json_data(), "gridPos": place}


def test_every_type_carries_its_face_and_its_queries() -> None:
    query = Query("up", "{{job}}")
    made = {
        "nodeGraph": node_graph(FACE, "nodes", "edges"),
        "histogram": histogram(FACE, query),
        "trend": trend(FACE, query, x="load"),
        "xychart": xy_chart(FACE, rows("up"), x="a", y="b"),
        "canvas": canvas(FACE, [query], [], size=(12, 8)),
    }
    for kind, tile in made.items():
        panel = shape(tile)
        assert panel["type"] == kind
        assert panel["title"] == "T"
        assert panel["description"] == "What it means"
        assert panel["fieldConfig"]["defaults"]["unit"] == "s"
        assert panel["fieldConfig"]["defaults"]["noValue"] == "no data: switch it on"
        assert all(target["refId"] for target in panel["targets"])
        assert panel["datasource"]["uid"] == "${datasource}"


def test_a_node_graph_asks_for_tables() -> None:
    panel = shape(node_graph(FACE, "nodes", "edges"))
    assert [target["format"] for target in panel["targets"]] == ["table", "table"]
    assert panel["transformations"][0]["options"]["excludeByName"] == {"Time": True}


def test_a_histogram_leaves_the_width_to_grafana_unless_told() -> None:
    assert "bucketSize" not in shape(histogram(FACE, Query("up")))["options"]
    assert shape(histogram(FACE, Query("up"), width=0.5))["options"]["bucketSize"] == 0.5


def test_an_xy_chart_names_both_fields() -> None:
    options = shape(xy_chart(FACE, rows("up"), x="load", y="time"))["options"]
    assert options["series"] == [{"x": "load", "y": "time", "name": "T"}]
