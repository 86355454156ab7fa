"""Vacuum: its workers, what there is for it to do, and how old transaction ids are."""

from collections.abc import Iterator

from sothat.exporters.declare import gauge
from sothat.exporters.postgresql.largest import OURS
from sothat.exporters.postgresql.part import DATABASE, SERVER, Part, Reading, Session
from sothat.exporters.source import Sample

_WORKERS = Reading(
    ("postgresql_vacuums_running", "postgresql_autovacuum_workers"),
    """
SELECT (SELECT count(*) FROM pg_stat_progress_vacuum),
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker')
""",
)
_ROWS = Reading(
    ("postgresql_live_rows", "postgresql_dead_rows", "postgresql_tables_never_vacuumed"),
    f"""
SELECT coalesce(sum(pg_stat_get_live_tuples(c.oid)), 0),
       coalesce(sum(pg_stat_get_dead_tuples(c.oid)), 0),
       count(*) FILTER (WHERE pg_stat_get_last_vacuum_time(c.oid) IS NULL
                        AND pg_stat_get_last_autovacuum_time(c.oid) IS NULL
                        AND pg_stat_get_dead_tuples(c.oid) > 0)
FROM pg_class c WHERE c.relkind IN ('r', 'm') AND {OURS}
""",  # noqa: S608 – of our own words
)
# Of servers with more databases the oldest: an order in which nobody comes and goes.
_AGES = Reading(
    ("postgresql_transaction_age", "postgresql_multixact_age"),
    """
SELECT datname, age(datfrozenxid), mxid_age(datminmxid) FROM pg_database ORDER BY oid LIMIT 200
""",
    ("database",),
)


class Vacuum:
    """The database that one server is connected to, and the server's workers."""

    def read(self, session: Session) -> Iterator[Sample]:
        """Yield what waits, then who works."""
        yield from _AGES.samples(session.ask(_AGES.statement))
        yield from session.of_database(_ROWS.samples(session.ask(_ROWS.statement)))
        session.insist_on_monitor()
        yield from _WORKERS.samples(session.ask(_WORKERS.statement))


_BOTH = (SERVER, DATABASE)

PART = Part(
    "vacuum",
    (
        gauge(
            "postgresql_transaction_age",
            "Transactions since the oldest one in a database that is not frozen.",
            _BOTH,
        ),
        gauge(
            "postgresql_multixact_age",
            "Multixacts since the oldest one in a database that is not replaced.",
            _BOTH,
        ),
        gauge("postgresql_live_rows", "Rows of all tables, as estimated by the server.", _BOTH),
        gauge("postgresql_dead_rows", "Dead rows of all tables, as estimated.", _BOTH),
        gauge(
            "postgresql_tables_never_vacuumed",
            "Tables with dead rows that were not vacuumed since the counters began.",
            _BOTH,
        ),
        gauge("postgresql_vacuums_running", "Vacuums under way.", [SERVER]),
        gauge("postgresql_autovacuum_workers", "Workers of autovacuum at work.", [SERVER]),
    ),
    lambda _: Vacuum(),
    slow=True,
)
