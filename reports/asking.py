"""From an outline and a Prometheus to a report's content."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from sothat.reports.gaps import gaps, share
from sothat.reports.judging import judged
from sothat.reports.outline import Asked, Outline, Section
from sothat.reports.report import Figure, Incident, Part, Report, Row, Scope, Table, Trend
from sothat.runtime.prometheus import PrometheusFailed, Sample, Series
from sothat.service_levels.intervals import Interval

# Points of a plot: more would not be seen on paper.
_POINTS = 372
_RECORDED_STEP = 300.0
_MOST_ROWS, _MOST_LINES = 40, 8
_SECOND = timedelta(seconds=1)
T = TypeVar("T")


class Server(Protocol):
    """Who is asked; see `sothat.runtime.prometheus.Prometheus`."""

    def instant(self, query: str, at: datetime | None = None) -> tuple[Sample, ...]:
        """Return a query's value at a moment."""

    def range(self, query: str, start: datetime, end: datetime, step: float) -> tuple[Series, ...]:
        """Return a query's values over a time."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One report on its way.

    Attributes:
        incidents: Those of the month; None: no incident service is asked.
        failed: What could not be asked, with the reason; grows.
    """

    outline: Outline
    scope: Scope
    server: Server
    incidents: tuple[Incident, ...] | None
    failed: list[tuple[str, str]] = field(default_factory=list)

    def report(self) -> Report:
        """Ask for everything; what fails is named in the report."""
        bounds = Interval(self.scope.interval.start, self.scope.until)
        found = self._gaps(bounds)
        parts = tuple(self._part(section) for section in self.outline.sections)
        return Report(
            outline=self.outline,
            scope=self.scope,
            parts=parts,
            gaps=found,
            recorded=share(found, bounds),
            failed=tuple(self.failed),
            sample=self._is_sample(),
        )

    def _is_sample(self) -> bool:
        """Return whether figures are made up; what cannot be asked says so elsewhere already."""
        if not self.outline.sample:
            return False
        try:
            found = self.server.instant(self.outline.sample, self.scope.until - _SECOND)
        except PrometheusFailed:
            return False
        return any(one.value > 0 for one in found)

    def _part(self, section: Section) -> Part:
        return Part(
            section,
            figures=tuple(map(self._figure, section.figures)),
            trends=tuple(map(self._trend, section.trends)),
            tables=tuple(map(self._table, section.tables)),
            incidents=self.incidents if section.incidents else None,
        )

    def _figure(self, asked: Asked) -> Figure:
        value = self._number(asked, self.scope.interval, self._end(asked))
        before = None
        if asked.at == "end":
            before = self._number(asked, self.scope.before, self.scope.before.end - _SECOND)
        return Figure(asked, value, before, judged(asked, value))

    def _end(self, asked: Asked) -> datetime:
        return self.scope.made if asked.at == "now" else self.scope.until - _SECOND

    def _number(self, asked: Asked, month: Interval, at: datetime) -> float | None:
        """Return the only value of a query; None: none. Several are a slip of the outline."""
        query = written(asked.query, self.scope.site, month)
        found = self._tried(asked, lambda: self.server.instant(query, at))
        values = [one.value for one in found if not math.isnan(one.value)]
        if len(values) > 1:
            self._failed(asked, f"has {len(values)} values; a figure is one")
            return None
        return values[0] if values else None

    def _trend(self, asked: Asked) -> Trend:
        start, end = self.scope.interval.start, self.scope.until
        step = max(60.0, math.ceil((end - start).total_seconds() / _POINTS / 60) * 60.0)
        query = written(asked.query, self.scope.site, self.scope.interval)
        found = self._tried(asked, lambda: self.server.range(query, start, end, step))
        if len(found) > _MOST_LINES:
            self._failed(asked, f"has {len(found)} lines; the first {_MOST_LINES} are shown")
        lines = {
            _name(one.labels, asked.labels): _points(one)
            for one in sorted(found, key=lambda one: sorted(one.labels.items()))[:_MOST_LINES]
        }
        return Trend(asked, lines, step)

    def _table(self, asked: Asked) -> Table:
        targets = self._targets(asked) if asked.against else {}
        found = self._samples(asked, asked.query)
        rows = list(_rows(asked, found, targets))
        if not asked.query.startswith("sort"):  # which is an order that is meant
            rows.sort(key=lambda row: row.cells)
        return Table(asked, tuple(rows[:_MOST_ROWS]), max(0, len(rows) - _MOST_ROWS))

    def _targets(self, asked: Asked) -> Mapping[tuple[str, ...], float]:
        return {_cells(asked, one): one.value for one in self._samples(asked, asked.against)}

    def _samples(self, asked: Asked, query: str) -> tuple[Sample, ...]:
        asking = written(query, self.scope.site, self.scope.interval)
        return self._tried(asked, lambda: self.server.instant(asking, self._end(asked)))

    def _gaps(self, bounds: Interval) -> tuple[Interval, ...]:
        asked = self.outline.recorded
        try:
            found = self.server.range(asked, bounds.start, bounds.end, _RECORDED_STEP)
        except PrometheusFailed as error:
            self.failed.append(("when Prometheus was recording", str(error)))
            return ()
        moments = sorted({at for one in found for at, _ in _points(one)})
        return gaps(moments, _RECORDED_STEP, bounds)

    def _tried(self, asked: Asked, ask: Callable[[], tuple[T, ...]]) -> tuple[T, ...]:
        try:
            return ask()
        except PrometheusFailed as error:
            self._failed(asked, str(error))
            return ()

    def _failed(self, asked: Asked, reason: str) -> None:
        entry = (asked.name, reason)
        if entry not in self.failed:
            self.failed.append(entry)


def written(query: str, site: str, month: Interval) -> str:
    """Return a query for a site and a month."""
    escaped = site.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    where = f'site="{escaped}"' if site else ""
    return query.replace("$where", where).replace("$month", f"{month.seconds:.0f}s")


def _points(series: Series) -> tuple[tuple[float, float], ...]:
    return tuple((at, value) for at, value in series.points if math.isfinite(value))


def _name(labels: Mapping[str, str], shown: Sequence[str]) -> str:
    return ", ".join(labels.get(name, "") for name in shown)


def _rows(
    asked: Asked, found: Sequence[Sample], targets: Mapping[tuple[str, ...], float]
) -> Iterator[Row]:
    for one in found:
        cells = _cells(asked, one)
        target = targets.get(cells, asked.target)
        yield Row(cells, one.value, target, judged(asked, one.value, target))


def _cells(asked: Asked, one: Sample) -> tuple[str, ...]:
    return tuple(one.labels.get(name, "–") for name in asked.labels)
