"""The database collector: one short connection a poll, bounded in every way."""

import logging
import time
from collections.abc import Iterator, Mapping
from typing import Any

from sothat.exporters.database.contract import contract
from sothat.exporters.database.engines.dialect import Limits
from sothat.exporters.database.target import URL_SCHEMA, Target, limits_of, open_target
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.source import Context, Deadline, PollFailed, Sample, Settings, Source
from sothat.model.duration import parse_duration
from sothat.model.metric import Contract
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

DEFAULT_LOCK_TIMEOUT = "500ms"


class DatabaseCollector:
    """Opens one source a database."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of where the database is and how patient the probe is."""
        return {
            "required": ["url"],
            "properties": {
                "url": URL_SCHEMA,
                "lock_timeout": {**DURATION_SCHEMA, "default": DEFAULT_LOCK_TIMEOUT},
            },
        }

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source of one database, which may be down."""
        lock = parse_duration(settings.values.get("lock_timeout", DEFAULT_LOCK_TIMEOUT))
        return DatabaseSource(context.name, open_target(settings, context), lock)


class DatabaseSource:
    """One database."""

    contract: Contract = contract()

    def __init__(self, name: str, target: Target, lock_timeout: float) -> None:
        self._target = target
        self._lock_timeout = lock_timeout
        self._labels = {"database": name, "engine": target.dialect.name}
        self._down = False

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield what a fresh connection tells; a database that is down is ``database_up 0``.

        Raises:
            PollFailed: It is up, but refuses a query; what the others told has been yielded.
        """
        samples: list[Sample] = []
        refused: SQLAlchemyError | None = None
        try:
            limits = limits_of(deadline, self._lock_timeout)
            begun = time.perf_counter()
            with self._target.connect(limits) as connection:
                took = time.perf_counter() - begun
                samples.append(self._sample("connect_duration_seconds", took))
                refused = self._probed(connection, limits, samples)
        except (SQLAlchemyError, OSError) as error:
            self._note(error)
            yield self._sample("up", 0)
            return
        self._note(None)
        yield self._sample("up", 1)
        yield from samples
        if refused:
            raise PollFailed("query", _first_line(refused))

    def close(self) -> None:
        """Do nothing: no connection outlives its poll."""

    def _note(self, error: Exception | None) -> None:
        """Log the first failure and the recovery: ``database_up 0`` cannot say why."""
        if error and not self._down:
            log.warning("the database is down", extra={**self._labels, "why": _first_line(error)})
        elif self._down and not error:
            log.info("the database is up again", extra=self._labels)
        self._down = error is not None

    def _probed(
        self, connection: Connection, limits: Limits, samples: list[Sample]
    ) -> SQLAlchemyError | None:
        try:
            samples.extend(self._probe(connection, limits))  # those before a failure count
        except SQLAlchemyError as error:
            self._target.dialect.read(connection)  # raises when more is wrong than one query
            return error
        return None

    def _probe(self, connection: Connection, limits: Limits) -> Iterator[Sample]:
        dialect = self._target.dialect
        state = dialect.locks(connection, limits)
        yield self._sample("write_blocked", state.blocked)
        yield self._sample("lock_wait_seconds", state.waited)
        begun = time.perf_counter()
        if dialect.read(connection):
            yield self._sample("query_duration_seconds", time.perf_counter() - begun)
        size = dialect.size(connection)
        if size is not None:
            yield self._sample("size_bytes", size)
        yield from self._connections(connection)

    def _connections(self, connection: Connection) -> Iterator[Sample]:
        for state, number in self._target.dialect.connections(connection).items():
            labels = {**self._labels, "state": state}
            yield Sample("database_connections", number, labels)
        most = self._target.dialect.connections_limit(connection)
        if most is not None:
            yield self._sample("connections_limit", most)

    def _sample(self, name: str, value: float) -> Sample:
        return Sample(f"database_{name}", value, self._labels)


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


COLLECTOR = DatabaseCollector()
