"""Where a database is: its URL, checked."""

from dataclasses import dataclass
from pathlib import Path

from sothat.exporters.database.engines import DIALECTS
from sothat.exporters.database.engines.dialect import Dialect, Limits
from sothat.exporters.database.engines.sqlite import unreadable
from sothat.exporters.source import Context, Settings
from sothat.runtime.secrets import SECRET_SCHEMA
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

# A URL as text, or, as it mostly holds a password, where to find it.
URL_SCHEMA = {"anyOf": [{"type": "string", "minLength": 1}, SECRET_SCHEMA]}
_KNOWN = "sqlite:///FILE, postgresql://HOST/NAME or mysql://HOST/NAME"


@dataclass(frozen=True, slots=True)
class Target:
    """A database that could be connected to."""

    dialect: Dialect
    url: URL

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


def _url(settings: Settings, context: Context) -> URL:
    written = settings.values["url"]
    secret = not isinstance(written, str)
    text = settings.secret("url", context).reveal() if secret else written
    try:
        url = make_url(text)
    except ArgumentError:
        message = "'url' is not a database URL"
        raise settings.unusable("bad-url", message, "url", hint=f"write {_KNOWN}") from None
    if url.password is not None and not secret:
        hint = "write the whole URL to a file or variable: url: {file: PATH} or {env: NAME}"
        raise settings.unusable("secret-in-text", "'url' shows a password", "url", hint=hint)
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
