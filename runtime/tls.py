"""TLS contexts from a web configuration."""

import ipaddress
import os
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sothat.model.problem import unusable
from sothat.runtime.reading import open_regular
from sothat.runtime.web_config import Pem, Tls

_VERSIONS = {
    "TLS10": ssl.TLSVersion.TLSv1,
    "TLS11": ssl.TLSVersion.TLSv1_1,
    "TLS12": ssl.TLSVersion.TLSv1_2,
    "TLS13": ssl.TLSVersion.TLSv1_3,
}
_VERIFY = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
_SANS = ("DNS", "IP Address", "email", "URI")


def context_of(tls: Tls) -> ssl.SSLContext:
    """Return the context for the server's connections.

    Raises:
        Unusable: A certificate or key cannot be read, or they do not fit together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[tls.min_version]
    context.maximum_version = _VERSIONS[tls.max_version]
    context.set_alpn_protocols(["http/1.1"])
    if tls.cipher_suites:
        context.set_ciphers(":".join(tls.cipher_suites))
    if not tls.prefer_server_cipher_suites:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    _load_chain(context, tls)
    context.verify_mode = _VERIFY[tls.client_auth_type]
    if tls.client_ca:
        _load_authority(context, tls.client_ca)
    elif context.verify_mode is not ssl.CERT_NONE:
        context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    return context


def admits(tls: Tls, certificate: Mapping[str, Any] | None) -> bool:
    """Return whether a client that has shown a verified certificate may go on."""
    if not tls.client_allowed_sans:
        return True
    names = {*names_of(certificate or {})}
    return any(_same(wanted) in names for wanted in tls.client_allowed_sans)


def names_of(certificate: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names in a client's certificate, each address in one spelling."""
    for kind, name in certificate.get("subjectAltName", ()):
        if kind in _SANS:
            yield _same(name)


def _same(name: str) -> str:
    """Return one spelling for each address; other names are compared as they stand."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name


def _load_chain(context: ssl.SSLContext, tls: Tls) -> None:
    if not (tls.cert.file and tls.key.file):
        # OpenSSL reads these from files only; the folder is this user's alone and gone at once.
        with tempfile.TemporaryDirectory() as folder:
            _load_files(context, *(_as_file(pem, Path(folder)) for pem in (tls.cert, tls.key)))
    else:
        _load_files(context, tls.cert.file, tls.key.file)


def _as_file(pem: Pem, folder: Path) -> Path:
    if pem.file:
        return pem.file
    path = folder / str(len(list(folder.iterdir())))
    path.write_text(pem.text, encoding="utf-8")
    return path


def _load_files(context: ssl.SSLContext, cert: Path, key: Path) -> None:
    try:
        _insist_on_regular(cert, key)
        # A password is never asked for on a terminal that nobody sits at.
        context.load_cert_chain(cert, key, password=lambda: b"")
    except (OSError, ssl.SSLError, ValueError) as error:
        message = f"the certificate and key of the web configuration cannot be used: {_why(error)}"
        raise unusable("unusable-certificate", message) from error


def _insist_on_regular(*files: Path) -> None:
    """Do nothing for regular files; OpenSSL would wait for a pipe, and all connections with it.

    Raises:
        OSError: One is none, or cannot be opened.
    """
    for file in files:
        os.close(open_regular(file))


def _load_authority(context: ssl.SSLContext, authority: Pem) -> None:
    try:
        if authority.file:
            _insist_on_regular(authority.file)
            context.load_verify_locations(cafile=authority.file)
        else:
            context.load_verify_locations(cadata=authority.text)
    except (OSError, ssl.SSLError, ValueError) as error:
        message = f"the client CA of the web configuration cannot be used: {_why(error)}"
        raise unusable("unusable-certificate", message) from error


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or str(error)
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
