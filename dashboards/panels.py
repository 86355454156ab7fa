"""The panels for numbers and text: stat, time series, bar gauge, heatmap, alert list, markdown."""

from collections.abc import Sequence
from typing import Any, Final

from grafanalib import core
from sothat.dashboards import extra, lines
from sothat.dashboards.face import Face, Tile, by_query, common, defaults, steps
from sothat.dashboards.judgement import Bands
from sothat.dashboards.layout import Size
from sothat.dashboards.query import Query
from sothat.dashboards.words import mappings

_NAME: Final = 15
_NARROW: Final = 4
# Grid rows that a graph must have for a table of names below it.
_TABLE_ROWS: Final = 7


def stat(face: Face, *queries: Query, size: tuple[int, int] = (4, 5)) -> Tile:
    """Return a tile with one number a series, and its trend where a query spans the range.

    The series' name stands under the number whenever a query gives one: it says what the number
    is judged by, so that colour is not the only signal.
    """
    named = any(query.legend for query in queries)
    ranged = any(not query.instant for query in queries)
    panel = core.Stat(
        **common(face, queries),
        reduceCalc="last",
        textMode="value_and_name" if named else "value",
        colorMode="value",
        graphMode="area" if ranged else "none",
        alignment="auto",
        extraJson={
            "options": _text(*size),
            "fieldConfig": {
                # Beside a trend there is no room for a sentence.
                "defaults": defaults(face) if ranged else _explained(face),
                "overrides": by_query(queries),
            },
        },
    )
    return Tile(panel, Size(*size))


def _text(width: int, height: int) -> dict[str, Any]:
    """Return a small name for tiles that put it above the number.

    In wide ones Grafana puts both side by side, and with a name of fixed size cuts the number.
    """
    return {"text": {"titleSize": _NAME}} if width <= _NARROW and height > _NARROW else {}


def headline(face: Face, *queries: Query, size: tuple[int, int]) -> Tile:
    """Return the names of series side by side, each with its number, on the colour of its state."""
    panel = core.Stat(
        **common(face, queries),
        reduceCalc="last",
        textMode="value_and_name",
        colorMode="background",
        graphMode="none",
        orientation="vertical",
        extraJson={
            "fieldConfig": {"defaults": _explained(face), "overrides": by_query(queries)},
        },
    )
    return Tile(panel, Size(*size))


def words(face: Face, query: Query, *, size: tuple[int, int]) -> Tile:
    """Return a tile that shows a state as a sentence on the state's colour."""
    panel = core.Stat(
        **common(face, [query]),
        reduceCalc="last",
        textMode="value",
        colorMode="background",
        graphMode="none",
        extraJson={"fieldConfig": {"defaults": _explained(face)}},
    )
    return Tile(panel, Size(*size))


def _explained(face: Face) -> dict[str, Any]:
    """Return the field defaults of a tile with room to say why there is no data."""
    return defaults(face) | {"mappings": mappings(face.words, face.empty)}


def time_series(
    face: Face,
    *queries: Query,
    size: tuple[int, int] = (12, 7),
    stacked: bool = False,
    names: Sequence[str] = (),
    long: bool = False,
) -> Tile:
    """Return lines over time; the alert's limits are drawn, the tooltip lists all series sorted.

    Args:
        face: The reader's side.
        queries: What is drawn.
        size: Columns and grid rows.
        stacked: Whether the lines are parts of a whole.
        names: Those of all lines, where they are known before there are any.
        long: Whether their names are longer than one label's usually are.
    """
    # A graph draws its limits as lines, in the colour of what lies beyond.
    limits = {"mode": "absolute", "steps": steps(Bands(face.bands.base, face.bands.limits))}
    legends = [query.legend for query in queries]
    unnamed = not names and any(map(lines.is_open, legends))
    short = not long and all(map(lines.is_short, legends))
    legend = lines.legend(unnamed=unnamed, beside=short, low=size[1] < _TABLE_ROWS)
    shown = defaults(face) | {"color": lines.scheme(unnamed=unnamed), "thresholds": limits}
    shown.setdefault("min", None)
    panel = core.TimeSeries(
        **common(face, queries),
        drawStyle="line",
        lineWidth=1,
        fillOpacity=30 if stacked else 0,
        showPoints="never",
        spanNulls=False,
        stacking={"mode": "normal" if stacked else "none", "group": "A"},
        thresholdsStyleMode="line" if face.bands.steps else "off",
        tooltipMode="multi",
        tooltipSort="desc",
        extraJson={
            "options": {"legend": legend},
            "fieldConfig": {
                "defaults": {name: value for name, value in shown.items() if value is not None},
                "overrides": [*by_query(lines.coloured(queries)), *lines.by_name(names)],
            },
        },
    )
    return Tile(panel, Size(*size))


def bar_gauge(face: Face, *queries: Query, size: tuple[int, int] = (8, 7)) -> Tile:
    """Return one horizontal bar a series, for comparing sites and the like."""
    panel = core.BarGauge(
        **common(face, queries),
        displayMode="basic",
        orientation="horizontal",
        calc="last",
        min=None,
        max=None,
        extraJson={
            "options": {"text": {"titleSize": 14, "valueSize": 16}},
            # From zero on: bars that begin at the least value compare nothing.
            "fieldConfig": {"defaults": {"min": 0} | defaults(face), "overrides": []},
        },
    )
    return Tile(panel, Size(*size))


def heatmap(face: Face, query: Query, *, size: tuple[int, int] = (12, 7)) -> Tile:
    """Return the distribution of a histogram over time; the query sums its buckets by ``le``."""
    panel = extra.heatmap(
        **common(face, [query]),
        unit=face.unit,
        extraJson={"fieldConfig": {"defaults": {"unit": "short", "noValue": face.empty}}},
    )
    return Tile(panel, Size(*size))


def alert_list(face: Face, *, label_filter: str, size: tuple[int, int] = (12, 8)) -> Tile:
    """Return Grafana's own list of the data source's alerts, filtered by labels."""
    panel = extra.alert_list(
        **common(face, []),
        label_filter=label_filter,
        extraJson={"fieldConfig": {"defaults": {"unit": face.unit, "noValue": face.empty}}},
    )
    return Tile(panel, Size(*size))


def markdown(face: Face, content: str, *, size: tuple[int, int] = (24, 3)) -> Tile:
    """Return text for people."""
    shown = {"unit": face.unit, "noValue": face.empty}
    config: dict[str, Any] = {"defaults": shown, "overrides": []}
    panel = core.Text(
        title=face.title,
        description=face.description,
        content=content,
        extraJson={"fieldConfig": config},
    )
    return Tile(panel, Size(*size))
