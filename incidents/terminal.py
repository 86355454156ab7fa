"""Incidents as text in a terminal. Pure."""

from collections.abc import Mapping
from typing import Any

_COLUMNS = ("id", "priority", "state", "opened", "team", "title")


def table(data: Mapping[str, Any]) -> str:
    """Return a list of incidents, columns aligned; below each open one where it is and SO THAT."""
    incidents = data["incidents"]
    if not incidents:
        return "no incidents"
    rows = [_COLUMNS, *(_cells(incident) for incident in incidents)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_COLUMNS))]
    heading, *lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    indent = " " * (widths[0] + 2)
    blocks = (
        "\n".join([first, *(f"{indent}{text}" for text in _below(incident))])
        for first, incident in zip(lines, incidents, strict=True)
    )
    return "\n".join([heading, *blocks])


def _cells(incident: Mapping[str, Any]) -> tuple[str, ...]:
    values = {**incident, "opened": _to_the_second(incident["opened_at"])}
    return tuple(plain(values[column]) for column in _COLUMNS)


def _below(incident: Mapping[str, Any]) -> list[str]:
    if incident["state"] == "resolved":
        return []
    parts = (("where", incident["where"]), ("so that", incident["so_that"]))
    return [f"{name:8} {plain(text)}" for name, text in parts if text]


def _to_the_second(moment: str) -> str:
    """Return an RFC 3339 moment without its fraction, which no person needs."""
    whole, _, _ = moment.partition(".")
    return whole.removesuffix("Z") + "Z"


def line(data: Mapping[str, Any]) -> str:
    """Return one incident as a line."""
    return f"#{data['id']} {data['priority']} {data['state']}: {plain(data['title'])}"


def page(data: Mapping[str, Any]) -> str:
    """Return one incident with its promise, deadlines and timeline."""
    facts = ("where", "if", "do", "so_that", "runbook_url", "dashboard_url", "team")
    due = ("acknowledge_due", "update_due", "resolve_due")
    names = {"runbook_url": "runbook", "dashboard_url": "panel"}
    shown = [
        f"{names.get(name, name.replace('_', ' ')):16} {plain(data[name])}"
        for name in (*facts, *due)
        if data.get(name)
    ]
    notes = [
        f"{note['at']}  {note['kind']:14} {plain(note['text'])} ({plain(note['actor'])})"
        for note in data["timeline"]
    ]
    return "\n".join([line(data), *shown, "", *notes])


def plain(value: object) -> str:
    """Return a value without what could steer a terminal: labels come from anywhere."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value))
