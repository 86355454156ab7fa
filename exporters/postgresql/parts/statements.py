"""Statements from pg_stat_statements: the heaviest of late, and all others together."""

from collections.abc import Iterator, Mapping, Sequence

from sothat.exporters.declare import counter
from sothat.exporters.postgresql.answer import RefusedError, Row
from sothat.exporters.postgresql.part import DATABASE, SERVER, Part, Session, array, text
from sothat.exporters.source import Sample
from sothat.exporters.topmost import Recent, Remainder, Topmost
from sothat.model.metric import Label

_OTHER = {"queryid": "other", "database": "other", "user": "other"}
_VALUES = (
    "postgresql_statement_calls_total",
    "postgresql_statement_seconds_total",
    "postgresql_statement_rows_total",
    "postgresql_statement_read_bytes_total",
    "postgresql_statement_hit_bytes_total",
    "postgresql_statement_temporary_bytes_total",
    "postgresql_statement_wal_bytes_total",
)
_SECONDS = 1  # what makes a statement heavy
# Candidates a seat: the more, the sooner one is found that was nothing yesterday.
_CANDIDATES = 5
_SCHEMA = """
SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements'
"""
# Without texts: the server would read the file that holds them, each time. The id is unknown where
# the role may not see others' statements: they are part of the total.
_STATEMENT = """
WITH found AS MATERIALIZED (
  SELECT queryid || '/' || dbid || '/' || userid AS key, sum(calls) AS calls,
         sum(total_exec_time) / 1000 AS seconds, sum(rows) AS rows,
         sum(shared_blks_read) * b.size AS read, sum(shared_blks_hit) * b.size AS hit,
         sum(temp_blks_written) * b.size AS temporary, sum(wal_bytes) AS wal
  FROM {schema}.pg_stat_statements(false),
       (SELECT current_setting('block_size')::bigint AS size) AS b
  GROUP BY 1, b.size)
SELECT NULL, sum(calls), sum(seconds), sum(rows), sum(read), sum(hit), sum(temporary), sum(wal)
FROM found
UNION ALL
(SELECT * FROM found WHERE key IS NOT NULL ORDER BY seconds DESC LIMIT {most})
UNION
(SELECT * FROM found WHERE key = ANY($1::text[]))
"""
_NAMES = """
SELECT 'd' || oid, datname FROM pg_database WHERE oid = ANY($1::oid[])
UNION ALL SELECT 'u' || oid, rolname FROM pg_roles WHERE oid = ANY($2::oid[])
"""
_INFO = "SELECT dealloc FROM {schema}.pg_stat_statements_info"
_WITH_INFO = 14


class Statements:
    """The statements of one server.

    Args:
        seats: Number of statements with series of their own.
    """

    def __init__(self, seats: int) -> None:
        self._candidates = seats * _CANDIDATES
        self._topmost: Topmost[str] = Topmost(seats)
        self._recent: Recent[str] = Recent()
        self._rest: tuple[Remainder[str], ...] = tuple(Remainder() for _ in _VALUES)

    def read(self, session: Session) -> Iterator[Sample]:
        """Yield the counters of those that have a seat, then of the others together."""
        session.insist_on_monitor()
        schema = _schema(session)
        statement = _STATEMENT.format(schema=schema, most=self._candidates)
        rows = session.ask(statement, array(self._topmost.seated))
        total = next((_numbers(row) for row in rows if row[0] is None), None)
        if total is None:
            return
        found = {text(row[0]): _numbers(row) for row in rows if row[0] is not None}
        seated = self._seated(found)
        names = _names(session, seated)
        for key in seated:
            yield from _samples(_labels(key, names), found[key])
        yield from _samples(_OTHER, self._others(total, {key: found[key] for key in seated}))
        if session.version >= _WITH_INFO:
            (row,) = session.ask(_INFO.format(schema=schema))
            yield Sample("postgresql_statement_entries_dropped_total", float(row[0] or 0))

    def _seated(self, found: Mapping[str, Sequence[float]]) -> tuple[str, ...]:
        heavy = {key: values[_SECONDS] for key, values in found.items()}
        ordered = dict(sorted(heavy.items(), key=lambda item: -item[1]))
        return self._topmost.choose(self._recent.update(ordered))

    def _others(
        self, total: Sequence[float], seated: Mapping[str, Sequence[float]]
    ) -> Sequence[float]:
        return [
            rest.update(total[column], {key: values[column] for key, values in seated.items()})
            for column, rest in enumerate(self._rest)
        ]


def _schema(session: Session) -> str:
    rows = session.ask(_SCHEMA)
    if not rows:
        raise RefusedError("42P01", "there is no extension pg_stat_statements in this database")
    return text(rows[0][0])


def _numbers(row: Row) -> Sequence[float]:
    return [float(value or 0) for value in row[1:]]


def _names(session: Session, keys: Sequence[str]) -> Mapping[str, str]:
    databases = {key.split("/")[1] for key in keys}
    users = {key.split("/")[2] for key in keys}
    rows = session.ask(_NAMES, array(databases), array(users))
    return {text(key): text(name) for key, name in rows}


def _labels(key: str, names: Mapping[str, str]) -> Mapping[str, str]:
    queryid, database, user = key.split("/")
    return {
        "queryid": queryid,
        "database": names.get(f"d{database}", database),
        "user": names.get(f"u{user}", user),
    }


def _samples(labels: Mapping[str, str], values: Sequence[float]) -> Iterator[Sample]:
    for name, value in zip(_VALUES, values, strict=True):
        yield Sample(name, value, labels)


_LABELS = (
    SERVER,
    Label("queryid", "Id in pg_stat_statements, or other: all that have no series of their own"),
    DATABASE,
    Label("user", "Role that ran it, or other"),
)
_HELP = (
    "Executions of a statement.",
    "Time that executions of a statement took.",
    "Rows that a statement returned or changed.",
    "Bytes of blocks that were not in the cache.",
    "Bytes of blocks found in the cache.",
    "Bytes that a statement spilled to files.",
    "Bytes of write-ahead log that a statement made.",
)

PART = Part(
    "statements",
    (
        *(
            counter(name, said, _LABELS, feature=True)
            for name, said in zip(_VALUES, _HELP, strict=True)
        ),
        counter(
            "postgresql_statement_entries_dropped_total",
            "Times that pg_stat_statements threw entries away; since PostgreSQL 14.",
            [SERVER],
            feature=True,
        ),
    ),
    Statements,
    slow=True,
)
