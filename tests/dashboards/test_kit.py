"""Panels of the kit in the shapes that Grafana reads."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from grafanalib import core
from sothat.dashboards import panels, states, tables
from sothat.dashboards.board import Section, place
from sothat.dashboards.extra import Modern
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.grafana import classic
from sothat.dashboards.judgement import Bands
from sothat.dashboards.kit import Kit
from sothat.dashboards.links import drill
from sothat.dashboards.query import Query, now, or_row, or_zero, ref_id, rows, trend
from sothat.dashboards.units import grafana_rate_unit, grafana_unit
from sothat.dashboards.words import UP_DOWN, Word
from sothat.model.alert import Alert, Catalogue
from sothat.model.metric import Series
from sothat.model.problem import Unusable

FACE = Face("Title", "What it means and what to do", "s", "nothing yet", words=UP_DOWN)
UP = Query("up", "{{job}}")


def built(tile: Tile) -> dict[str, Any]:
    board = core.Dashboard(uid="of-the-test", title="Test", panels=place([Section([tile])]))
    (panel,) = classic(board)["panels"]
    assert isinstance(panel, dict)
    return panel


MAKERS: Mapping[str, Callable[[], Tile]] = {
    "stat": lambda: panels.stat(FACE, UP),
    "timeseries": lambda: panels.time_series(FACE, UP),
    "bargauge": lambda: panels.bar_gauge(FACE, UP),
    "heatmap": lambda: panels.heatmap(FACE, Query("up", form="heatmap")),
    "alertlist": lambda: panels.alert_list(FACE, label_filter='{team="a"}'),
    "text": lambda: panels.markdown(FACE, "# Heading"),
    "state-timeline": lambda: states.state_timeline(FACE, UP),
    "status-history": lambda: states.status_history(FACE, UP),
    "table": lambda: tables.table(FACE, rows("up"), [tables.Column("job", "Job")], sort="Job"),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_every_panel_has_what_its_reader_needs(kind: str) -> None:
    panel = built(MAKERS[kind]())
    assert panel["type"] == kind
    assert (panel["title"], panel["description"]) == (FACE.title, FACE.description)
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["gridPos"]["x"] == panel["gridPos"]["y"] == 0
    assert set(panel) <= {
        "id", "type", "title", "description", "datasource", "fieldConfig", "gridPos", "options",
        "targets", "transformations", "maxDataPoints",
    }  # fmt: skip


def test_a_tile_shows_its_trend_only_where_it_asks_for_one() -> None:
    assert built(panels.stat(FACE, now("up")))["options"]["graphMode"] == "none"
    assert built(panels.stat(FACE, UP))["options"]["graphMode"] == "area"


def test_a_query_may_be_judged_and_coloured_apart() -> None:
    strict = Query("a", colour="purple", bands=Bands("blue", ((1, "red"),)))
    (override,) = built(panels.stat(FACE, UP, strict))["fieldConfig"]["overrides"]
    assert override["matcher"] == {"id": "byFrameRefID", "options": "B"}
    assert [entry["id"] for entry in override["properties"]] == ["color", "thresholds"]


def test_shares_have_a_fixed_scale() -> None:
    share = Face("Share", "Of the whole, all or nothing", "percentunit")
    defaults = built(panels.time_series(share, UP))["fieldConfig"]["defaults"]
    assert (defaults["min"], defaults["max"]) == (0, 1)


def test_limits_are_drawn_where_there_are_any() -> None:
    judged = Face("Judged", "By an alert", "s", bands=Bands("blue", ((1, "red"),)))
    for face, mode in ((FACE, "off"), (judged, "line")):
        custom = built(panels.time_series(face, UP))["fieldConfig"]["defaults"]["custom"]
        assert custom["thresholdsStyle"] == {"mode": mode}


def test_states_without_words_are_refused() -> None:
    with pytest.raises(ValueError, match="'Mute' shows states without words"):
        states.state_timeline(Face("Mute", "", "short"), UP)


def test_table_columns_are_ordered_renamed_and_worded() -> None:
    columns = [
        tables.Column("state", "State", 80, {"up": Word("works", "blue")}),
        tables.Column("job", "Job", links=(drill("sothat-technical", "More", site="x"),)),
    ]
    panel = built(tables.table(FACE, rows("up"), columns, sort="State", descending=True))
    organise = panel["transformations"][0]["options"]
    assert organise["indexByName"] == {"state": 0, "job": 1}
    assert organise["excludeByName"] == {"Time": True, "__name__": True, "Value": True}
    assert panel["options"]["sortBy"] == [{"displayName": "State", "desc": True}]
    state, job = panel["fieldConfig"]["overrides"]
    found = {entry["id"]: entry["value"] for entry in state["properties"]}
    assert found["custom.displayMode"] == "color-text"
    # "null+nan" would swallow every text without a word of its own.
    assert [mapping["type"] for mapping in found["mappings"]] == ["value"]
    assert "var-site=x" in job["properties"][-1]["value"][0]["url"]


def test_folded_sections_keep_their_panels_inside() -> None:
    head, below = place(
        [
            Section([panels.stat(FACE, UP)], "Folded", folded=True),
            Section([panels.stat(FACE, UP)]),
        ]
    )
    assert head.collapsed
    assert head.panels[0].gridPos.y == head.gridPos.y + 1
    assert below.gridPos.y == head.gridPos.y + 1


def test_an_open_section_stands_below_the_one_before() -> None:
    first, head, last = place(
        [Section([panels.stat(FACE, UP)]), Section([panels.stat(FACE, UP)], "Next")]
    )
    assert (first.gridPos.y, head.gridPos.y, last.gridPos.y) == (0, 5, 6)


def test_a_tile_says_why_it_is_empty() -> None:
    (_, missing) = built(panels.stat(FACE, now("up")))["fieldConfig"]["defaults"]["mappings"]
    assert missing["options"]["result"]["text"] == "nothing yet"
    (_, beside_a_trend) = built(panels.stat(FACE, UP))["fieldConfig"]["defaults"]["mappings"]
    assert beside_a_trend["options"]["result"]["text"] == "no data"


def test_idioms_against_false_health() -> None:
    assert or_zero("a", "b") == "(a) or (vector(0) and on() (b))"
    assert or_row("a", "b", "l", "v") == (
        '(a) or (label_replace(vector(0) and on() (b), "l", "v", "", "") unless on() (a))'
    )
    assert trend("a", "now").expr.startswith("(a) or (vector(NaN) and on() (")


def test_ref_ids_go_on_after_z() -> None:
    assert [ref_id(number) for number in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


def test_units_come_from_contracts_and_recordings(
    catalogue: Catalogue, contracts: Mapping[str, Series]
) -> None:
    kit = Kit(catalogue, contracts)
    assert kit.unit("tuya_device_temperature_celsius") == "celsius"
    assert kit.unit("site:tuya_devices_up:ratio") == "percentunit"
    assert kit.rate_unit("host_disk_read_bytes_total") == "Bps"
    with pytest.raises(Unusable, match="asks for nothing_known"):
        kit.unit("nothing_known")
    assert (grafana_unit("parsecs"), grafana_rate_unit("parsecs")) == (
        "suffix: parsecs",
        "suffix: parsecs/s",
    )


def test_alerts_that_a_catalogue_leaves_out_judge_nothing(
    catalogue: Catalogue, contracts: Mapping[str, Series], make_alert: Callable[..., Alert]
) -> None:
    kit = Kit(catalogue, contracts)
    assert kit.bands("NotThere").steps == ()
    assert kit.describe("Text.", "NotThere") == "Text."
    assert kit.alert("HostCpuSaturated") == make_alert("HostCpuSaturated", ">", 0.9, text="90%")


def test_panels_of_other_types_join_in() -> None:
    canvas = Modern(title="Canvas", shape={"type": "canvas", "options": {"inlineEditing": False}})
    (panel,) = classic(core.Dashboard(uid="of-the-test", title="", panels=[canvas]))["panels"]
    assert (panel["type"], panel["options"]) == ("canvas", {"inlineEditing": False})
