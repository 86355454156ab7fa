"""The boards of alerts: the strictest public rules, and the rule's own limit."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.dashboards.boards.technical._alert import _axis
from sothat.dashboards.boards.technical.alerts import make
from sothat.dashboards.grafana import DATASOURCE, panels_of
from sothat.model.alert import Alert, Catalogue, Threshold
from sothat.model.board import Board, Figure, Line, alert_board_uid, alert_panel_ids
from sothat.model.metric import Series
from sothat.model.policy import Priority

Json = dict[str, Any]
LIMIT = Threshold(">", 0.85, "ratio", "> 85%")


def figure(_: str) -> Figure:
    return Figure((Line("up", labels=("site", "instance")),), "percentunit")


def boards(catalogue: Catalogue, drawn: Callable[[str], Figure] = figure) -> list[Board]:
    return list(make(catalogue, drawn))


def panels(catalogue: Catalogue, contracts: Mapping[str, Series]) -> dict[str, Json]:
    built = [board.build(catalogue, contracts) for board in boards(catalogue)]
    found = [p for content in built for p in panels_of(content) if p["type"] != "row"]
    return {panel["title"].partition(":")[0]: panel for panel in found}


@pytest.fixture
def one(catalogue: Catalogue) -> Callable[..., Catalogue]:
    """Return a function that gives the first alert alone, its condition changed."""

    def changed(priority: Priority = Priority.P1, **condition: Any) -> Catalogue:
        alert: Alert = catalogue.alerts[0]
        alert = replace(
            alert,
            condition=replace(alert.condition, **condition),
            action=replace(alert.action, priority=priority),
        )
        return replace(catalogue, alerts=(alert,))

    return changed


def only(found: Mapping[str, Json]) -> Json:
    (panel,) = found.values()
    return panel


def test_one_panel_an_alert_on_the_board_of_its_domain(
    catalogue: Catalogue, contracts: Mapping[str, Series]
) -> None:
    for board in boards(catalogue):
        content = board.build(catalogue, contracts)
        shown = {p["id"] for p in panels_of(content) if p["type"] != "row"}
        names = [a.name for a in catalogue.alerts if alert_board_uid(a.domain) == board.uid]
        assert shown == set(alert_panel_ids(names).values())
        assert content["uid"] == board.uid
        assert content["schemaVersion"] == 37
        assert "alerts" in content["tags"]
        assert len({p["id"] for p in panels_of(content)}) == len(list(panels_of(content)))


def test_every_panel_says_what_it_is_and_asks_the_chosen_source(
    catalogue: Catalogue, contracts: Mapping[str, Series]
) -> None:
    for alert in catalogue.alerts:
        panel = panels(catalogue, contracts)[alert.name]
        assert panel["title"] == f"{alert.name}: {alert.condition.words}"
        assert f"**DO** {alert.action.text}" in panel["description"]
        assert f"**SO THAT** {alert.outcome.who} {alert.outcome.text}" in panel["description"]
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["unit"]
        assert defaults["noValue"].startswith("no data")
        assert defaults["mappings"][-1]["options"]["match"] == "null+nan"
        assert panel["datasource"] == DATASOURCE
        assert all(target["datasource"] == DATASOURCE for target in panel["targets"])
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24


@pytest.mark.parametrize(
    ("operator", "colours"),
    [
        (">", ["transparent", "semi-dark-red"]),
        (">=", ["transparent", "semi-dark-red"]),
        ("<", ["semi-dark-red", "transparent"]),
        ("<=", ["semi-dark-red", "transparent"]),
        ("==", ["transparent", "semi-dark-red"]),
        ("!=", ["transparent", "blue"]),
    ],
)
def test_the_limit_is_that_of_the_rule(
    one: Callable, contracts: Mapping[str, Series], operator: str, colours: list[str]
) -> None:
    panel = only(panels(one(threshold=replace(LIMIT, operator=operator, value=0.4)), contracts))
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in steps] == [None, 0.4]
    assert [step["color"] for step in steps] == colours


@given(
    value=st.floats(-1e12, 1e12, allow_nan=False),
    unit=st.sampled_from(["percentunit", "s", "short", "dBm"]),
)
def test_the_axis_shows_zero_and_the_limit(value: float, unit: str) -> None:
    axis = _axis(replace(LIMIT, value=value), unit)
    assert axis["axisSoftMin"] <= min(0.0, value)
    assert axis["axisSoftMax"] >= max(0.0, value)
    assert axis["axisSoftMin"] < axis["axisSoftMax"]


def test_urgent_rows_are_open_and_the_others_folded(
    catalogue: Catalogue, contracts: Mapping[str, Series]
) -> None:
    for board in boards(catalogue):
        rows = [p for p in board.build(catalogue, contracts)["panels"] if p["type"] == "row"]
        for number, row in enumerate(rows):
            urgent = row["title"].startswith(("P1", "P2"))
            assert row["collapsed"] is (number > 0 and not urgent)
            assert bool(row["panels"]) is row["collapsed"]


def test_without_a_threshold_there_is_no_line(
    one: Callable, contracts: Mapping[str, Series]
) -> None:
    panel = only(panels(one(threshold=None), contracts))
    assert "thresholds" not in panel["fieldConfig"]["defaults"]


def test_runbook_and_wider_view_are_linked(one: Callable, contracts: Mapping[str, Series]) -> None:
    catalogue = one()
    alert = replace(catalogue.alerts[0], board="sothat-technical")
    environment = {"urls.incidents": "http://incidents.example:9781/"}
    linked = replace(catalogue, alerts=(alert,), environment=environment)
    links = {link["title"]: link["url"] for link in only(panels(linked, contracts))["links"]}
    assert links["Runbook"] == f"http://incidents.example:9781/runbooks/{alert.name}"
    assert links["Wider view"].startswith("/d/sothat-technical?${__url_time_range}")


def test_several_lines_are_told_apart(one: Callable, contracts: Mapping[str, Series]) -> None:
    lines = (Line("a", "a", labels=("site",)), Line("b", "limit", limit=True, labels=()))
    (board,) = boards(one(), lambda _: Figure(lines, "s"))
    panel = only(
        {"": next(p for p in panels_of(board.build(one(), contracts)) if p.get("targets"))}
    )
    assert [target["legendFormat"] for target in panel["targets"]] == ["{{site}} a", "limit"]
    assert [target["refId"] for target in panel["targets"]] == ["A", "B"]
    (override,) = panel["fieldConfig"]["overrides"]
    assert override["matcher"]["options"] == "B"


NAMES = st.lists(st.text(st.characters(codec="utf-8"), min_size=1), unique=True, max_size=50)


@given(NAMES, st.text(min_size=1))
def test_ids_are_unique_small_and_do_not_move(names: list[str], another: str) -> None:
    ids = alert_panel_ids(names)
    assert len(set(ids.values())) == len(names)
    assert all(0 < number < 2**31 for number in ids.values())
    assert alert_panel_ids(reversed(names)) == ids
    more = alert_panel_ids([*names, another])
    assert {name: more[name] for name in names} == ids


@given(st.from_regex(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", fullmatch=True))
def test_uids_are_what_grafana_takes(domain: str) -> None:
    uid = alert_board_uid(domain)
    assert re.fullmatch(r"[a-zA-Z0-9_-]{8,40}", uid)


def test_long_domains_stay_apart() -> None:
    one, two = (alert_board_uid("a-very-long-name-of-a-domain-" + tail) for tail in ("one", "two"))
    assert one != two
