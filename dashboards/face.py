"""What each panel owes its reader: a title, a meaning, a unit, a judgement, words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from grafanalib import core
from sothat.dashboards import units
from sothat.dashboards.judgement import UNJUDGED, Bands
from sothat.dashboards.layout import Size
from sothat.dashboards.links import Link
from sothat.dashboards.palette import NEUTRAL
from sothat.dashboards.query import Query, ref_id
from sothat.dashboards.words import NO_DATA, Word, mappings

DASHES: Final = {"fill": "dash", "dash": [10, 10]}


@dataclass(frozen=True, slots=True)
class Face:
    """The reader's side of a panel.

    Attributes:
        title: What it shows, in the reader's words.
        description: What it means and what to do about it.
        unit: Grafana's unit id.
        empty: What stands there instead of "No data": what is missing, and how to get it.
        bands: When the figure is good and when not.
        words: Values that are states, in words.
        decimals: Digits after the point; None: as many as Grafana finds fit.
        top: Upper end of the scale; None: open, or 1 for a share.
        links: Where a click on the panel's data leads.
    """

    title: str
    description: str
    unit: str
    empty: str = NO_DATA
    bands: Bands = UNJUDGED
    words: Mapping[str, Word] = field(default_factory=dict)
    decimals: int | None = None
    top: float | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """A panel and the room that it takes."""

    panel: core.Panel
    size: Size


def common(face: Face, queries: Sequence[Query]) -> dict[str, Any]:
    """Return the arguments that every grafanalib panel shares."""
    return {
        "title": face.title,
        "description": face.description,
        "targets": [query.target(ref_id(number)) for number, query in enumerate(queries)],
    }


def defaults(face: Face) -> dict[str, Any]:
    """Return the field defaults: unit, scale, thresholds, words and the empty state."""
    shown: dict[str, Any] = {
        "unit": face.unit,
        "noValue": face.empty,
        "mappings": mappings(face.words),
        "thresholds": {"mode": "absolute", "steps": steps(face.bands)},
        "color": {"mode": "thresholds"},
        "links": [link.data_link() for link in face.links],
    }
    top = 1 if face.unit == units.PERCENT and face.top is None else face.top
    if top is not None:
        shown |= {"min": 0, "max": top}
    if face.decimals is not None:
        shown["decimals"] = face.decimals
    return shown


def steps(bands: Bands) -> list[dict[str, Any]]:
    """Return Grafana's threshold steps, the first one open downwards."""
    first = {"color": bands.base, "value": None}
    return [first, *({"color": colour, "value": value} for value, colour in bands.steps)]


def by_query(queries: Sequence[Query]) -> list[dict[str, Any]]:
    """Return the overrides for queries with a colour or a judgement of their own."""
    own = [(ref_id(number), _own_look(query)) for number, query in enumerate(queries)]
    return [
        {"matcher": {"id": "byFrameRefID", "options": ref}, "properties": properties}
        for ref, properties in own
        if properties
    ]


def _own_look(query: Query) -> list[dict[str, Any]]:
    properties: list[dict[str, Any]] = []
    if query.colour or query.dashed:
        fixed = {"mode": "fixed", "fixedColor": query.colour or NEUTRAL}
        properties.append({"id": "color", "value": fixed})
    if query.dashed:
        properties.append({"id": "custom.lineStyle", "value": DASHES})
    if query.bands:
        judged = {"mode": "absolute", "steps": steps(query.bands)}
        properties.append({"id": "thresholds", "value": judged})
    return properties
