"""The driver's own connection, past SQLAlchemy's layers; its errors still become SQLAlchemy's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


@contextmanager
def driver_of(connection: Connection) -> Iterator[Any]:
    """Give the driver's connection of a transaction that is under way.

    Raises:
        DBAPIError: A statement failed; a connection that was lost is not used again.
    """
    driver = connection.connection.driver_connection
    dialect = connection.dialect
    module: Any = dialect.dbapi
    try:
        yield driver
    except module.Error as error:
        lost = bool(dialect.is_disconnect(error, driver, None)) or is_read_only(error)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, module.Error, connection_invalidated=lost, dialect=dialect
        ) from error


def is_read_only(error: BaseException | None) -> bool:
    """Return whether a server can only be read: after a fail-over another one is sought."""
    return getattr(error, "sqlstate", None) == "25006"
