"""Certificates in a file's bytes: PEM, one or many, DER, or PKCS #12."""

import re
from collections.abc import Iterator
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from sothat.exporters.posture.reading import Malformed

_BLOCK = re.compile(
    rb"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----"  # no nesting, so no way back
)
_BEGIN = b"-----BEGIN CERTIFICATE-----"
_SEQUENCE = b"\x30"


def certificates(data: bytes, password: bytes | None) -> Iterator[x509.Certificate]:
    """Yield the certificates; private keys and other blocks beside them are passed over.

    Args:
        data: The file's content.
        password: For PKCS #12.

    Raises:
        Malformed: One of them cannot be read; those before it have been yielded.
    """
    if data.startswith(_SEQUENCE):
        yield from _binary(data, password)
        return
    found = 0
    for block in _BLOCK.finditer(data):
        found += 1
        yield _parsed(x509.load_pem_x509_certificate, block[0])
    if found < data.count(_BEGIN):
        raise Malformed("a certificate is cut off")


def _binary(data: bytes, password: bytes | None) -> Iterator[x509.Certificate]:
    try:
        yield _parsed(x509.load_der_x509_certificate, data)
    except Malformed:
        yield from _packed(data, password)


def _packed(data: bytes, password: bytes | None) -> Iterator[x509.Certificate]:
    try:
        content = pkcs12.load_pkcs12(data, password)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Malformed("neither a certificate nor PKCS #12 with this password") from error
    for found in (content.cert, *content.additional_certs):
        if found:
            yield found.certificate


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
