"""Looking after a store from outside: backup, restore, and a person's right to be forgotten."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sothat.incidents.incident import SERVICE
from sothat.incidents.store.archive import read_archive, write_archive
from sothat.incidents.store.engines import (
    forget,
    is_shared,
    place,
    presence,
    reader_engine,
    writer_engine,
)
from sothat.incidents.store.erasing import replace_names
from sothat.incidents.store.migrate import check_store, migrate
from sothat.incidents.store.sealing import Mark, append, head, resealed
from sothat.incidents.store.verifying import Verdict, verify
from sothat.model.problem import Position, unusable
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

ERASED = "erased person"
# What is shorter stands in too much that is nobody's name.
_LETTERS = 2


def backup(url: str, path: Path) -> Mapping[str, int]:
    """Write a store into a new file, while it is in use or not; return the rows by table.

    Raises:
        Unusable: The store cannot be read, or the file is there already or cannot be written.
    """
    check_store(url)
    engine = reader_engine(url)
    partial = path.with_name(path.name + ".part")
    try:
        with _explained(url), _moment(engine, url) as connection:
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as stream:
                counts = write_archive(connection, stream)
                stream.flush()
                os.fsync(stream.fileno())
        os.link(partial, path)
    except OSError as error:
        code = "file-exists" if isinstance(error, FileExistsError) else "unwritable-output"
        message = f"cannot write the backup: {error.strerror}"
        raise unusable(code, message, position=Position(str(path))) from error
    finally:
        partial.unlink(missing_ok=True)
        engine.dispose()
    return counts


def restore(url: str, path: Path) -> Mapping[str, int]:
    """Fill a new or empty store from a backup; all of it or nothing.

    Raises:
        Unusable: The backup or the store cannot be used.
    """
    with _writing(url) as engine, engine.begin() as connection:
        return read_archive(connection, path)


def erase(url: str, person: Sequence[str], by: str, clock: Callable[[], int]) -> Mapping[str, int]:
    """Put what names a person out of a store, and say in the audit log that it was done.

    Args:
        url: The store.
        person: Names, addresses, numbers, as people write them.
        by: Who does it.
        clock: Nanoseconds since 1970.

    Raises:
        Unusable: What is to be erased is no name, the store cannot be used, or a service that
            takes one process only has it open.
    """
    for one in person:
        if sum(map(str.isalnum, one)) < _LETTERS:
            raise unusable("bad-value", f"{one!r} has less than two letters or digits")
    with _writing(url) as engine:
        migrate(engine, url)
        with engine.begin() as connection:
            was = head(connection)
            with resealed(connection):
                changed = replace_names(connection, person, ERASED)
            append(connection, _audited(by, changed, was, clock()))
        forget(engine)
    return changed


def verify_audit(url: str, known: Sequence[Mark] = ()) -> Verdict:
    """Return whether a store's audit log is as it was written.

    Raises:
        Unusable: The store cannot be read.
    """
    check_store(url)
    engine = reader_engine(url)
    try:
        with _explained(url), _moment(engine, url) as connection:
            return verify(connection, known)
    finally:
        engine.dispose()


def _audited(by: str, changed: Mapping[str, int], was: Mark, now: int) -> dict[str, object]:
    """Return the entry that says so: marks of the log that were noted before fit no longer."""
    return {
        "at": now,
        "caller": by or SERVICE,
        "role": "admin",
        "action": "erase",
        "outcome": "done",
        "detail": {"rows": dict(changed), "head_before": str(was)},
        "request_digest": "",
    }


@contextmanager
def _writing(url: str) -> Iterator[Engine]:
    present, engine = presence(url), writer_engine(url)
    try:
        present.settle()
        with _explained(url):
            yield engine
    finally:
        engine.dispose()
        present.release()


@contextmanager
def _moment(engine: Engine, url: str) -> Iterator[Connection]:
    """Give a connection to which everything is of one moment."""
    with engine.connect() as connection:
        if is_shared(url):
            connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection
        else:
            connection.exec_driver_sql("BEGIN")
            yield connection


@contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        message = f"cannot use the incident store: {error.orig}"
        raise unusable("store-unusable", message, position=Position(place(url))) from error
