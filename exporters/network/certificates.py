"""What a certificate says, whatever else it may be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes

_WIDTH = 200


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate.

    Attributes:
        expires: Seconds since the epoch; None where it does not say so in a way that can be read.
        labels: subject, issuer, serial.
        info: The labels of blackbox_exporter's probe_ssl_last_chain_info.
    """

    expires: float | None
    labels: Mapping[str, str]
    info: Mapping[str, str]


_UNREADABLE = Certificate(None, {}, {})


def read_certificate(der: bytes) -> Certificate:
    """Return what a certificate in DER says."""
    try:
        read = x509.load_der_x509_certificate(der)
    except ValueError:
        return _UNREADABLE
    subject, issuer = _text(_subject, read), _text(_issuer, read)
    serial = _text(_serial, read)
    info = {
        "fingerprint_sha256": read.fingerprint(hashes.SHA256()).hex(),
        "subject": subject,
        "issuer": issuer,
        "subjectalternative": _text(_names, read),
        "serialnumber": serial,
    }
    labels = {"subject": subject, "issuer": issuer, "serial": serial}
    return Certificate(_expiry(read), labels, info)


def _text(read_part: Callable[[x509.Certificate], str], read: x509.Certificate) -> str:
    """Return a part as text: malformed parts are found out only when they are read."""
    try:
        return read_part(read)[:_WIDTH]
    except (ValueError, TypeError):
        return "unreadable"


def _subject(read: x509.Certificate) -> str:
    return read.subject.rfc4514_string()


def _issuer(read: x509.Certificate) -> str:
    return read.issuer.rfc4514_string()


def _serial(read: x509.Certificate) -> str:
    return f"{read.serial_number:x}"


def _names(read: x509.Certificate) -> str:
    try:
        names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    return ",".join(str(name.value) for name in names)


def _expiry(read: x509.Certificate) -> float | None:
    try:
        return read.not_valid_after_utc.timestamp()
    except ValueError:
        return None
