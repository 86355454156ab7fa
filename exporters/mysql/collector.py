"""The MySQL and MariaDB collector: many servers, one bounded read-only connection each."""

from collections.abc import Callable

from sothat.exporters.access import access_of
from sothat.exporters.extra import extra
from sothat.exporters.mysql.contract import PARTS, contract
from sothat.exporters.mysql.part import PREFIX
from sothat.exporters.mysql.session import PORT, Session
from sothat.exporters.servers import Kind, ServersCollector
from sothat.exporters.source import Context, Settings
from sothat.exporters.watch import Link


def links(settings: Settings, context: Context) -> Callable[[str], Link[Session]]:
    """Return what makes the way to a server.

    Raises:
        Unusable: A secret or file is missing, or the driver is not installed.
    """
    with extra(settings, "mysql"):
        from sothat.exporters.mysql.link import MysqlLink  # noqa: PLC0415 – an extra
    access = access_of(settings, context)
    return lambda address: MysqlLink(address, access, context.clock)


KIND = Kind(PREFIX, contract, PARTS, PORT, ("user",), links)
COLLECTOR = ServersCollector(KIND)
