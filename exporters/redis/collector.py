"""The Redis collector: many servers, one bounded connection each that only asks."""

from collections.abc import Callable

from sothat.exporters.client_tls import client_tls
from sothat.exporters.redis.contract import PARTS, contract
from sothat.exporters.redis.part import PREFIX
from sothat.exporters.redis.session import PORT, Session
from sothat.exporters.servers import Kind, ServersCollector, statement_seconds
from sothat.exporters.source import Context, Settings
from sothat.exporters.watch import Link


def links(settings: Settings, context: Context) -> Callable[[str], Link[Session]]:
    """Return what makes the way to a server.

    Raises:
        Unusable: A secret or file is missing, or the client is not installed.
    """
    try:
        from sothat.exporters.redis.link import Access, RedisLink  # noqa: PLC0415 – an extra
    except ImportError as error:
        message = f"the client for Redis is not installed: {error}"
        hint = "pip install 'sothat[redis]'"
        raise settings.unusable("missing-driver", message, "type", hint=hint) from error
    access = Access(
        settings.values.get("user", ""),
        settings.secret("password", context) if "password" in settings.values else None,
        client_tls(settings, context),
        statement_seconds(settings),
    )
    return lambda address: RedisLink(address, access, context.clock)


KIND = Kind(PREFIX, contract, PARTS, PORT, (), links)
COLLECTOR = ServersCollector(KIND)
