"""The Redis collector: many servers, one bounded connection each that only asks."""

from collections.abc import Callable

from sothat.exporters.access import access_of
from sothat.exporters.extra import extra
from sothat.exporters.redis.contract import PARTS, contract
from sothat.exporters.redis.part import PREFIX
from sothat.exporters.redis.session import PORT, Session
from sothat.exporters.servers import Kind, ServersCollector
from sothat.exporters.source import Context, Settings
from sothat.exporters.watch import Link


def links(settings: Settings, context: Context) -> Callable[[str], Link[Session]]:
    """Return what makes the way to a server.

    Raises:
        Unusable: A secret or file is missing, or the client is not installed.
    """
    with extra(settings, "redis"):
        from sothat.exporters.redis.link import RedisLink  # noqa: PLC0415 – an extra
    access = access_of(settings, context)
    return lambda address: RedisLink(address, access, context.clock)


KIND = Kind(PREFIX, contract, PARTS, PORT, (), links)
COLLECTOR = ServersCollector(KIND)
