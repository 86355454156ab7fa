"""Boards made with grafana-foundation-sdk come out as clean as our own."""

import json
from importlib import import_module

import pytest
from sothat.dashboards.grafana import classic, panels_of

pytest.importorskip("grafana_foundation_sdk", reason="optional: the extra foundation-sdk")


def test_a_board_of_the_sdk_is_taken_as_data() -> None:
    dashboard, prometheus, timeseries = (
        import_module(f"grafana_foundation_sdk.builders.{name}")
        for name in ("dashboard", "prometheus", "timeseries")
    )
    encoder = import_module("grafana_foundation_sdk.cog.encoder").JSONEncoder
    panel = (
        timeseries.Panel()
        .title("Requests")
        .unit("reqps")
        .with_target(
            prometheus.Dataquery().expr("sum(rate(http_requests_total[$__rate_interval]))")
        )
    )
    made = dashboard.Dashboard("Ours").uid("our-own-board").with_panel(panel).build()
    board = classic(json.loads(encoder(sort_keys=True).encode(made)))
    assert board["uid"] == "our-own-board"
    assert board["schemaVersion"] == 37
    (drawn,) = [one for one in panels_of(board) if one["type"] != "row"]
    assert drawn["title"] == "Requests"
    assert drawn["targets"][0]["refId"] == "A"
    assert drawn["targets"][0]["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert board["templating"]["list"][0]["name"] == "datasource"
