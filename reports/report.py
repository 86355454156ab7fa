"""A report: what was asked, what came of it, and what is missing. Pure data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sothat.reports.outline import Asked, Outline, Section
from sothat.service_levels.intervals import Interval


class Verdict(StrEnum):
    """Whether a promise was kept."""

    KEPT = "kept"
    MISSED = "missed"
    UNKNOWN = "no data"
    NONE = "nothing promised"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report is about.

    Attributes:
        month: As ``2026-10``.
        interval: From local midnight to local midnight, as long as the month really is.
        before: The month before.
        until: Where the figures end: the month's end, or now while it runs.
        zone: Whose wall clock.
        site: Empty: all.
        made: When the report is made.
    """

    month: str
    interval: Interval
    before: Interval
    until: datetime
    zone: str
    site: str
    made: datetime

    @property
    def running(self) -> bool:
        """Return whether the month is not over."""
        return self.until < self.interval.end


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    Attributes:
        value: None: no data.
        before: The same a month before; None: no data.
    """

    asked: Asked
    value: float | None
    before: float | None
    verdict: Verdict


Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Trend:
    """One plot.

    Attributes:
        lines: By name; points are seconds since the epoch and values, in order.
        step: Seconds between two points where none is missing.
    """

    asked: Asked
    lines: Mapping[str, Sequence[Point]]
    step: float


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Attributes:
        target: What was promised of this row; None: nothing.
    """

    cells: tuple[str, ...]
    value: float
    target: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        left_out: Rows that there were no room for.
    """

    asked: Asked
    rows: tuple[Row, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident; times in seconds since the epoch, None: not yet.

    Attributes:
        outcome: The SO THAT that it kept from customers.
        lesson: What was learned from it; empty: nothing is written down.
    """

    number: int
    title: str
    priority: str
    outcome: str
    opened: float
    acknowledged: float | None
    resolved: float | None
    lesson: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A section with what came of it."""

    section: Section
    figures: tuple[Figure, ...]
    trends: tuple[Trend, ...]
    tables: tuple[Table, ...]
    incidents: tuple[Incident, ...] | None


@dataclass(frozen=True, slots=True)
class Report:
    """All of it.

    Attributes:
        gaps: When Prometheus was not recording.
        recorded: Share of the time that it was.
        failed: Names of what could not be asked, with the reason.
        sample: Whether figures are made up for demonstration.
    """

    outline: Outline
    scope: Scope
    parts: tuple[Part, ...]
    gaps: tuple[Interval, ...]
    recorded: float
    failed: tuple[tuple[str, str], ...]
    sample: bool = False

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Return all figures, in order."""
        return tuple(figure for part in self.parts for figure in part.figures)

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Return the incidents, each once."""
        return next((part.incidents for part in self.parts if part.incidents is not None), ())
