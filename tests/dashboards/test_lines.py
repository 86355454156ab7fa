"""Lines are told apart by the palette where names are known, else by the legend's order."""

from collections.abc import Mapping
from typing import Any

import pytest
from sothat.dashboards.kit import Kit
from sothat.dashboards.lines import coloured
from sothat.dashboards.palette import SERIES
from sothat.dashboards.query import Query
from sothat.model.alert import Catalogue
from sothat.model.metric import Series

Json = dict[str, Any]


def panel(board: Json, title: str) -> Json:
    return next(
        panel
        for outer in board["panels"]
        for panel in (outer, *outer.get("panels", ()))
        if panel["title"] == title
    )


def colours(panel: Json) -> dict[str, str]:
    """Return the fixed colours of a panel's overrides by what they match."""
    return {
        override["matcher"]["options"]: entry["value"]["fixedColor"]
        for override in panel["fieldConfig"]["overrides"]
        for entry in override["properties"]
        if entry["id"] == "color"
    }


def test_lines_of_known_names_get_the_palette_in_order_and_dashed_ones_stay_grey() -> None:
    asked = (
        Query("a", "a"),
        Query("b", "b", dashed=True),
        Query("c", "{{instance}}"),
        Query("d", "d", colour="blue"),
        Query("e", "e"),
    )
    assert [query.colour for query in coloured(asked)] == [SERIES[0], "", "", "blue", SERIES[1]]


def test_more_lines_than_colours_begin_again() -> None:
    asked = [Query(str(number), "x") for number in range(len(SERIES) + 1)]
    assert coloured(asked)[-1].colour == SERIES[0]


@pytest.mark.parametrize(
    ("expr", "legend", "names"),
    [
        ("priority:incidents_open:sum", "{{priority}}", ("P1", "P2", "P3", "P4")),
        ("sum by (priority) (x)", "of {{priority}}", ("of P1", "of P2", "of P3", "of P4")),
        ("host_cpu_utilisation", "{{instance}}", ()),
        ("sum by (instance, priority) (x)", "{{instance}} {{priority}}", ()),
        ("sum(x)", "all", ()),
    ],
)
def test_names_that_the_contracts_declare(
    catalogue: Catalogue,
    contracts: Mapping[str, Series],
    expr: str,
    legend: str,
    names: tuple[str, ...],
) -> None:
    assert Kit(catalogue, contracts).names(expr, legend) == names


def test_a_priority_has_one_colour_on_all_boards(shipped_boards: Mapping[str, Json]) -> None:
    of_priorities = dict(zip(("P1", "P2", "P3", "P4"), SERIES, strict=False))
    for uid, title in (
        ("sothat-alert-quality", "Alerts firing, by priority"),
        ("sothat-incident-trends", "Open, by priority"),
        ("sothat-support", "Tickets over time"),
    ):
        shown = panel(shipped_boards[uid], title)
        assert colours(shown) == of_priorities
        assert shown["options"]["legend"]["displayMode"] == "list"


def test_states_of_a_contract_are_named_before_there_are_any(
    shipped_boards: Mapping[str, Json],
) -> None:
    shown = panel(shipped_boards["sothat-on-call"], "Incidents, open and taken")
    assert list(colours(shown)) == ["open", "acknowledged", "mitigated"]


def test_lines_of_unknown_names_stand_in_the_legend_in_their_order(
    shipped_boards: Mapping[str, Json],
) -> None:
    found = 0
    for board in shipped_boards.values():
        for outer in board["panels"]:
            for shown in (outer, *outer.get("panels", ())):
                config = shown.get("fieldConfig", {}).get("defaults", {})
                if config.get("color", {}).get("mode") != "palette-classic":
                    continue
                legend = shown["options"]["legend"]
                if shown["gridPos"]["h"] < 7 and legend["displayMode"] == "list":
                    continue  # no room for a table
                found += 1
                assert (legend["displayMode"], legend["calcs"]) == ("table", ["lastNotNull"])
                assert (legend["sortBy"], legend["sortDesc"]) == ("Last *", True)
    assert found > 50
