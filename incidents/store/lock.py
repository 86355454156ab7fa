"""One process a store: SQLite has one writer, and a second service would send pages twice."""

import fcntl
import os
from pathlib import Path

from sothat.model.problem import Position, unusable


class StoreLock:
    """Held from its construction until it is released, or until the process ends however it does.

    Attributes:
        alone: No other process has the store open.

    Raises:
        Unusable: Another process holds it, or its file cannot be written.
    """

    alone = True

    def settle(self) -> None:
        """Let others come: here they never can."""

    def __init__(self, database: Path) -> None:
        position = Position(str(database))
        try:
            database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = database.with_name(database.name + ".lock")
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            message = f"cannot create the store's lock: {error.strerror or error}"
            raise unusable("store-unusable", message, position=position) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            message = "another process serves this incident store"
            hint = "stop it, or give this one another store"
            raise unusable("store-in-use", message, position=position, hint=hint) from error

    def release(self) -> None:
        """Let another process have the store."""
        os.close(self._file)
