"""PostgreSQL: any number of processes; their write transactions happen one after the other.

One advisory lock, taken first in each write transaction, makes them take turns: there is no
deadlock, no lost update and no double from a race. Readers never wait for it.
"""

import logging
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sothat.incidents.store.pipelined import let_wait
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import QueuePool, StaticPool

_LOG = logging.getLogger(__name__)
_READERS = 8
# "sothat", so that another user of advisory locks in the same database is an unlikely neighbour.
LOCK_KEY = int.from_bytes(b"sothat", "big")
_TURN = f"SELECT pg_advisory_xact_lock({LOCK_KEY})"
# What a URL may override: a dead server is noticed in seconds, not in the system's hours.
_DEFAULTS: Mapping[str, Any] = {
    "application_name": "sothat-incidents",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    # After a fail-over the one that can be written is wanted, of several that are named.
    "target_session_attrs": "read-write",
}
_WRITER = (
    # Waiting for the turn; a process that hangs in its own turn loses it.
    "SET lock_timeout = '2s'",
    "SET idle_in_transaction_session_timeout = '10s'",
    "SET statement_timeout = '60s'",
    # Planning takes longer than most of these statements; see `_Opening`.
    "SET plan_cache_mode = 'force_generic_plan'",
    "SET jit = off",
    # It touches a few rows by their keys, whatever a plan for all of them would gain.
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
)
# A plan is made for tables as they are then: those of a new store are empty, and read whole.
_PLAN_ROWS, _PLAN_SECONDS = 250, 60.0
_READER = (
    "SET default_transaction_read_only = on",
    "SET statement_timeout = '30s'",
    # A connection that is opened for one small query is quicker without it.
    "SET jit = off",
)


def writer_engine(url: str) -> Engine:
    """Return the engine of the one connection of this process that writes.

    A commit is on the server's disk before it returns, even where the server's own default has it
    otherwise. A connection that was lost is opened anew with the next transaction.
    """
    engine = _engine(url, _WRITER, _check_durability, poolclass=StaticPool)
    let_wait(engine, _Opening(monotonic))
    return engine


class _Opening:
    """With what each write transaction begins: its turn, and now and then new plans.

    Plans are made anew after so many rows, then after twice as many, and so on: each plan has then
    seen half of what it is used on. After a while it begins again with few rows, for what was
    large may be empty by then.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun = clock()
        self._rows, self._enough = 0, _PLAN_ROWS

    def statements(self) -> tuple[str, ...]:
        """Return the statements."""
        if self._rows < _PLAN_ROWS:
            return (_TURN,)
        if self._clock() >= self._begun + _PLAN_SECONDS:
            self._begun, self._enough = self._clock(), _PLAN_ROWS
        elif self._rows < self._enough:
            return (_TURN,)
        self._rows, self._enough = 0, 2 * self._enough
        return "DISCARD PLANS", _TURN

    def wrote(self, rows: int) -> None:
        """Count rows."""
        self._rows += rows


def reader_engine(url: str) -> Engine:
    """Return the engine of the connections that read; each sees the last commit."""
    return _engine(
        url,
        _READER,
        poolclass=QueuePool,
        pool_size=_READERS,
        max_overflow=32,
        pool_pre_ping=True,
        isolation_level="AUTOCOMMIT",
    )


def _engine(
    url: str,
    statements: tuple[str, ...],
    then: Callable[[psycopg.Connection[Any]], None] = lambda _: None,
    **how: Any,
) -> Engine:
    def connect() -> psycopg.Connection[Any]:
        connection = _connect(url)
        for statement in statements:
            connection.execute(statement)
        then(connection)
        connection.autocommit = False
        return connection

    return create_engine("postgresql+psycopg://", creator=connect, **how)


def _check_durability(connection: psycopg.Connection[Any]) -> None:
    # `off` would answer 2xx before anything is on a disk; the stronger settings stay as they are.
    if _setting(connection, "synchronous_commit") == "off":
        connection.execute("SET synchronous_commit = on")
    for name in ("fsync", "full_page_writes"):
        if _setting(connection, name) == "off":
            _LOG.warning(
                "the PostgreSQL server may lose commits in a power cut", extra={"setting": name}
            )


def _setting(connection: psycopg.Connection[Any], name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    return str(row[0]) if row else ""


def shown(url: str) -> str:
    """Return where a URL leads, without user and password."""
    parts = conninfo_to_dict(url)
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"postgresql://{parts.get('host', '')}{port}/{parts.get('dbname', '')}"


class Presence:
    """Known to the other processes of a store while it is open, and knows whether there are any.

    Attributes:
        alone: Whether no other process had the store open when this one came: what is claimed in
            it was claimed by somebody who has died.
    """

    def __init__(self, url: str) -> None:
        self._connection = _connect(url)
        row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY + 1]).fetchone()
        self.alone = bool(row and row[0])

    def settle(self) -> None:
        """Let others come; until then they wait at the door."""
        self._connection.execute("SELECT pg_advisory_lock_shared(%s)", [LOCK_KEY + 1])
        if self.alone:
            self._connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY + 1])

    def release(self) -> None:
        """Be gone."""
        self._connection.close()


def _connect(url: str) -> psycopg.Connection[Any]:
    conninfo = make_conninfo(**{**_DEFAULTS, **conninfo_to_dict(url)})
    return psycopg.connect(conninfo, autocommit=True)
