"""The heaviest statements by digest, and all the others in one."""

import re
from collections.abc import Iterable, Iterator, Mapping

from sothat.exporters.mysql.part import counted, sample
from sothat.exporters.mysql.session import Row, Session, number, text
from sothat.exporters.source import Sample
from sothat.exporters.topmost import Recent, Remainder, Topmost
from sothat.exporters.watch import AbsentError, Part
from sothat.model.metric import Label

Key = tuple[str, str]

_TABLE = "performance_schema.events_statements_summary_by_digest"
# Family, column, and what leads to the base unit: the server counts picoseconds.
_VALUES = (
    ("digest_calls_total", "count_star", 1.0),
    ("digest_seconds_total", "sum_timer_wait", 1e-12),
    ("digest_lock_seconds_total", "sum_lock_time", 1e-12),
    ("digest_errors_total", "sum_errors", 1.0),
    ("digest_rows_sent_total", "sum_rows_sent", 1.0),
    ("digest_rows_examined_total", "sum_rows_examined", 1.0),
    ("digest_disk_tables_total", "sum_created_tmp_disk_tables", 1.0),
    ("digest_without_index_total", "sum_no_index_used", 1.0),
)
_SECONDS = 1
_COLUMNS = ", ".join(column for _, column, _ in _VALUES)
_SUMS = ", ".join(f"coalesce(sum({column}), 0)" for _, column, _ in _VALUES)
_TOTALS = f"SELECT {_SUMS} FROM {_TABLE}"  # noqa: S608 – names of ours
# How many more than there are seats may compete for them.
_CANDIDATES = 10
_DIGEST = re.compile("[0-9a-fA-F]{1,128}")
_OTHER: Key = ("", "other")


class Digests:
    """The top list of one server; seats are kept, so that series do not come and go."""

    def __init__(self, seats: int) -> None:
        self._candidates = seats * _CANDIDATES
        self._topmost: Topmost[Key] = Topmost(seats)
        self._recent: Recent[Key] = Recent()
        self._others: list[Remainder[Key]] = [Remainder() for _ in _VALUES]

    def read(self, session: Session) -> Iterator[Sample]:
        """Yield the counters of the heaviest, then of all others.

        Raises:
            AbsentError: The server does not watch statements, or not for this user.
        """
        if session.settings.get("performance_schema", "").upper() == "OFF":
            raise AbsentError("off", "performance_schema is off")
        found = dict(_by_key(session.rows(self._statement())))
        grown = self._recent.update({key: row[_SECONDS] for key, row in found.items()})
        # What has been heavy for longest is seated first; then whoever is heavy now.
        weights = {key: grown[key] + row[_SECONDS] * 1e-6 for key, row in found.items()}
        seated = self._topmost.choose(weights)
        totals = [number(value) or 0.0 for value in session.rows(_TOTALS)[0]]
        for key in seated:
            yield from _samples(key, found[key])
        others = [
            self._others[i].update(total * scale, {key: found[key][i] for key in seated})
            for i, (total, (_, _, scale)) in enumerate(zip(totals, _VALUES, strict=True))
        ]
        yield from _samples(_OTHER, others)

    def _statement(self) -> str:
        """Return the statement for those that are heavy now or have a seat."""
        columns = f"SELECT schema_name, digest, {_COLUMNS} FROM {_TABLE} WHERE "  # noqa: S608
        heavy = f"digest IS NOT NULL ORDER BY sum_timer_wait DESC LIMIT {self._candidates}"
        seated = {digest for _, digest in self._topmost.seated if _DIGEST.fullmatch(digest)}
        if not seated:
            return columns + heavy
        names = ", ".join(f"'{digest}'" for digest in sorted(seated))
        kept = f"{columns} digest IN ({names}) LIMIT {self._candidates}"
        return f"({columns}{heavy}) UNION ({kept})"


def _by_key(rows: Iterable[Row]) -> Iterator[tuple[Key, list[float]]]:
    for schema, digest, *values in rows:
        numbers = [number(value) or 0.0 for value in values]
        scaled = [n * scale for n, (_, _, scale) in zip(numbers, _VALUES, strict=True)]
        yield (text(schema), text(digest)), scaled


def _samples(key: Key, values: Iterable[float]) -> Iterator[Sample]:
    labels: Mapping[str, str] = {"schema": key[0], "digest": key[1]}
    for (name, _, _), value in zip(_VALUES, values, strict=True):
        yield sample(name, value, **labels)


_LABELS = (
    Label("schema", "Default schema of the statements"),
    Label(
        "digest", "The server's hash of the statements' form; other: all that have no own series"
    ),
)
PART: Part[Session] = Part(
    "digests",
    (
        counted("digest_calls_total", "Times that statements of a form were executed.", *_LABELS),
        counted("digest_seconds_total", "Time that they took.", *_LABELS),
        counted("digest_lock_seconds_total", "Time of it spent in waits for tables.", *_LABELS),
        counted("digest_errors_total", "Times that they failed.", *_LABELS),
        counted("digest_rows_sent_total", "Rows that they returned.", *_LABELS),
        counted("digest_rows_examined_total", "Rows that they looked at.", *_LABELS),
        counted("digest_disk_tables_total", "Temporary tables of theirs on disk.", *_LABELS),
        counted("digest_without_index_total", "Times that they used no index.", *_LABELS),
    ),
    lambda seats: Digests(seats).read,
)
