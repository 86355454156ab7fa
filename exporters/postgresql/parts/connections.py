"""Connections by state, what they wait for, and how many there may be."""

from sothat.exporters.declare import gauge
from sothat.exporters.postgresql.part import SERVER, Reading, plain
from sothat.model.metric import Label

STATES = (
    "active",
    "idle",
    "idle in transaction",
    "idle in transaction (aborted)",
    "fastpath function call",
    "disabled",
    "hidden",
)
_WAITS = ("BufferPin", "Client", "Extension", "IO", "IPC", "Lock", "LWLock", "Timeout")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"('{name}')" for name in names)


# A role that may not see others' sessions counts them all the same: they have no state for it.
_BY_STATE = f"""
SELECT s.state, count(a.pid)
FROM (VALUES {_listed(STATES)}) AS s(state)
LEFT JOIN pg_stat_activity a ON coalesce(a.state, 'hidden') = s.state
     AND (a.backend_type = 'client backend' OR a.backend_type IS NULL AND a.datid IS NOT NULL)
     AND a.pid <> pg_backend_pid()
GROUP BY 1
"""  # noqa: S608 – of our own words
_WAITING = f"""
SELECT w.wait, count(a.pid)
FROM (VALUES {_listed(_WAITS)}) AS w(wait)
LEFT JOIN pg_stat_activity a ON a.wait_event_type = w.wait AND a.state = 'active'
GROUP BY 1
"""  # noqa: S608 – of our own words
_LIMITS = """
SELECT current_setting('max_connections'),
       current_setting('superuser_reserved_connections')::int
       + coalesce(current_setting('reserved_connections', true)::int, 0)
"""

PART = plain(
    "connections",
    (
        gauge(
            "postgresql_connections",
            "Clients' connections by state, our own left out; hidden: our role may not see it.",
            [SERVER, Label("state", "What the connection is doing", STATES)],
        ),
        gauge(
            "postgresql_connections_waiting",
            "Active connections that wait at this moment, by what for.",
            [SERVER, Label("wait", "Type of the wait event", _WAITS)],
        ),
        gauge("postgresql_connections_limit", "Connections that the server accepts.", [SERVER]),
        gauge(
            "postgresql_connections_reserved",
            "Of these, those kept for superusers and privileged roles.",
            [SERVER],
        ),
    ),
    Reading(("postgresql_connections",), _BY_STATE, ("state",)),
    Reading(("postgresql_connections_limit", "postgresql_connections_reserved"), _LIMITS),
    Reading(("postgresql_connections_waiting",), _WAITING, ("wait",), monitor=True),
)
