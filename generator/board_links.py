"""Where the link of a firing leads: the very panel, or Prometheus' own page of the query."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from sothat.generator.conventions import BOARD_PATH, QUERY_PATH
from sothat.generator.values import Values
from sothat.model.alert import Alert, Catalogue
from sothat.model.board import Board, alert_board_uid, alert_panel_ids
from sothat.model.metric import Series
from sothat.model.problem import Unusable


def board_urls(
    catalogue: Catalogue, values: Values, boards: Iterable[Board], series: Mapping[str, Series]
) -> Mapping[str, str]:
    """Return the address to open for each alert by its name; left out where there is none.

    The panel that the alert names, or the one made for it, or the board that it names; where there
    is no Grafana, the page of Prometheus that draws its query.
    """
    grafana, prometheus = values.url("grafana"), values.url("prometheus")
    if not grafana:
        return {a.name: query_url(prometheus, a) for a in catalogue.alerts} if prometheus else {}
    known = {board.uid: board for board in boards}
    panels = {
        **_made(catalogue, known),
        **_named(catalogue, known, series),
    }
    return {name: f"{grafana}{BOARD_PATH}{place}" for name, place in panels.items()}


def query_url(prometheus: str, alert: Alert) -> str:
    """Return the address of Prometheus' page of an alert's query.

    All that is special is escaped: Prometheus would take double braces for a template.
    """
    return f"{prometheus}{QUERY_PATH}?g0.expr={quote(alert.condition.query, safe='')}&g0.tab=0"


def panel_ids(content: Mapping[str, Any]) -> Mapping[str, int]:
    """Return the ids of a board's panels by title, those in folded rows included."""
    found: dict[str, int] = {}
    for panel in content.get("panels", ()):
        found.update(panel_ids(panel))
        if isinstance(panel.get("id"), int) and panel.get("type") != "row":
            found.setdefault(str(panel.get("title", "")), panel["id"])
    return found


def _made(catalogue: Catalogue, known: Mapping[str, Board]) -> dict[str, str]:
    """Return the places of the panels made for the alerts, where their boards are."""
    domains: dict[str, list[str]] = {}
    places: dict[str, str] = {}
    for alert in catalogue.alerts:
        domains.setdefault(alert.domain, []).append(alert.name)
        if alert.board in known:
            places[alert.name] = alert.board
    for domain, names in domains.items():
        uid = alert_board_uid(domain)
        if uid in known:
            ids = alert_panel_ids(names)
            places.update((name, f"{uid}?viewPanel={ids[name]}") for name in names)
    return places


def _named(
    catalogue: Catalogue, known: Mapping[str, Board], series: Mapping[str, Series]
) -> dict[str, str]:
    """Return the places of the panels that alerts name themselves."""
    naming = [a for a in catalogue.alerts if a.panel and a.board in known]
    ids: dict[str, Mapping[str, int]] = {}
    for uid in sorted({alert.board for alert in naming}):
        try:
            ids[uid] = panel_ids(known[uid].build(catalogue, series))
        except Unusable:  # reported as a dead panel
            ids[uid] = {}
    return {
        alert.name: f"{alert.board}?viewPanel={ids[alert.board][alert.panel]}"
        for alert in naming
        if alert.panel in ids[alert.board]
    }
