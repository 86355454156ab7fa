"""Certificates in a file's bytes: PEM, one or many, or DER."""

import re
from collections.abc import Iterator
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from sothat.exporters.posture.reading import Malformed

_BLOCK = re.compile(
    rb"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----"  # no nesting, so no way back
)
_BEGIN = b"-----BEGIN CERTIFICATE-----"
_SEQUENCE = b"\x30"


def certificates(data: bytes) -> Iterator[x509.Certificate]:
    """Yield the certificates; private keys and other blocks beside them are passed over.

    Raises:
        Malformed: One of them cannot be read; those before it have been yielded.
    """
    if data.startswith(_SEQUENCE):
        yield _parsed(x509.load_der_x509_certificate, data)
        return
    found = 0
    for block in _BLOCK.finditer(data):
        found += 1
        yield _parsed(x509.load_pem_x509_certificate, block[0])
    if found < data.count(_BEGIN):
        raise Malformed("a certificate is cut off")


def _parsed(load: Any, data: bytes) -> x509.Certificate:
    try:
        certificate: x509.Certificate = load(data)
        certificate.not_valid_after_utc, certificate.subject  # noqa: B018 – parsed when asked for
    except ValueError as error:
        raise Malformed(f"no certificate: {error}") from error
    return certificate


def subject(certificate: x509.Certificate) -> str:
    """Return the subject's common name, or all of its name where it has none."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()
