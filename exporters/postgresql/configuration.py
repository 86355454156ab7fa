"""What collector and probe are told alike: how to sign in, what to read, how patient to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sothat.exporters.extra import extra
from sothat.exporters.postgresql.address import Access, parse_address
from sothat.exporters.postgresql.contract import PARTS
from sothat.exporters.postgresql.part import Part
from sothat.exporters.postgresql.server import Connect, Patience, Server
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.source import Context, Settings
from sothat.model.duration import parse_duration
from sothat.runtime.secrets import SECRET_SCHEMA

_TEXT = {"type": "string", "minLength": 1}
_TLS = ("sslrootcert", "sslcert", "sslkey")
_SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]

SCHEMA: Mapping[str, Any] = {
    "user": {**_TEXT, "default": "sothat"},
    "password": SECRET_SCHEMA,
    "database": {**_TEXT, "default": "postgres"},
    "sslmode": {"enum": _SSL_MODES, "default": "prefer"},
    **dict.fromkeys(_TLS, _TEXT),
    "without": {
        "type": "array",
        "items": {"enum": [part.name for part in PARTS]},
        "uniqueItems": True,
        "description": "Parts that are left out.",
    },
    "top": {"type": "integer", "minimum": 1, "maximum": 200, "default": 20},
    "connect_timeout": {**DURATION_SCHEMA, "default": "3s"},
    "statement_timeout": {**DURATION_SCHEMA, "default": "2s"},
    "lock_timeout": {**DURATION_SCHEMA, "default": "250ms"},
    "details_interval": {**DURATION_SCHEMA, "default": "1m"},
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """The same for all servers of a collector or module."""

    access: Access
    parts: Sequence[Part]
    seats: int
    patience: Patience
    connect: Connect

    def server(self, name: str, written: str) -> Server | None:
        """Return a server by its address as it is written; None for what is no address."""
        address = parse_address(written)
        if address is None:
            return None
        return Server(
            name, address, self.access, self.parts, self.seats, self.patience, self.connect
        )


def configuration(settings: Settings, context: Context) -> Configuration:
    """Return what the settings say.

    Raises:
        Unusable: The driver is not installed, or a secret or file cannot be read.
    """
    values = {name: said["default"] for name, said in SCHEMA.items() if "default" in said}
    values |= settings.values
    without = values.get("without", ())
    seconds = {
        name: parse_duration(values[name]) for name, said in SCHEMA.items() if "pattern" in said
    }
    access = Access(
        values["user"],
        values["database"],
        settings.secret("password", context) if "password" in values else None,
        _tls(settings, context, values["sslmode"]),
        seconds["statement_timeout"],
        seconds["lock_timeout"],
    )
    patience = Patience(seconds["connect_timeout"], seconds["details_interval"])
    parts = [part for part in PARTS if part.name not in without]
    return Configuration(access, parts, values["top"], patience, _driver(settings))


def _tls(settings: Settings, context: Context, mode: str) -> tuple[tuple[str, str], ...]:
    files = [(n, str(settings.file(n, context).absolute())) for n in _TLS if n in settings.values]
    return (("sslmode", mode), *files)


def _driver(settings: Settings) -> Connect:
    with extra(settings, "postgresql"):
        from sothat.exporters.postgresql.line import connect  # noqa: PLC0415 – 20 MB
    return connect
