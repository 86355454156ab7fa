"""The web configuration file that exporters share: exporter-toolkit's format, read strictly.

https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
What this server cannot do is refused, never silently left out: a security setting that does nothing
is worse than none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sothat.model.duration import parse_duration
from sothat.model.problem import Problem, Unusable
from sothat.runtime.ciphers import CIPHERS
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate

VERSIONS = ("TLS10", "TLS11", "TLS12", "TLS13")
# What Go calls each way to ask for client certificates. Two cannot be done here: Python's TLS
# always verifies a certificate that it asks for.
CLIENT_AUTH = (
    "NoClientCert",
    "VerifyClientCertIfGiven",
    "RequireAndVerifyClientCert",
)
_UNVERIFIED = ("RequestClientCert", "RequireAnyClientCert")

_TEXT = {"type": "string", "minLength": 1}
_VERSION = {"enum": list(VERSIONS)}
_TLS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **dict.fromkeys(("cert", "key", "client_ca"), _TEXT),
        **dict.fromkeys(("cert_file", "key_file", "client_ca_file"), _TEXT),
        "client_auth_type": {"enum": [*CLIENT_AUTH, *_UNVERIFIED]},
        "client_allowed_sans": {"type": "array", "items": _TEXT},
        "min_version": _VERSION,
        "max_version": _VERSION,
        "cipher_suites": {"type": "array", "items": {"enum": sorted(CIPHERS)}},
        "prefer_server_cipher_suites": {"type": "boolean"},
        "curve_preferences": {"type": "array", "items": _TEXT},
    },
}
_BCRYPT = {
    "type": "string",
    "pattern": r"^\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}$",
    "x-problem": {
        "code": "bad-format",
        "message": "a password must be given as its bcrypt hash",
        "hint": "htpasswd -nBC 10 '' makes one",
    },
}
_HEADERS = (
    "Content-Security-Policy",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "X-XSS-Protection",
    "Strict-Transport-Security",
)
# Printable ASCII: whatever else a header may hold, a line end would begin another header.
_HEADER = {"type": "string", "pattern": "^[ -~]*$", "description": "printable ASCII"}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "tls_server_config": _TLS,
        "http_server_config": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "http2": {"type": "boolean"},
                "headers": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": dict.fromkeys(_HEADERS, _HEADER),
                },
            },
        },
        "basic_auth_users": {"type": "object", "additionalProperties": _BCRYPT},
        "rate_limit": {
            "type": "object",
            "additionalProperties": False,
            "required": ["interval"],
            "properties": {
                "interval": {
                    "type": "string",
                    "pattern": r"^(0|([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$",
                    "description": "a duration such as 100ms or 1s",
                },
                "burst": {"type": "integer", "minimum": 0},
            },
        },
    },
}


@dataclass(frozen=True, slots=True)
class Pem:
    """Something PEM-encoded: in a file, or as text."""

    file: Path | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Tls:
    """How connections are secured; names as in the file.

    Attributes:
        client_ca: Against which clients' certificates are verified; None: the system's.
        client_allowed_sans: Names of which a client's certificate must have one; none: any will do.
        cipher_suites: OpenSSL's names; none: its defaults.
    """

    cert: Pem
    key: Pem
    client_ca: Pem | None
    client_auth_type: str
    client_allowed_sans: tuple[str, ...]
    min_version: str
    max_version: str
    cipher_suites: tuple[str, ...]
    prefer_server_cipher_suites: bool


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How often requests are served: one an interval (seconds), so many at once."""

    interval: float
    burst: int


@dataclass(frozen=True, slots=True)
class WebConfig:
    """A checked web configuration; the empty one asks for nothing.

    Attributes:
        users: bcrypt hashes of passwords by user; none: anybody may ask.
        headers: Added to each answer.
    """

    tls: Tls | None = None
    users: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    rate_limit: RateLimit | None = None

    @property
    def files(self) -> Iterator[Path]:
        """Yield the files that it names."""
        pems = (self.tls.cert, self.tls.key, self.tls.client_ca) if self.tls else ()
        yield from (pem.file for pem in pems if pem and pem.file)


def load_web_config(path: Path) -> WebConfig:
    """Read a web configuration; relative files start from its folder, as exporter-toolkit has it.

    An empty file is refused, unlike there: it is what a file looks like while it is written, and
    would open all doors for that moment. ``{}`` asks for nothing.

    Raises:
        Unusable: It cannot be used.
    """
    document = load_document(path)
    problems = validate(document, SCHEMA) or [*_unfit(document)]
    if problems:
        raise Unusable(problems)
    return _web_config(document.data, path.parent)


def _unfit(document: Document) -> Iterator[Problem]:
    tls = document.data.get("tls_server_config")
    if tls is None:
        return
    here = ("tls_server_config",)
    for what in ("cert", "key"):
        yield from _exactly_one(document, what)
    if "client_ca" in tls and "client_ca_file" in tls:
        yield document.problem(
            "bad-value", "give 'client_ca' or 'client_ca_file'", (*here, "client_ca")
        )
    yield from _unsupported(document, tls)
    yield from _clients(document, tls)
    low, high = (VERSIONS.index(_version(tls, end)) for end in ("min", "max"))
    if low > high:
        message = "'min_version' is above 'max_version'"
        yield document.problem("out-of-range", message, (*here, "min_version"))


def _exactly_one(document: Document, what: str) -> Iterator[Problem]:
    tls = document.data["tls_server_config"]
    if (what in tls) == (f"{what}_file" in tls):
        message = f"give either '{what}_file' or '{what}'"
        yield document.problem("missing-key", message, ("tls_server_config",), key=True)


def _unsupported(document: Document, tls: Mapping[str, Any]) -> Iterator[Problem]:
    here = "tls_server_config"
    if tls.get("client_auth_type") in _UNVERIFIED:
        message = f"{tls['client_auth_type']} asks for certificates without verifying them"
        hint = f"one of {', '.join(CLIENT_AUTH)}"
        yield document.problem(
            "unsupported-setting", message, (here, "client_auth_type"), hint=hint
        )
    if tls.get("curve_preferences"):
        message = "'curve_preferences' cannot be set here; OpenSSL's own order begins with X25519"
        hint = "leave it out"
        yield document.problem(
            "unsupported-setting", message, (here, "curve_preferences"), hint=hint
        )


def _clients(document: Document, tls: Mapping[str, Any]) -> Iterator[Problem]:
    here = "tls_server_config"
    kind = tls.get("client_auth_type", CLIENT_AUTH[0])
    authority = "client_ca" in tls or "client_ca_file" in tls
    if kind == CLIENT_AUTH[0] and authority:
        message = "a client CA is given, but 'client_auth_type' asks for no certificate"
        yield document.problem("bad-value", message, (here,), key=True)
    if kind != "RequireAndVerifyClientCert" and tls.get("client_allowed_sans"):
        message = "'client_allowed_sans' needs client_auth_type RequireAndVerifyClientCert"
        yield document.problem("bad-value", message, (here, "client_allowed_sans"))


def _version(tls: Mapping[str, Any], end: str) -> str:
    version: str = tls.get(f"{end}_version", {"min": "TLS12", "max": "TLS13"}[end])
    return version


def _web_config(data: Mapping[str, Any], folder: Path) -> WebConfig:
    tls = data.get("tls_server_config")
    headers = data.get("http_server_config", {}).get("headers", {})
    return WebConfig(
        _tls(tls, folder) if tls is not None else None,
        data.get("basic_auth_users") or None,
        {name: value for name, value in headers.items() if value},
        _rate_limit(data.get("rate_limit")),
    )


def _tls(tls: Mapping[str, Any], folder: Path) -> Tls:
    authority = "client_ca" in tls or "client_ca_file" in tls
    return Tls(
        cert=_pem(tls, "cert", folder),
        key=_pem(tls, "key", folder),
        client_ca=_pem(tls, "client_ca", folder) if authority else None,
        client_auth_type=tls.get("client_auth_type", CLIENT_AUTH[0]),
        client_allowed_sans=tuple(tls.get("client_allowed_sans", ())),
        min_version=_version(tls, "min"),
        max_version=_version(tls, "max"),
        cipher_suites=tuple(CIPHERS[name] for name in tls.get("cipher_suites", ())),
        prefer_server_cipher_suites=tls.get("prefer_server_cipher_suites", True),
    )


def _pem(tls: Mapping[str, Any], what: str, folder: Path) -> Pem:
    return Pem(None, tls[what]) if what in tls else Pem(folder / tls[f"{what}_file"])


def _rate_limit(limit: Mapping[str, Any] | None) -> RateLimit | None:
    if not limit:
        return None
    interval = parse_duration(limit["interval"])
    return RateLimit(interval, max(1, limit.get("burst", 1))) if interval > 0 else None
