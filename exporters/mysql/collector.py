"""The MySQL and MariaDB collector: many servers, one bounded read-only connection each."""

from collections.abc import Callable

from sothat.exporters.client_tls import client_tls
from sothat.exporters.mysql.contract import PARTS, contract
from sothat.exporters.mysql.part import PREFIX
from sothat.exporters.mysql.session import PORT, Session
from sothat.exporters.servers import Kind, ServersCollector, statement_seconds
from sothat.exporters.source import Context, Settings
from sothat.exporters.watch import Link


def links(settings: Settings, context: Context) -> Callable[[str], Link[Session]]:
    """Return what makes the way to a server.

    Raises:
        Unusable: A secret or file is missing, or the driver is not installed.
    """
    try:
        from sothat.exporters.mysql.link import Access, MysqlLink  # noqa: PLC0415 – an extra
    except ImportError as error:
        message = f"the driver for MySQL is not installed: {error}"
        hint = "pip install 'sothat[mysql]'"
        raise settings.unusable("missing-driver", message, "type", hint=hint) from error
    access = Access(
        settings.values["user"],
        settings.secret("password", context) if "password" in settings.values else None,
        client_tls(settings, context),
        statement_seconds(settings),
    )
    return lambda address: MysqlLink(address, access, context.clock)


KIND = Kind(PREFIX, contract, PARTS, PORT, ("user",), links)
COLLECTOR = ServersCollector(KIND)
