"""What the database collector exposes."""

from sothat.exporters.declare import gauge
from sothat.model.metric import Contract, Label

_DATABASE = Label("database", "Name in the exporter's configuration")
_ENGINE = Label("engine", "Kind of database", ("sqlite", "postgresql", "mysql"))
_STATE = Label("state", "What the connection is doing", ("active", "idle", "other"))
_BOTH = (_DATABASE, _ENGINE)


def contract() -> Contract:
    """Return the contract of the database collector."""
    return Contract("database", _FAMILIES)


_FAMILIES = (
    gauge(
        "database_up",
        "Whether a connection can be opened and the write probe is answered in time.",
        _BOTH,
    ),
    gauge(
        "database_connect_duration_seconds",
        "How long opening a connection took.",
        _BOTH,
        event=True,
    ),
    gauge(
        "database_query_duration_seconds",
        "How long a small read took; absent while reads are blocked.",
        _BOTH,
        event=True,
    ),
    gauge(
        "database_write_blocked",
        "Whether writes wait for a lock longer than the lock timeout; absent while down.",
        _BOTH,
    ),
    gauge(
        "database_lock_wait_seconds",
        "SQLite: how long the probe waited for the write lock; servers: the longest wait for a "
        "lock at this moment.",
        _BOTH,
    ),
    gauge("database_size_bytes", "Space that the database takes.", _BOTH, event=True),
    gauge(
        "database_connections",
        "Open connections of a server by state, the exporter's own left out.",
        [*_BOTH, _STATE],
        event=True,
    ),
    gauge("database_connections_limit", "Most connections a server accepts.", _BOTH, event=True),
)
