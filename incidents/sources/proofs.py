"""The ways in which a sender of alerts proves who it is. Pure."""

import base64
import binascii
import hashlib
import hmac

from sothat.incidents.sources.source import Call, Proof
from sothat.incidents.times import SECOND
from sothat.runtime.secrets import Secret


def bearer(token: Secret) -> Proof:
    """Return the proof by ``Authorization: Bearer``."""
    wanted = token.reveal().encode()

    def holds(call: Call) -> bool:
        scheme, given = _authorization(call)
        return hmac.compare_digest(given, wanted) and scheme == b"bearer"

    return holds


def basic(user: str, password: Secret) -> Proof:
    """Return the proof by user name and password."""
    wanted = f"{user}:{password.reveal()}".encode()

    def holds(call: Call) -> bool:
        scheme, given = _authorization(call)
        try:
            pair = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(pair, wanted) and scheme == b"basic"

    return holds


def certificate(names: tuple[str, ...]) -> Proof:
    """Return the proof by a client certificate with one of some names."""
    return lambda call: any(name in call.names for name in names)


def signature(secret: Secret, header: str, time_header: str, tolerance: float) -> Proof:
    """Return the proof by an HMAC-SHA256 over time and body, as Grafana signs.

    Args:
        secret: The key.
        header: Where the signature is, in hexadecimal.
        time_header: Where the time is in seconds since 1970; empty: the body alone is signed.
        tolerance: By how many seconds that time may be off: what was overheard does not last.
    """
    key, where, when = secret.reveal().encode(), header.lower().encode(), time_header.lower()

    def holds(call: Call) -> bool:
        signed = call.body
        if when:
            stamp = call.headers.get(when.encode(), b"")
            if not _is_recent(stamp, call.now, tolerance):
                return False
            signed = stamp + b":" + signed
        wanted = hmac.new(key, signed, hashlib.sha256).hexdigest().encode()
        return hmac.compare_digest(call.headers.get(where, b"").lower(), wanted)

    return holds


def _is_recent(stamp: bytes, now: int, tolerance: float) -> bool:
    plain = stamp.isdigit() and len(stamp) <= len("253402300799")
    return plain and abs(int(stamp) - now / SECOND) <= tolerance


def _authorization(call: Call) -> tuple[bytes, bytes]:
    scheme, _, given = call.headers.get(b"authorization", b"").partition(b" ")
    return scheme.lower(), given.strip()
