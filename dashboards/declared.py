"""Boards as declarations: each panel is one call that says what to ask, and nothing twice.

A call returns a maker, which the board calls with its kit once catalogue and contracts are known.
Units are left out: the compiler fills in those of the queries.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from sothat.dashboards import states, tables
from sothat.dashboards.board import Board, Section
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.judgement import UNJUDGED, Bands
from sothat.dashboards.kit import Kit
from sothat.dashboards.links import Link
from sothat.dashboards.modern import node_graph
from sothat.dashboards.panels import bar_gauge, heatmap, markdown, stat, time_series
from sothat.dashboards.panels import words as sentence
from sothat.dashboards.query import Query, now
from sothat.dashboards.words import Word

Maker = Callable[[Kit], Tile]
Asked = Query | tuple[str, str]


class Look(TypedDict, total=False):
    """What a panel may say beside its queries.

    Attributes:
        alerts: Those that judge the very figure: thresholds and sentences are theirs.
        tells: Those that watch the same in another figure: only their sentences are shown.
        bands: Thresholds where no alert judges the figure.
        unit: Grafana's unit id, where the compiler cannot tell it from the queries.
        words: Values that are states, in words.
        decimals: Digits after the point.
        top: Upper end of the scale.
        links: Where a click leads.
        size: Columns and grid rows.
        long: Lines have long names, such as addresses, though of one label.
    """

    alerts: Sequence[str]
    tells: Sequence[str]
    bands: Bands
    unit: str
    words: Mapping[str, Word]
    decimals: int
    top: float
    links: tuple[Link, ...]
    size: tuple[int, int]
    long: bool


@dataclass(frozen=True, slots=True)
class About:
    """The reader's side of a declared panel, before the catalogue is known."""

    title: str
    meaning: str
    empty: str
    look: Look

    def face(self, kit: Kit) -> Face:
        """Return the panel's face, judged by the alerts of the catalogue."""
        alerts = self.look.get("alerts", ())
        judged = kit.bands(*alerts)
        return Face(
            self.title,
            kit.describe(self.meaning, *alerts, *self.look.get("tells", ())),
            self.look.get("unit", ""),
            self.empty,
            judged if judged.steps else self.look.get("bands", UNJUDGED),
            self.look.get("words", {}),
            self.look.get("decimals"),
            self.look.get("top"),
            self.look.get("links", ()),
        )

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return the size that the declaration asks for, or the usual one."""
        return self.look.get("size", (width, height))


@dataclass(frozen=True, slots=True)
class Group:
    """Panels under a heading; a folded one asks nothing before it is opened."""

    makers: tuple[Maker, ...]
    title: str = ""
    folded: bool = False


def group(title: str, *makers: Maker) -> Group:
    """Return panels that are open, under a heading; the first of a board may have none."""
    return Group(makers, title)


def folded(title: str, *makers: Maker) -> Group:
    """Return panels that are folded away under a heading."""
    return Group(makers, title, folded=True)


def laid_out(*groups: Group) -> Callable[[Kit], Iterator[Section]]:
    """Return what `sothat.dashboards.board.Board` composes itself by."""

    def compose(kit: Kit) -> Iterator[Section]:
        for one in groups:
            yield Section([make(kit) for make in one.makers], one.title, one.folded)

    return compose


def line(title: str, meaning: str, *asked: Asked, empty: str, **look: Unpack[Look]) -> Maker:
    """Return lines over time."""
    return _over_time(About(title, meaning, empty, look), asked, stacked=False)


def area(title: str, meaning: str, *asked: Asked, empty: str, **look: Unpack[Look]) -> Maker:
    """Return stacked areas over time: parts of a whole."""
    return _over_time(About(title, meaning, empty, look), asked, stacked=True)


def _over_time(about: About, asked: Sequence[Asked], *, stacked: bool) -> Maker:
    queries = _ranges(asked)

    def make(kit: Kit) -> Tile:
        # The only query, or none: colours are given out by name once.
        names = kit.names(queries[0].expr, queries[0].legend) if len(queries) == 1 else ()
        return time_series(
            about.face(kit),
            *queries,
            size=about.size(8, 7),
            stacked=stacked,
            names=names,
            long=about.look.get("long", False),
        )

    return make


def tile(title: str, meaning: str, *asked: Asked, empty: str, **look: Unpack[Look]) -> Maker:
    """Return one number a series, as it is now; under it stands what it is judged by."""
    about = About(title, meaning, empty, look)

    def make(kit: Kit) -> Tile:
        face = about.face(kit)
        # Colour is never the only signal: where no name is given, the limit stands in its place.
        queries = [_instant(one, face.bands.words) for one in asked]
        return stat(face, *queries, size=about.size(4, 5))

    return make


def bars(title: str, meaning: str, *asked: Asked, empty: str, **look: Unpack[Look]) -> Maker:
    """Return one horizontal bar a series, for comparing."""
    about = About(title, meaning, empty, look)
    queries = [_instant(one, "") for one in asked]
    return lambda kit: bar_gauge(about.face(kit), *queries, size=about.size(8, 7))


def spread(title: str, meaning: str, asked: Asked, *, empty: str, **look: Unpack[Look]) -> Maker:
    """Return the distribution of a histogram over time; the query sums buckets' rates by ``le``.

    ``unit`` is that of the buckets' bounds. Counted by the hour: Grafana 9 gives all cells one
    colour where they differ by less than one.
    """
    about = About(title, f"{meaning} The colour tells how many an hour.", empty, look)
    (query,) = _ranges([asked])
    bucketed = Query(f"3600 * ({query.expr})", "{{le}}", form="heatmap")
    return lambda kit: heatmap(about.face(kit), bucketed, size=about.size(12, 7))


def bands_of_states(
    title: str, meaning: str, *asked: Asked, empty: str, **look: Unpack[Look]
) -> Maker:
    """Return one band a series that changes colour and word with the state."""
    about = About(title, meaning, empty, look)
    queries = _ranges(asked)
    return lambda kit: states.state_timeline(about.face(kit), *queries, size=about.size(12, 7))


def state(title: str, meaning: str, asked: str, *, empty: str, **look: Unpack[Look]) -> Maker:
    """Return a state as a sentence on the state's colour."""
    about = About(title, meaning, empty, look)
    return lambda kit: sentence(about.face(kit), now(asked), size=about.size(6, 4))


def listing(
    title: str,
    meaning: str,
    asked: Query,
    columns: Sequence[tables.Column],
    *,
    empty: str,
    sort: str,
    **look: Unpack[Look],
) -> Maker:
    """Return a table of series as they are now; ``sort`` begins with a minus to put most first."""
    # A table's columns have units of their own.
    about = About(title, meaning, empty, {"unit": "none", **look})
    return lambda kit: tables.table(
        about.face(kit),
        asked,
        columns,
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        size=about.size(12, 8),
    )


def pages(title: str, text: str, *, size: tuple[int, int] = (24, 3)) -> Maker:
    """Return text in Markdown; ``{incidents}`` in it is the incident service's address."""
    face = Face(title, f"What the other panels cannot say: {title.lower()}.", "none", "empty")
    return lambda kit: markdown(
        face, text.replace("{incidents}", kit.address("incidents")), size=size
    )


def against_before(expr: str, legend: str, shift: str = "1w") -> tuple[Query, Query]:
    """Return a query and the same of an earlier time, dashed.

    Args:
        expr: PromQL with ``@then`` behind each selector, where ``offset`` may stand.
        legend: Name of the series.
        shift: How much earlier, as PromQL writes durations.
    """
    earlier = expr.replace(" @then", f" offset {shift}")
    return (
        Query(expr.replace(" @then", ""), legend),
        Query(earlier, f"{legend}, {shift} before".lstrip(", "), dashed=True),
    )


def control_chart(
    title: str, meaning: str, selector: str, *, empty: str, usual: str = "1d", **look: Unpack[Look]
) -> Maker:
    """Return a figure between its control limits: three deviations around its own mean.

    A figure beyond the limits has a cause of its own; within them it only varies. What is counted
    or lasts is never below zero, and so is no limit.

    Args:
        title: What it shows.
        meaning: What it means and what to do.
        selector: One series; a selector of a recording, for it is read over ``usual``.
        empty: What stands there without data.
        usual: How far back the usual goes.
        look: As in every panel.
    """
    mean, deviation = (
        f"avg_over_time({selector}[{usual}])",
        f"stddev_over_time({selector}[{usual}])",
    )
    return line(
        title,
        f"{meaning} Dashed: the mean of {usual} and three standard deviations around it; what is "
        "beyond has a cause of its own.",
        (selector, "now"),
        Query(mean, f"mean of {usual}", dashed=True),
        Query(f"{mean} + 3 * {deviation}", "upper control limit", dashed=True),
        Query(f"clamp_min({mean} - 3 * {deviation}, 0)", "lower control limit", dashed=True),
        empty=empty,
        **look,
    )


def _ranges(asked: Sequence[Asked]) -> list[Query]:
    return [one if isinstance(one, Query) else Query(*one) for one in asked]


def _instant(one: Asked, otherwise: str) -> Query:
    return one if isinstance(one, Query) else now(one[0], one[1] or otherwise)


def board(  # noqa: PLR0913 – a board's head has as many fields; all are named where it is called
    role: str,
    uid: str,
    title: str,
    answers: str,
    *groups: Group,
    filters: Sequence[Mapping[str, Any]] = (),
    marks: Sequence[Mapping[str, Any]] = (),
    topics: Sequence[str] = (),
    span: str = "6h",
    refresh: str = "1m",
) -> Board:
    """Return a board from its declaration.

    Args:
        role: Whom it serves; its folder.
        uid: Stable id, from `sothat.dashboards.links`.
        title: Begins with the word that people search for.
        answers: The question that it answers, for the board's description and the gallery.
        groups: Panels in reading order.
        filters: Variables after the data source, each narrowing the next.
        marks: Annotations on the time axis of all panels.
        topics: Tags beside the role.
        span: Default time range up to now.
        refresh: How often an open board asks again.
    """
    return Board(
        uid=uid,
        title=title,
        role=role,
        description=answers,
        compose=laid_out(*groups),
        variables=lambda: filters,
        span=span,
        refresh=refresh,
        annotations=lambda _kit: marks,
        topics=tuple(topics),
    )


def graph(
    title: str, meaning: str, nodes: str, edges: str, *, empty: str, **look: Unpack[Look]
) -> Maker:
    """Return a node graph; see `sothat.dashboards.modern.node_graph` for the queries."""
    about = About(title, meaning, empty, look)
    return lambda kit: node_graph(about.face(kit), nodes, edges, size=about.size(24, 16))
