"""The settings that decide how much a server can take, in base units."""

from collections.abc import Iterator

from sothat.exporters.declare import gauge
from sothat.exporters.postgresql.part import SERVER, Part, Reading, Session, array, known, text
from sothat.exporters.source import Sample
from sothat.model.metric import Label

_BYTES = (
    "shared_buffers",
    "effective_cache_size",
    "work_mem",
    "maintenance_work_mem",
    "max_wal_size",
    "wal_keep_size",
    "max_slot_wal_keep_size",
)
_SECONDS = ("checkpoint_timeout", "autovacuum_naptime")
_PLAIN = (
    "max_worker_processes",
    "max_wal_senders",
    "max_replication_slots",
    "max_prepared_transactions",
    "autovacuum_max_workers",
    "autovacuum_freeze_max_age",
)
_SWITCHES = (
    "autovacuum",
    "fsync",
    "full_page_writes",
    "data_checksums",
    "hot_standby",
    "track_io_timing",
)


_METRICS = {
    **{name: f"postgresql_setting_{name}_bytes" for name in _BYTES},
    **{name: f"postgresql_setting_{name}_seconds" for name in _SECONDS},
    **{name: f"postgresql_setting_{name}" for name in (*_PLAIN, *_SWITCHES)},
}
# -1 is no limit at all, so there is no number for it.
_STATEMENT = """
SELECT name,
       CASE WHEN vartype = 'bool' THEN (setting = 'on')::int
            WHEN setting::float8 >= 0 THEN setting::float8 * CASE
              WHEN unit = 'ms' THEN 0.001 WHEN unit = 'min' THEN 60
              WHEN unit LIKE '%B' THEN pg_size_bytes(regexp_replace(unit, '^([kM])', '1\\1'))
              ELSE 1 END
       END
FROM pg_settings WHERE name = ANY($1::text[])
"""
_INFO = Reading(("postgresql_info",), "SELECT current_setting('server_version'), 1", ("version",))
_LIMITS = Reading(
    (
        "postgresql_connections_limit",
        "postgresql_connections_reserved",
        "postgresql_start_time_seconds",
        "postgresql_configuration_load_time_seconds",
    ),
    """
SELECT current_setting('max_connections'),
       current_setting('superuser_reserved_connections')::int
       + coalesce(current_setting('reserved_connections', true)::int, 0),
       extract(epoch FROM pg_postmaster_start_time()), extract(epoch FROM pg_conf_load_time())
""",
)


class Settings:
    """The settings of one server."""

    def read(self, session: Session) -> Iterator[Sample]:
        """Yield version and limits, then those that have a number, and that this version has."""
        for reading in (_INFO, _LIMITS):
            yield from reading.samples(session.ask(reading.statement))
        for name, value in session.ask(_STATEMENT, array(_METRICS)):
            yield from known((_METRICS[text(name)],), (value,), {})


PART = Part(
    "settings",
    (
        gauge("postgresql_info", "Always 1.", [SERVER, Label("version", "As the server says it")]),
        gauge("postgresql_start_time_seconds", "When the server was started.", [SERVER]),
        gauge(
            "postgresql_configuration_load_time_seconds",
            "When the configuration was last loaded.",
            [SERVER],
        ),
        gauge("postgresql_connections_limit", "Connections that the server accepts.", [SERVER]),
        gauge(
            "postgresql_connections_reserved",
            "Of these, those kept for superusers and privileged roles.",
            [SERVER],
        ),
        *(
            gauge(metric, f"Setting {name}.", [SERVER], feature=True)
            for name, metric in _METRICS.items()
        ),
    ),
    lambda _: Settings(),
    slow=True,
)
