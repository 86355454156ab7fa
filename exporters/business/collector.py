"""The business collector: runs the KPIs' queries, and says which of them are up to date."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import as_file, files
from typing import Any

from sothat.exporters.business.contract import LAST_SUCCESS, PREFIX, SAMPLE_DATA, contract_of
from sothat.exporters.business.kpis import Kpi, KpiFile, load_kpis
from sothat.exporters.business.preparing import broken_queries
from sothat.exporters.business.query import parameters
from sothat.exporters.clock import Clock
from sothat.exporters.database.target import URL_SCHEMA, Target, limits_of, open_target
from sothat.exporters.source import Context, Deadline, PollFailed, Sample, Settings, Source
from sothat.model.problem import Problem
from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import SQLAlchemyError

DEFAULT_MAX_ROWS = 1000
_LOCK_TIMEOUT = 1.0


class BusinessCollector:
    """Opens one source a KPI file."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of where the data and the KPIs are."""
        rows = {
            "type": "integer",
            "minimum": 1,
            "maximum": 100_000,
            "default": DEFAULT_MAX_ROWS,
        }
        return {
            "required": ["url"],
            "properties": {
                "url": URL_SCHEMA,
                "kpis": {"type": "string", "minLength": 1},
                "max_rows": rows,
            },
        }

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source of one KPI file and one database, which may be down."""
        target = open_target(settings, context)
        kpis = _kpis(settings, context)
        rows = settings.values.get("max_rows", DEFAULT_MAX_ROWS)
        return BusinessSource(kpis, target, rows, context.clock)


class BusinessSource:
    """The KPIs of one file."""

    def __init__(self, file: KpiFile, target: Target, max_rows: int, clock: Clock) -> None:
        self.contract = contract_of(file.kpis)
        self._file = file
        self._target = target
        self._max_rows = max_rows
        self._clock = clock
        self._succeeded: dict[str, float] = {}

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield the KPIs whose queries succeed; NULL or no row is no sample, never 0.

        Raises:
            PollFailed: The database is down, or some query failed; the others have been yielded.
        """
        failures: list[str] = []
        reason = "kpi"
        try:
            with self._target.connect(limits_of(deadline, _LOCK_TIMEOUT)) as connection:
                yield from self._sample_data(connection)
                for kpi in self._file.kpis:
                    yield from self._kpi(connection, kpi, failures)
        except (SQLAlchemyError, OSError) as error:
            reason = "database"
            failures.append(_first_line(error))
        yield from self._freshness()
        if failures:
            raise PollFailed(reason, "; ".join(failures))

    def check(self) -> Iterator[Problem]:
        """Yield the queries that an SQLite file cannot run; servers are not asked: no network."""
        if self._target.dialect.name == "sqlite":
            yield from broken_queries(self._file, self._target, parameters(self._clock.time()))

    def close(self) -> None:
        """Do nothing: no connection outlives its poll."""

    def _kpi(self, connection: Connection, kpi: Kpi, failures: list[str]) -> Iterator[Sample]:
        try:
            samples = [*self._samples(kpi, self._rows(connection, kpi.sql))]
        except (SQLAlchemyError, ValueError, TypeError) as error:
            failures.append(f"{kpi.name}: {_first_line(error)}")
            return
        self._succeeded[kpi.name] = self._clock.time()
        yield from samples

    def _rows(self, connection: Connection, sql: str) -> Sequence[Row[Any]]:
        values = {
            name: value
            for name, value in parameters(self._clock.time()).items()
            if name in text(sql).compile().params
        }
        rows = connection.execute(text(sql), values).fetchmany(self._max_rows + 1)
        if len(rows) > self._max_rows:
            raise ValueError(f"more than {self._max_rows} rows")
        return rows

    def _samples(self, kpi: Kpi, rows: Sequence[Row[Any]]) -> Iterator[Sample]:
        for row in rows:
            columns = row._mapping  # noqa: SLF001 – SQLAlchemy's documented access by name
            missing = {*kpi.labels, kpi.value} - set(columns)
            if missing:
                raise ValueError(f"the query gives no column {min(missing)}")
            value = columns[kpi.value]
            if value is not None:
                labels = {name: _label(columns[name]) for name in kpi.labels}
                yield Sample(f"{PREFIX}{kpi.name}", float(value) * kpi.scale, labels)

    def _sample_data(self, connection: Connection) -> Iterator[Sample]:
        labels = {"kpi_file": self._file.name}
        made_up = False
        if self._file.sample_data:
            rows = self._rows(connection, self._file.sample_data)
            made_up = any(bool(row[0]) for row in rows)
        yield Sample(SAMPLE_DATA, made_up, labels)

    def _freshness(self) -> Iterator[Sample]:
        for name, stamp in self._succeeded.items():
            yield Sample(LAST_SUCCESS, stamp, {"kpi": name})


def _kpis(settings: Settings, context: Context) -> KpiFile:
    """Return the KPI file that the settings name, by default the shipped one."""
    if "kpis" not in settings.values:
        with as_file(files("sothat.exporters.business") / "packs" / "building.yaml") as shipped:
            return load_kpis(shipped)
    return load_kpis(settings.file("kpis", context))


def _label(value: Any) -> str:
    return "" if value is None else str(value)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


COLLECTOR = BusinessCollector()
