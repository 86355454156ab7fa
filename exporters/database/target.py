"""Where a database is: its URL, checked."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sothat.exporters.database.engines import DIALECTS
from sothat.exporters.database.engines.dialect import Dialect, Limits
from sothat.exporters.database.engines.sqlite import unreadable
from sothat.exporters.guard import cut_after
from sothat.exporters.source import Context, Deadline, Settings
from sothat.model.problem import Unusable
from sothat.runtime.secrets import SECRET_SCHEMA
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

# A URL as text, or, as it mostly holds a password, where to find it.
URL_SCHEMA = {"anyOf": [{"type": "string", "minLength": 1}, SECRET_SCHEMA]}
# Of a poll's time, what the database may use; the rest is for saying that it was not enough.
_SHARE = 0.8
_PASSWORDS = {"password", "passwd", "sslpassword"}
_KNOWN = "sqlite:///FILE, postgresql://HOST/NAME or mysql://HOST/NAME"


@dataclass(frozen=True, slots=True)
class Target:
    """A database that could be connected to."""

    dialect: Dialect
    url: URL

    @contextmanager
    def connect(self, limits: Limits) -> Iterator[Connection]:
        """Give a harmless connection of its own, and cut it when the statement limit is up.

        Raises:
            SQLAlchemyError: The database is down, or has not answered in time.
        """
        begun = time.perf_counter()
        with self.engine(limits).connect() as connection:
            raw = connection.connection.driver_connection
            left = limits.statement - (time.perf_counter() - begun)
            with cut_after(max(0.0, left), lambda: self.dialect.cut(raw)):
                self.dialect.settle(connection)
                yield connection

    def engine(self, limits: Limits) -> Engine:
        """Return an engine without a pool: each connection is opened when wanted, then closed."""
        return create_engine(
            self.dialect.driver(self.url),
            connect_args=dict(self.dialect.options(self.url, limits)),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )


def open_target(settings: Settings, context: Context) -> Target:
    """Return the database that the setting ``url`` names.

    Raises:
        Unusable: The URL is none, shows a password, names a file that is no readable database, or
            its driver is not installed.
    """
    url = _url(settings, context)
    dialect = DIALECTS.get(url.get_backend_name())
    if dialect is None:
        message = f"no support for {url.get_backend_name()} databases"
        raise settings.unusable("unknown-database", message, "url", hint=f"write {_KNOWN}")
    if dialect.name == "sqlite":
        url = _existing_file(url, settings, context)
    target = Target(dialect, url)
    _check_driver(target, settings)
    return target


def limits_of(deadline: Deadline, lock_timeout: float) -> Limits:
    """Return the limits that let a poll say by its deadline that it was cut short."""
    statement = deadline.remaining() * _SHARE
    return Limits(min(lock_timeout, statement / 2), statement)


def _url(settings: Settings, context: Context) -> URL:
    written = settings.values["url"]
    secret = not isinstance(written, str)
    text = settings.secret("url", context).reveal() if secret else written
    try:
        url = make_url(text)
    except ArgumentError:
        message = "'url' is not a database URL"
        raise settings.unusable("bad-url", message, "url", hint=f"write {_KNOWN}") from None
    shows_password = url.password is not None or _PASSWORDS & url.query.keys()
    if shows_password and not secret:
        hint = "write the whole URL to a file or variable: url: {file: PATH} or {env: NAME}"
        refused = settings.unusable("secret-in-text", "'url' shows a password", "url", hint=hint)
        # Without the line: that would show it once more, on screens and to who asks for a reload.
        raise Unusable([replace(problem, source="") for problem in refused.problems])
    return url


def _existing_file(url: URL, settings: Settings, context: Context) -> URL:
    if not url.database or url.database == ":memory:":
        message = "'url' names no file"
        raise settings.unusable("bad-url", message, "url", hint="write sqlite:///FILE")
    path = (context.folder / Path(url.database)).absolute()
    reason = unreadable(path)
    if reason:
        message = f"unreadable database {url.database}: {reason}"
        raise settings.unusable("unreadable-database", message, "url")
    return url.set(database=str(path))


def _check_driver(target: Target, settings: Settings) -> None:
    try:
        target.engine(Limits(1, 1)).dispose()
    except (ImportError, NoSuchModuleError) as error:
        message = f"the driver for {target.dialect.name} is not installed: {error}"
        hint = f"pip install 'sothat[{target.dialect.name}]'"
        raise settings.unusable("missing-driver", message, "url", hint=hint) from error
