"""One poll of KPIs: each in its share of the time, none at the cost of another."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Protocol

from sothat.exporters.business.contract import LAST_SUCCESS, SAMPLE_DATA, contract_of
from sothat.exporters.business.figures import (
    Figures,
    Unfit,
    cards,
    of_answer,
    of_samples,
    samples_of,
)
from sothat.exporters.business.kpis import Kpi, KpiFile
from sothat.exporters.business.preparing import broken_queries
from sothat.exporters.business.query import parameters
from sothat.exporters.business.reading import DatabaseReader, QueryFailed, Reader
from sothat.exporters.business.tables.api import Api
from sothat.exporters.business.tables.loading import Load, LoadFailed
from sothat.exporters.business.tables.reader import TablesReader
from sothat.exporters.business.tables.store import Store
from sothat.exporters.clock import Clock, Deadline
from sothat.exporters.database.target import Target
from sothat.exporters.source import PollFailed, Sample
from sothat.model.problem import Problem
from sothat.runtime.prometheus import PrometheusFailed
from sothat.runtime.prometheus import Sample as Measured

# Of a poll's time, what loads may use, and what queries may use after them.
_LOADS_SHARE = 0.6
_SHARE = 0.9
# A query is given half of what is left, and no less than this as long as there is any.
_LEAST = 0.2


class Asked(Protocol):
    """Whoever answers PromQL."""

    def instant(self, query: str, seconds: float) -> tuple[Measured, ...]:
        """Return the samples of an instant query, within so many seconds.

        Raises:
            PrometheusFailed: There are none to be had.
        """

    def close(self) -> None:
        """Hang up."""


class Tables:
    """The tables of a source, their loads, their views and the service that they come from."""

    def __init__(
        self,
        store: Store,
        loads: Sequence[Load],
        views: Mapping[str, str],
        api: Api | None,
        clock: Clock,
    ) -> None:
        self.store = store
        self.loads = loads
        self.views = views
        self._api = api
        self._clock = clock

    def advance(self, deadline: Deadline) -> list[LoadFailed]:
        """Bring all up to date as far as there is time; return what went wrong.

        Each has its part of what is left, so that one that hangs does not cost the others theirs.
        """
        failures = []
        ordered = sorted(self.loads, key=lambda load: load.loaded_at or 0.0)
        for left, load in zip(range(len(ordered), 0, -1), ordered, strict=True):
            try:
                load.advance(_until(deadline, self._clock, 1 / left))
            except LoadFailed as error:
                failures.append(error)
        return failures

    def close(self) -> None:
        """Let go of the tables, and of the service."""
        self.store.close()
        if self._api:
            self._api.close()


class BusinessSource:
    """The KPIs of some files, over one database, tables, or Prometheus."""

    def __init__(
        self,
        files: Sequence[KpiFile],
        clock: Clock,
        max_rows: int,
        target: Target | None = None,
        tables: Tables | None = None,
        prometheus: Asked | None = None,
        left_out: Collection[str] = (),
    ) -> None:
        known = (kpi for file in files for kpi in file.kpis)
        self._kpis = tuple(kpi for kpi in known if kpi.name not in left_out)
        self.contract = contract_of(self._kpis)
        self._files = files
        self._clock = clock
        self._max_rows = max_rows
        self._target = target
        # Without any, a query finds no table: nothing has to know that there are none.
        self._tables = tables or Tables(Store(), (), {}, None, clock)
        self._prometheus = prometheus
        self._succeeded: dict[str, float] = {}
        self._cut: set[str] = set()
        self._cards = cards(self._kpis)

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield the KPIs whose queries succeed; NULL or no row is no sample, never 0.

        Raises:
            PollFailed: The database is down, or some query failed; the others have been yielded.
        """
        yield from self._cards
        reasons: dict[str, str] = {}
        for error in self._tables.advance(_until(deadline, self._clock, _LOADS_SHARE)):
            reasons[str(error)] = error.reason
        with closing(self._reader(deadline)) as reader:
            yield from self._made_up(reader, deadline)
            yield from self._figures(reader, deadline, reasons)
        yield from self._freshness()
        if reasons:
            raise PollFailed(next(iter(reasons.values())), "; ".join(reasons))

    def check(self) -> Iterator[Problem]:
        """Yield the queries that an SQLite file cannot run; servers are not asked: no network."""
        if self._target and self._target.dialect.name == "sqlite":
            for file in self._files:
                yield from broken_queries(file, self._target, parameters(self._clock.time()))

    def close(self) -> None:
        """Let go of the tables; no connection outlives its poll."""
        self._tables.close()
        if self._prometheus:
            self._prometheus.close()

    def _reader(self, deadline: Deadline) -> Reader:
        if self._target:
            return DatabaseReader(self._target, deadline.remaining() * _SHARE)
        tables = self._tables
        return TablesReader(tables.store, tables.loads, tables.views, self._clock.time())

    def _figures(
        self, reader: Reader, deadline: Deadline, reasons: dict[str, str]
    ) -> Iterator[Sample]:
        """Yield the figures; those that took too long last time come last."""
        down = ""
        for kpi in sorted(self._kpis, key=lambda kpi: kpi.name in self._cut):
            if down and kpi.sql:
                continue
            seconds = _share(deadline)
            begun = self._clock.monotonic()
            try:
                figures = self._asked(kpi, reader, seconds)
            except (QueryFailed, Unfit, PrometheusFailed) as error:
                if isinstance(error, QueryFailed) and error.down:
                    down = str(error)
                else:
                    reasons[f"{kpi.name}: {error}"] = "kpi"
                if self._clock.monotonic() - begun >= seconds:
                    self._cut.add(kpi.name)
                continue
            self._cut.discard(kpi.name)
            self._succeeded[kpi.name] = self._read_at(kpi, reader)
            yield from samples_of(kpi, figures)
        if down:
            reasons.clear()  # what failed before is what broke with it
            reasons[down] = "database"

    def _asked(self, kpi: Kpi, reader: Reader, seconds: float) -> Figures:
        if kpi.promql:
            if self._prometheus is None:
                raise QueryFailed("no Prometheus is configured")
            return of_samples(kpi, self._prometheus.instant(kpi.promql, seconds))
        answer = reader.ask(kpi.sql, self._clock.time(), self._max_rows, seconds)
        if len(answer.rows) > self._max_rows:
            raise Unfit(f"more than {self._max_rows} rows")
        return of_answer(kpi, answer)

    def _read_at(self, kpi: Kpi, reader: Reader) -> float:
        over_tables = isinstance(reader, TablesReader) and kpi.sql
        return reader.read_at(kpi.sql) if over_tables else self._clock.time()  # type: ignore[attr-defined]

    def _made_up(self, reader: Reader, deadline: Deadline) -> Iterator[Sample]:
        for file in self._files:
            try:
                made_up = self._is_made_up(file, reader, _share(deadline))
            except QueryFailed:  # real data have no table that says that they are made up
                continue
            yield Sample(SAMPLE_DATA, made_up, {"kpi_file": file.name})

    def _is_made_up(self, file: KpiFile, reader: Reader, seconds: float) -> bool:
        if not file.sample_data or not self._target:
            return False
        answer = reader.ask(file.sample_data, self._clock.time(), 1, seconds)
        return any(bool(row[0]) for row in answer.rows)

    def _freshness(self) -> Iterator[Sample]:
        for name, stamp in self._succeeded.items():
            yield Sample(LAST_SUCCESS, stamp, {"kpi": name})


def _share(deadline: Deadline) -> float:
    return max(_LEAST, deadline.remaining() * _SHARE / 2)


def _until(deadline: Deadline, clock: Clock, share: float) -> Deadline:
    """Return the deadline by which a share of the time is used."""
    return Deadline(clock.monotonic() + deadline.remaining() * share, clock)
