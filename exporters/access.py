"""With what a server is signed in to, whichever it is."""

import ssl
from dataclasses import dataclass, field

from sothat.exporters.client_tls import client_tls
from sothat.exporters.source import Context, Settings
from sothat.model.duration import parse_duration
from sothat.runtime.secrets import Secret

# How long one statement may take, unless told otherwise.
STATEMENT = "2s"
_LEAST_STATEMENT = 0.1


@dataclass(frozen=True, slots=True)
class Access:
    """What a connection is opened with.

    Attributes:
        user: Empty: the server's default user, where it has one.
        tls: None: as the client does it when it is told nothing.
        statement: Seconds that one statement or command may take.
    """

    user: str = ""
    password: Secret | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None
    statement: float = 2.0


def access_of(settings: Settings, context: Context) -> Access:
    """Return what an entry's settings say.

    Raises:
        Unusable: A secret or file is missing.
    """
    values = settings.values
    return Access(
        values.get("user", ""),
        settings.secret("password", context) if "password" in values else None,
        client_tls(settings, context),
        max(_LEAST_STATEMENT, parse_duration(values.get("statement_timeout", STATEMENT))),
    )
