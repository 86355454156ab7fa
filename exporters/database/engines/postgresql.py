"""PostgreSQL through psycopg 3."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sothat.exporters.database.engines.dialect import Limits, LockState
from sqlalchemy import Connection
from sqlalchemy.engine import URL

# libpq's least connect timeout, in whole seconds.
_MIN_CONNECT = 2
# pg_locks is open to every role, unlike other sessions' rows in pg_stat_activity.
_LONGEST_WAIT = """
SELECT coalesce(extract(epoch FROM max(clock_timestamp() - waitstart)), 0)
FROM pg_locks
WHERE NOT granted
  AND coalesce(database, 0) IN
      (SELECT oid FROM pg_database WHERE datname = current_database() UNION SELECT 0)
"""
# A role that may not see others' sessions still counts them: they have no state for it.
_CONNECTIONS = """
SELECT CASE WHEN state = 'active' THEN 'active' WHEN state = 'idle' THEN 'idle' ELSE 'other' END,
       count(*)
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
GROUP BY 1
"""


class Postgresql:
    """Locks are rows' and tables', so the probe looks at who waits for one, and takes none."""

    name = "postgresql"

    def driver(self, url: URL) -> URL:
        """Return the URL for psycopg 3."""
        return url.set(drivername="postgresql+psycopg")

    def options(self, url: URL, limits: Limits) -> Mapping[str, Any]:  # noqa: ARG002 – the protocol's
        """Return libpq's settings: read-only, timeouts on the server's side as well."""
        milliseconds = {
            "statement_timeout": limits.statement,
            "lock_timeout": limits.lock,
            "idle_in_transaction_session_timeout": limits.statement,
        }
        timeouts = " ".join(f"-c {name}={round(s * 1000)}" for name, s in milliseconds.items())
        return {
            "connect_timeout": max(_MIN_CONNECT, int(limits.statement)),
            "options": f"-c default_transaction_read_only=on {timeouts}",
            "application_name": "sothat",
        }

    def settle(self, connection: Connection) -> None:
        """Do nothing: the connection was opened read-only."""

    def locks(self, connection: Connection, limits: Limits) -> LockState:
        """Return how long the session that waits longest has been waiting for a lock."""
        waited = float(connection.exec_driver_sql(_LONGEST_WAIT).scalar_one())
        return LockState(waited > limits.lock, waited)

    def read(self, connection: Connection) -> bool:
        """Read from the catalogue."""
        connection.exec_driver_sql("SELECT count(*) FROM pg_class").scalar_one()
        return True

    def size(self, connection: Connection) -> int | None:
        """Return the size of the connected database."""
        query = "SELECT pg_database_size(current_database())"
        return int(connection.exec_driver_sql(query).scalar_one())

    def connections(self, connection: Connection) -> Mapping[str, int]:
        """Return the database's connections by state."""
        rows = connection.exec_driver_sql(_CONNECTIONS)
        return {"active": 0, "idle": 0, "other": 0} | {state: int(n) for state, n in rows}

    def connections_limit(self, connection: Connection) -> int | None:
        """Return ``max_connections``."""
        return int(connection.exec_driver_sql("SHOW max_connections").scalar_one())

    def cut(self, connection: Any) -> None:
        """Shut the socket down: a stopped server would keep the client waiting for ever."""
        with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
