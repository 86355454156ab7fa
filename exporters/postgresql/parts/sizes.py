"""Space that databases and tablespaces take."""

from sothat.exporters.declare import gauge
from sothat.exporters.postgresql.part import DATABASE, SERVER, Reading, plain
from sothat.model.metric import Label

_MOST = 200
# pg_database_size() looks at each file. It may be asked for what the role may connect to, or with
# pg_read_all_stats.
_DATABASES = f"""
SELECT datname, pg_database_size(oid) FROM pg_database
WHERE has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')
ORDER BY oid LIMIT {_MOST}
"""  # noqa: S608 – of our own words
_TABLESPACES = f"""
SELECT spcname, pg_tablespace_size(oid) FROM pg_tablespace
WHERE has_tablespace_privilege(oid, 'CREATE') OR pg_has_role('pg_read_all_stats', 'USAGE')
ORDER BY oid LIMIT {_MOST}
"""  # noqa: S608 – of our own words

PART = plain(
    "sizes",
    (
        gauge("postgresql_database_size_bytes", "Space of a database.", [SERVER, DATABASE]),
        gauge(
            "postgresql_tablespace_size_bytes",
            "Space of a tablespace.",
            [SERVER, Label("tablespace", "Tablespace")],
        ),
    ),
    Reading(("postgresql_database_size_bytes",), _DATABASES, ("database",)),
    Reading(("postgresql_tablespace_size_bytes",), _TABLESPACES, ("tablespace",)),
    slow=True,
)
