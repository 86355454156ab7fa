"""The certificates of a server: each of the chain it presents, and of the one that is verified."""

from collections.abc import Mapping, Sequence
from typing import Any

from sothat.exporters.network.dialogue import Turn
from sothat.exporters.network.expressions import Expression
from sothat.exporters.network.line import IP_SCHEMA
from sothat.exporters.network.probes.tcp import TcpProbe
from sothat.exporters.network.tls import TLS_SCHEMA, open_policy
from sothat.exporters.source import Context, Settings

_HTTPS = 443

# What leads to TLS, by protocol.
_STARTTLS: Mapping[str, Sequence[Turn]] = {
    "ftp": (
        Turn(Expression("^220 ")),
        Turn(send=b"AUTH TLS\r\n"),
        Turn(Expression("^234 "), starttls=True),
    ),
    "imap": (
        Turn(Expression(r"^\* OK")),
        Turn(send=b"a STARTTLS\r\n"),
        Turn(Expression("^a OK"), starttls=True),
    ),
    "pop3": (
        Turn(Expression(r"^\+OK")),
        Turn(send=b"STLS\r\n"),
        Turn(Expression(r"^\+OK"), starttls=True),
    ),
    "postgresql": (Turn(send=b"\0\0\0\x08\x04\xd2\x16\x2f", answer=b"S", starttls=True),),
    "smtp": (
        Turn(Expression("^220 ")),
        Turn(send=b"EHLO probe\r\n"),
        Turn(Expression("^250 ")),
        Turn(send=b"STARTTLS\r\n"),
        Turn(Expression("^220 "), starttls=True),
    ),
}


class TlsProber:
    """Opens modules of this type."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of its settings."""
        return {
            "properties": {
                "ip": IP_SCHEMA,
                "starttls": {"enum": sorted(_STARTTLS)},
                "tls": TLS_SCHEMA,
            }
        }

    def open(self, settings: Settings, context: Context) -> TcpProbe:
        """Return the module's probe."""
        values = settings.values
        turns = _STARTTLS.get(values.get("starttls", ""), ())
        policy = open_policy(settings, context)
        return TcpProbe(values.get("ip", "any"), not turns, policy, turns, _HTTPS)


PROBER = TlsProber()
