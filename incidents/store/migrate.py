"""Bringing a store to this version's schema: forward only, at start."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sothat.incidents.store.engines import database_file
from sothat.model.problem import Position, unusable
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(engine: Engine, url: str) -> None:
    """Create or upgrade the schema.

    Raises:
        Unusable: The store cannot be opened or written, or a newer version wrote it.
    """
    position = Position(str(database_file(url)))
    try:
        with engine.begin() as connection:
            command.upgrade(configuration(connection), "head")
    except DBAPIError as error:
        message = f"cannot open the incident store: {error.orig}"
        raise unusable("store-unusable", message, position=position) from error
    except CommandError as error:
        message = f"the incident store has a schema that this version does not know: {error}"
        hint = "a newer sothat wrote it: use that version, or another store"
        raise unusable("store-newer", message, position=position, hint=hint) from error


def configuration(connection: Connection) -> Config:
    """Return Alembic's configuration for a connection."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
