"""Tables of what is the matter now: the deciding column first, for a phone shows only that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grafanalib import core
from sothat.dashboards.face import Face, Tile, common, defaults
from sothat.dashboards.layout import Size
from sothat.dashboards.links import Link
from sothat.dashboards.query import Query
from sothat.dashboards.words import Word, exact

VALUE = "Value"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        label: Label of the series, or ``Value`` for the number.
        title: Its heading.
        width: In pixels; 0 shares what is left.
        words: Values as words, coloured text where they are states.
        unit: Grafana's unit id for numbers.
        links: Where a click on the cell leads.
        least: Width in pixels that a narrow screen leaves it, at the cost of columns to its right.
    """

    label: str
    title: str
    width: int = 0
    words: Mapping[str, Word] = field(default_factory=dict)
    unit: str = ""
    links: tuple[Link, ...] = ()
    least: int = 0


def table(
    face: Face,
    query: Query,
    columns: Sequence[Column],
    *,
    sort: str,
    descending: bool = False,
    size: tuple[int, int] = (12, 8),
) -> Tile:
    """Return a table of an instant query's series, sorted by the column titled ``sort``.

    Only the given columns are shown: the query must aggregate by their labels.
    """
    shown = defaults(face) | {"mappings": [], "custom": _cell("auto")}
    panel = core.Table(
        **common(face, [query]),
        transformations=[_organise(columns)],
        sortBy=[core.TableSortByField(displayName=sort, desc=descending)],
        extraJson={
            "fieldConfig": {
                "defaults": shown,
                "overrides": [_override(column) for column in columns],
            }
        },
    )
    return Tile(panel, Size(*size))


def _organise(columns: Sequence[Column]) -> dict[str, Any]:
    hidden = {"Time": True, "__name__": True}
    if VALUE not in {column.label for column in columns}:
        hidden[VALUE] = True
    return {
        "id": "organize",
        "options": {
            "excludeByName": hidden,
            "indexByName": {column.label: index for index, column in enumerate(columns)},
            "renameByName": {column.label: column.title for column in columns},
        },
    }


def _override(column: Column) -> dict[str, Any]:
    properties: list[dict[str, Any]] = [{"id": "noValue", "value": "–"}]
    if column.width:
        properties.append({"id": "custom.width", "value": column.width})
    if column.least:
        properties.append({"id": "custom.minWidth", "value": column.least})
    if column.unit:
        properties.append({"id": "unit", "value": column.unit})
    if column.words:
        properties.append({"id": "mappings", "value": exact(column.words)})
    if any(word.colour for word in column.words.values()):
        properties.append({"id": "custom.displayMode", "value": "color-text"})
    if column.links:
        properties.append({"id": "links", "value": [link.data_link() for link in column.links]})
    return {"matcher": {"id": "byName", "options": column.title}, "properties": properties}


def _cell(mode: str) -> dict[str, Any]:
    return {"align": "auto", "displayMode": mode, "filterable": False, "inspect": False}
