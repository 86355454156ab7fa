"""MySQL and MariaDB through PyMySQL."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sothat.exporters.database.engines.dialect import Limits, LockState
from sqlalchemy import Connection
from sqlalchemy.engine import URL

# Rows and tables alike: whoever waits says so in its state. Needs the PROCESS privilege to see
# the sessions of other users.
_LONGEST_WAIT = """
SELECT greatest(
  (SELECT coalesce(max(time), 0) FROM information_schema.processlist
    WHERE state LIKE 'Waiting for %% lock' AND id <> connection_id()),
  (SELECT coalesce(max(timestampdiff(MICROSECOND, trx_wait_started, now(6))), 0) / 1e6
    FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'))
"""
_CONNECTIONS = """
SELECT CASE command WHEN 'Query' THEN 'active' WHEN 'Execute' THEN 'active'
                    WHEN 'Sleep' THEN 'idle' ELSE 'other' END, count(*)
FROM information_schema.processlist
WHERE id <> connection_id() AND command <> 'Daemon'
GROUP BY 1
"""
_SIZE = """
SELECT sum(data_length + index_length) FROM information_schema.tables
WHERE table_schema = database()
"""


class Mysql:
    """Locks are rows' and tables', so the probe looks at who waits for one, and takes none."""

    name = "mysql"

    def driver(self, url: URL) -> URL:
        """Return the URL for PyMySQL."""
        return url.set(drivername="mysql+pymysql")

    def options(self, url: URL, limits: Limits) -> Mapping[str, Any]:  # noqa: ARG002 – the protocol's
        """Return PyMySQL's timeouts."""
        seconds = max(1, int(limits.statement))
        return {
            "connect_timeout": seconds,
            "read_timeout": limits.statement,
            "write_timeout": limits.statement,
            "program_name": "sothat",
        }

    def settle(self, connection: Connection) -> None:
        """Make the session read-only, with lock waits bounded on the server's side."""
        connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        connection.exec_driver_sql("SET SESSION lock_wait_timeout = 1")

    def locks(self, connection: Connection, limits: Limits) -> LockState:
        """Return how long the session that waits longest has been waiting for a lock."""
        waited = float(connection.exec_driver_sql(_LONGEST_WAIT).scalar_one())
        return LockState(waited > limits.lock, waited)

    def read(self, connection: Connection) -> bool:
        """Read from the catalogue."""
        query = "SELECT count(*) FROM information_schema.schemata"
        connection.exec_driver_sql(query).scalar_one()
        return True

    def size(self, connection: Connection) -> int | None:
        """Return the size of the connected database, None when the URL names none."""
        size = connection.exec_driver_sql(_SIZE).scalar_one()
        return None if size is None else int(size)

    def connections(self, connection: Connection) -> Mapping[str, int]:
        """Return the server's connections by state, as far as the user may see them."""
        rows = connection.exec_driver_sql(_CONNECTIONS)
        return {"active": 0, "idle": 0, "other": 0} | {state: int(n) for state, n in rows}

    def connections_limit(self, connection: Connection) -> int | None:
        """Return ``max_connections``."""
        return int(connection.exec_driver_sql("SELECT @@max_connections").scalar_one())

    def cut(self, connection: Any) -> None:
        """Shut the socket down under the client: to close it would not wake who reads from it."""
        with suppress(OSError, AttributeError):
            connection._sock.shutdown(socket.SHUT_RDWR)  # noqa: SLF001 – close() would wait for the server
