"""Where a server is, and how to sign in there."""

import os
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from sothat.runtime.secrets import Secret

# Nothing but host, port and database: further parameters of libpq name files and programs.
_ADDRESS = re.compile(
    r"(?:postgres(?:ql)?://)?(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s:/@?#\[\]'\\]+)"
    r"(?::(?P<port>[0-9]{1,5}))?(?:/(?P<database>[^\s/@?#]+)?)?"
)
# Below what is no folder there is no file.
_NO_FILE = f"{os.devnull}/none"
_PORT = 5432
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Address:
    """A database of a server."""

    host: str
    port: int
    database: str


@dataclass(frozen=True, slots=True)
class Access:
    """What a connection is opened with, whatever the server.

    Attributes:
        database: Used where an address names none.
        tls: Further settings of libpq, for TLS.
        statement: Seconds that one statement may take; ``lock``: wait for one lock.
    """

    user: str
    database: str = "postgres"
    password: Secret | None = field(default=None, repr=False)
    tls: tuple[tuple[str, str], ...] = ()
    statement: float = 2.0
    lock: float = 0.25

    def parameters(self, address: Address) -> dict[str, str]:
        """Return libpq's settings: read-only, and with limits on the server's side as well."""
        milliseconds = {
            "statement_timeout": self.statement,
            "lock_timeout": self.lock,
            "idle_in_transaction_session_timeout": self.statement,
        }
        limits = " ".join(f"-c {name}={round(s * 1000)}" for name, s in milliseconds.items())
        found = {
            "host": address.host,
            "port": str(address.port),
            "dbname": address.database or self.database,
            "user": self.user,
            "application_name": "sothat",
            "client_encoding": "UTF8",
            "gssencmode": "disable",  # asking for Kerberos may take long
            "passfile": _NO_FILE,  # no password that the configuration does not know of
            # Names in public schemas must not stand in for the catalogue's.
            "options": "-c default_transaction_read_only=on -c search_path=pg_catalog "
            f"-c jit=off {limits}",
        }
        if self.password:
            found["password"] = self.password.reveal()
        return {**found, **dict(self.tls)}


def parse_address(text: str) -> Address | None:
    """Return what ``HOST[:PORT][/DATABASE]`` says, or None.

    The folder of a socket is percent-encoded, as in libpq's own addresses.
    """
    found = _ADDRESS.fullmatch(text)
    if not found:
        return None
    port = int(found["port"] or _PORT)
    host, database = unquote(found["host"].strip("[]")), unquote(found["database"] or "")
    if not 0 < port <= _LAST_PORT or "\0" in host + database:
        return None
    return Address(host, port, database)
