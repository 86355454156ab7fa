"""How to reach a Prometheus: its address, and what shows who asks."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from sothat.model.problem import Position, unusable
from sothat.runtime.documents import read_text
from sothat.runtime.secrets import Secret

_TENANT = "X-Scope-OrgID"
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Access:
    """What a client shows the server.

    Attributes:
        token: Bearer token; None sends none.
        user: Of basic authentication; empty sends none.
        password: Belongs to the user.
        headers: Further headers, such as Mimir's tenant.
        authority: File of the certificate authority that signed the server's certificate; None
            trusts those that the machine trusts.
    """

    token: Secret | None = None
    user: str = ""
    password: Secret | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)
    authority: Path | None = None


def access_from(
    *,
    token_file: Path | None = None,
    user: str = "",
    password_file: Path | None = None,
    tenant: str = "",
    authority: Path | None = None,
) -> Access:
    """Return what command lines say of access; secrets come from files.

    Raises:
        Unusable: A file cannot be read or holds no secret of one line, or both ways are named.
    """
    if token_file and (user or password_file):
        message = "a token and a password: a server is shown one of them"
        raise unusable("bad-token", message, hint="leave out one of them")
    if authority and not authority.is_file():
        where = Position(str(authority))
        raise unusable("unreadable-file", "cannot read: there is no such file", position=where)
    if not tenant.isascii() or not tenant.isprintable():
        raise unusable("bad-value", "a tenant is one line of plain characters")
    return Access(
        token=_secret(token_file),
        user=user,
        password=_secret(password_file),
        headers={_TENANT: tenant} if tenant else _NO_HEADERS,
        authority=authority,
    )


def _secret(file: Path | None) -> Secret | None:
    if file is None:
        return None
    text = read_text(file).strip()
    if not text or not text.isprintable():
        raise unusable("bad-token", "a secret is one line of text", position=Position(str(file)))
    return Secret(text)


def base_address(url: str) -> str:
    """Return an address without a slash at its end, whatever prefix it has.

    Raises:
        Unusable: It is none of HTTP, or a password stands in it.
    """
    text = (url if "://" in url else f"http://{url}").rstrip("/")
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment or any(c.isspace() for c in text):
        hint = "write http://HOST:PORT, and behind it the prefix if there is one"
        raise unusable("bad-url", "this is no address of a Prometheus", hint=hint)
    if parts.username or parts.password:
        message = "a password stands in the address of Prometheus"
        raise unusable("secret-in-text", message, hint="name a file with --password-file")
    return text


def prepare(session: requests.Session, access: Access) -> None:
    """Give a session what it shows with each request."""
    session.auth = _Shown(access)  # and so no password of ~/.netrc takes its place
    session.headers.update(access.headers)
    if access.authority:
        session.verify = str(access.authority)


class _Shown(AuthBase):
    """Adds the Authorization header; bytes, since a secret need not be Latin-1."""

    def __init__(self, access: Access) -> None:
        self._header = b""
        if access.token:
            self._header = b"Bearer " + access.token.reveal().encode()
        elif access.user:
            password = access.password.reveal() if access.password else ""
            pair = f"{access.user}:{password}".encode()
            self._header = b"Basic " + base64.b64encode(pair)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._header:
            request.headers["Authorization"] = self._header  # type: ignore[assignment]
        return request
