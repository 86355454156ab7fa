"""The inventory of certificates in files: when each of them expires."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sothat.exporters.clock import Deadline
from sothat.exporters.declare import gauge
from sothat.exporters.posture.machine import Machine
from sothat.exporters.posture.part import PATTERNS, Part, Reader
from sothat.exporters.posture.patterns import Walk
from sothat.exporters.posture.reading import Malformed, read
from sothat.exporters.source import Context, PollFailed, Sample, Settings
from sothat.model.metric import Label
from sothat.runtime.secrets import SECRET_SCHEMA

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_LARGEST = 4 * 1024 * 1024
_LONGEST_SUBJECT = 200
_PASSWORD = "pkcs12_password"  # noqa: S105 – a setting's name
_STATES = ("read", "unreadable", "malformed")


def _open(settings: Settings, machine: Machine, context: Context) -> Reader:
    patterns = settings.values.get("certificates", ())
    password = None
    if _PASSWORD in settings.values:
        password = settings.secret(_PASSWORD, context).reveal().encode()

    def collect(deadline: Deadline) -> Iterator[Sample]:
        if patterns:
            yield from _samples(Walk(machine.folder, deadline), patterns, password)

    return collect


def _samples(walk: Walk, patterns: list[str], password: bytes | None) -> Iterator[Sample]:
    states: Counter[str] = Counter()
    for path in walk.files(patterns):
        if walk.deadline.expired():
            raise PollFailed("deadline", "no time to read all certificates")
        try:
            yield from _certificates(path, password)
        except OSError:
            states["unreadable"] += 1
        except Malformed:
            states["malformed"] += 1
        else:
            states["read"] += 1
    states["unreadable"] += len(walk.closed)
    for state in _STATES:
        yield Sample("posture_certificate_files", states[state], {"state": state})


def _certificates(path: Path, password: bytes | None) -> Iterator[Sample]:
    """Yield each certificate of a file once; those before a broken one count.

    Raises:
        OSError: The file cannot be read.
        Malformed: It holds no certificate, or a broken one.
    """
    from sothat.exporters.posture.bundles import certificates  # noqa: PLC0415 – cryptography: 8 MB

    seen = set()
    for certificate in certificates(read(path, _LARGEST).data, password):
        labels = _labels(path, certificate)
        key = tuple(labels.values())
        if key not in seen:
            seen.add(key)
            expiry = certificate.not_valid_after_utc.timestamp()
            yield Sample("posture_certificate_expiry_timestamp_seconds", expiry, labels)
    if not seen:
        raise Malformed("no certificate")


def _labels(path: Path, certificate: "Certificate") -> dict[str, str]:
    from sothat.exporters.posture.bundles import subject  # noqa: PLC0415 – as above

    named = subject(certificate)[:_LONGEST_SUBJECT]
    return {"file": str(path), "subject": named, "serial": f"{certificate.serial_number:x}"}


_PROPERTIES: dict[str, Any] = {"certificates": PATTERNS, _PASSWORD: SECRET_SCHEMA}
PART = Part(
    "certificates",
    (
        gauge(
            "posture_certificate_expiry_timestamp_seconds",
            "When a certificate in a file expires.",
            [
                Label("file", "Path of the file"),
                Label("subject", "Common name, else the whole name, of its subject"),
                Label("serial", "Serial number in hexadecimal digits"),
            ],
            feature=True,
        ),
        gauge(
            "posture_certificate_files",
            "Files of the certificate inventory, by whether they could be read and understood.",
            [Label("state", "How reading it ended", _STATES)],
            feature=True,
        ),
    ),
    _open,
    _PROPERTIES,
)
