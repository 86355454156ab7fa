"""The signature of a call: HMAC-SHA256 over what is asked, by whom, and when."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from sothat.runtime.secrets import Secret


@dataclass(frozen=True, slots=True)
class Credentials:
    """A cloud project's id and secret."""

    access_id: Secret
    access_secret: Secret


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        query: Values by name.
        body: As sent, empty for GET.
    """

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes = b""

    @property
    def address(self) -> str:
        """Return path and query as they are sent: names in order, values escaped."""
        if not self.query:
            return self.path
        pairs = (f"{name}={quote(value, safe=',')}" for name, value in sorted(self.query.items()))
        return f"{self.path}?{'&'.join(pairs)}"

    @property
    def signed_address(self) -> str:
        """Return path and query as they are signed: names in order, values as they are."""
        if not self.query:
            return self.path
        pairs = (f"{name}={value}" for name, value in sorted(self.query.items()))
        return f"{self.path}?{'&'.join(pairs)}"


def headers(
    call: Call, credentials: Credentials, milliseconds: int, nonce: str, token: str = ""
) -> dict[str, str]:
    """Return the headers that make a call valid.

    Args:
        call: What is asked.
        credentials: Who asks.
        milliseconds: When, since the epoch, by the cloud's clock.
        nonce: A text that is not used twice.
        token: The access token; empty for the calls that get one.
    """
    access_id = credentials.access_id.reveal()
    text = f"{access_id}{token}{milliseconds}{nonce}{string_to_sign(call)}"
    found = {
        "client_id": access_id,
        "sign": signature(credentials.access_secret, text),
        "sign_method": "HMAC-SHA256",
        "t": str(milliseconds),
        "nonce": nonce,
    }
    return {**found, "access_token": token} if token else found


def string_to_sign(call: Call) -> str:
    """Return method, digest of the body, signed headers (none) and address, a line each."""
    digest = hashlib.sha256(call.body).hexdigest()
    return f"{call.method}\n{digest}\n\n{call.signed_address}"


def signature(secret: Secret, text: str) -> str:
    """Return the signature of a text."""
    key = secret.reveal().encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest().upper()
