"""Who may call what."""

import base64
import binascii
import hashlib
import hmac
import secrets
from ipaddress import ip_address
from urllib.parse import urlsplit

from sothat.runtime.secrets import Secret
from starlette.requests import Request
from starlette.responses import Response


def _same(given: str, wanted: str) -> bool:
    """Compare in a time that tells nothing about the secret."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def given_token(request: Request) -> str:
    """Return the token that a request carries, as bearer or as password of basic authentication."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else _password(request)


def is_foreign(request: Request, own: str) -> bool:
    """Return whether a browser says that a page of another site has made it send a request.

    Args:
        request: What a form has sent.
        own: The name that people use, from ``external_url``.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("origin")
    return origin is not None and _host(origin) not in (host_of(request), own)


def goes_by(name: str, own: str) -> bool:
    """Return whether a service without a token answers under a host name.

    A foreign page could point a name of its own at loopback and so read and command what is here;
    it cannot do so with an address, nor with ``localhost``.

    Args:
        name: The request's host, without a port.
        own: The name that people use, from ``external_url``.
    """
    if name in ("localhost", own):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def host_of(request: Request) -> str:
    """Return the host that a request names, lower case and without a port; empty if none."""
    return _host(f"//{request.headers.get('host', '')}")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _password(request: Request) -> str:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        decoded = base64.b64decode(given, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return decoded.partition(":")[2]


class Forms:
    """Proof that a form was sent from our own page: a cookie and a field that belong together."""

    _COOKIE = "sothat-form"

    def __init__(self, key: Secret) -> None:
        # Derived, so that an open page still works after a restart.
        self._key = hashlib.sha256(b"sothat forms:" + key.reveal().encode()).digest()

    def cookie(self, request: Request) -> str:
        """Return the caller's cookie, empty if there is none."""
        return request.cookies.get(self._COOKIE, "")

    def fresh(self) -> str:
        """Return a new cookie."""
        return secrets.token_urlsafe(24)

    def answer_with(self, response: Response, cookie: str, *, secure: bool) -> None:
        """Let a browser keep a cookie."""
        response.set_cookie(self._COOKIE, cookie, httponly=True, samesite="strict", secure=secure)

    def field(self, cookie: str) -> str:
        """Return the value of the form's hidden field for a cookie, or for a session's."""
        return hmac.new(self._key, cookie.encode("utf-8", "replace"), "sha256").hexdigest()

    def genuine(self, cookie: str, field: str) -> bool:
        """Return whether a posted field belongs to the caller's cookie."""
        return bool(cookie) and _same(field, self.field(cookie))
