"""Bringing a store to this version's schema: forward only, at start.

A revision is called ``0009``, or ``0009-0007`` where it only adds what releases from 0007 on may
ignore: such a release works on the newer schema, so that a rollout can be rolled back.
"""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sothat.incidents.store.engines import is_shared, place, reader_engine
from sothat.model.problem import Position, unusable
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

_LOG = logging.getLogger(__name__)
_MIGRATIONS = Path(__file__).parent / "migrations"
_ADDING = re.compile(r"\d{4}-(\d{4})")


def migrate(engine: Engine, url: str) -> None:
    """Create or upgrade the schema.

    Raises:
        Unusable: The store cannot be opened or written, or a newer version wrote it.
    """
    with _explained(url), engine.begin() as connection:
        config = configuration(connection)
        if _goes_without(connection, ScriptDirectory.from_config(config)):
            _LOG.warning("the store's schema is of a newer release, and fits this one")
        else:
            command.upgrade(config, "head")
    # What the connection has prepared was for the former schema, and goes with it.
    engine.dispose()


def check_store(url: str) -> None:
    """Look at a store without changing it; one that is not there yet is fine.

    Raises:
        Unusable: It cannot be opened, or a newer version wrote it.
    """
    if not is_shared(url) and not os.path.lexists(place(url)):
        return
    engine = reader_engine(url)
    try:
        with _explained(url), engine.connect() as connection:
            scripts = ScriptDirectory.from_config(configuration(connection))
            revision = _current(connection)
            if revision and not _goes_without(connection, scripts):
                scripts.get_revision(revision)
    finally:
        engine.dispose()


def revision_of(engine: Engine) -> str:
    """Return the revision of a store's schema; empty where there is none yet."""
    with engine.connect() as connection:
        return _current(connection)


def _current(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


def _goes_without(connection: Connection, scripts: ScriptDirectory) -> bool:
    """Return whether the schema is newer than this release, which may ignore what is new."""
    current = _current(connection)
    known = {script.revision for script in scripts.walk_revisions()}
    adding = None if current in known else _ADDING.fullmatch(current)
    return adding is not None and adding[1] in {revision[:4] for revision in known}


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Turn what goes wrong with a store into its problem."""
    position = Position(place(url))
    try:
        yield
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
