"""How lines are told apart: by colours where their names are known, else by the order."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle
from typing import Any, Final

from sothat.dashboards.palette import SERIES, UNNAMED
from sothat.dashboards.query import Query

Json = dict[str, Any]

# Where Grafana puts a label's value into a name, or makes the whole of it.
_PLACES: Final = ("{{", "__auto")
_ONE_LABEL: Final = re.compile(r"\{\{\w+\}\}")


def is_open(legend: str) -> bool:
    """Return whether only the data know the names that a legend gives."""
    return any(place in legend for place in _PLACES)


def coloured(queries: Sequence[Query]) -> list[Query]:
    """Return the queries, those of one known line in the palette's colours and their order."""
    colours = cycle(SERIES)
    return [
        query
        if query.colour or query.dashed or is_open(query.legend)
        else replace(query, colour=next(colours))
        for query in queries
    ]


def by_name(names: Sequence[str]) -> list[Json]:
    """Return the overrides that give lines of known names the palette's colours, in their order."""
    return [
        {
            "matcher": {"id": "byName", "options": name},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}],
        }
        for name, colour in zip(names, SERIES, strict=False)
    ]


def scheme(*, unnamed: bool) -> Json:
    """Return the colours of lines that no override names."""
    return {"mode": UNNAMED} if unnamed else {"mode": "fixed", "fixedColor": SERIES[0]}


def is_short(legend: str) -> bool:
    """Return whether names are those of one label, which most often are short."""
    return bool(_ONE_LABEL.fullmatch(legend))


def legend(*, unnamed: bool, beside: bool, low: bool = False) -> Json:
    """Return the legend; lines of unknown names in the order in which they end at the right edge.

    So a line is found without its colour, on a phone and in a picture, too.

    Args:
        unnamed: Whether only the data know the names.
        beside: Whether they are short enough to stand beside the lines, on a phone, too.
        low: Whether there is no room for a table below the lines.
    """
    if not unnamed or (low and not beside):
        return {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []}
    order = {"calcs": ["lastNotNull"], "sortBy": "Last *", "sortDesc": True}
    where = {"displayMode": "table", "placement": "right" if beside else "bottom"}
    return {"showLegend": True, **where, **order}
