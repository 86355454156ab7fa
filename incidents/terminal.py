"""Incidents as text in a terminal. Pure."""

from collections.abc import Mapping
from typing import Any

_COLUMNS = ("id", "priority", "state", "opened_at", "team", "title")


def table(data: Mapping[str, Any]) -> str:
    """Return a list of incidents as lines, columns aligned."""
    if not data["incidents"]:
        return "no incidents"
    rows = [_COLUMNS, *([plain(i[c]) for c in _COLUMNS] for i in data["incidents"])]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def line(data: Mapping[str, Any]) -> str:
    """Return one incident as a line."""
    return f"#{data['id']} {data['priority']} {data['state']}: {plain(data['title'])}"


def page(data: Mapping[str, Any]) -> str:
    """Return one incident with its promise, deadlines and timeline."""
    facts = ("if", "do", "so_that", "team", "acknowledge_due", "update_due", "resolve_due")
    shown = [f"{name.replace('_', ' '):16} {plain(data[name])}" for name in facts if data[name]]
    notes = [
        f"{note['at']}  {note['kind']:14} {plain(note['text'])} ({plain(note['actor'])})"
        for note in data["timeline"]
    ]
    return "\n".join([line(data), *shown, "", *notes])


def plain(value: object) -> str:
    """Return a value without what could steer a terminal: labels come from anywhere."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value))
