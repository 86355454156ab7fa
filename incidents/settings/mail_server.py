"""One mail server for whatever is sent by e-mail: what the command line gives instead."""

from collections.abc import Callable, Mapping
from typing import Any

from sothat.incidents.notification import Channel, Notifier
from sothat.runtime.secrets import Secret
from sothat.runtime.serving import Address, parse_address

TYPE = "email"


class ByServer:
    """Type ``email`` by one mail server, whatever settings say: without TLS, without a log-in.

    Args:
        inner: The type itself.
        address: Of the server.
    """

    def __init__(self, inner: Notifier, address: Address) -> None:
        self._inner = inner
        self._address = address
        self.schema = inner.schema
        self.required = inner.required

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Channel:
        """Return the channel."""
        left = {name: settings[name] for name in ("from", "to", "timeout") if name in settings}
        where = {"server": self._address.host, "port": self._address.port, "tls": "none"}
        return self._inner.open({**left, **where}, secret)


def by_server(known: Mapping[str, Notifier], address: str | None) -> Mapping[str, Notifier]:
    """Return types of channels, e-mail by the server at an address if there is one.

    Raises:
        Unusable: The address is none.
    """
    if address is None:
        return known
    return {**known, TYPE: ByServer(known[TYPE], parse_address(address))}
