"""What people did by hand and wrote down: restore tests, verified backups, reviews."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sothat.exporters.clock import Deadline
from sothat.exporters.declare import gauge
from sothat.exporters.posture.machine import Machine
from sothat.exporters.posture.part import PATTERNS, Part, Reader
from sothat.exporters.posture.patterns import Walk
from sothat.exporters.posture.reading import Malformed, read
from sothat.exporters.posture.shapes import as_object, moment, text
from sothat.exporters.source import Context, PollFailed, Sample, Settings
from sothat.model.metric import Label
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document

_LARGEST = 1024 * 1024
CHECKS = (
    "restore-test",
    "backup-verification",
    "dependency-review",
    "update-review",
    "bug-triage",
)
# Clocks differ a little; a date beyond that is a slip of the pen that would never grow old.
_SLACK = 86400.0


class Record(NamedTuple):
    """One thing that was done."""

    check: str
    subject: str
    at: float
    passed: bool


def _open(settings: Settings, machine: Machine, _context: Context) -> Reader:
    patterns = settings.values.get("records", ())

    def collect(deadline: Deadline) -> Iterator[Sample]:
        found: list[Record] = []
        walk = Walk(machine.folder, deadline)
        for path in walk.files(patterns):
            if deadline.expired():
                raise PollFailed("deadline", "no time to read all records")
            yield from _read(path, machine.clock.time(), found)
        yield from _samples(found)
        if walk.closed:
            raise PollFailed("unreadable", f"cannot look into {walk.closed[0]}")

    return collect


def _read(path: Path, now: float, found: list[Record]) -> Iterator[Sample]:
    labels = {"file": str(path)}
    try:
        entries = _entries(read(path, _LARGEST).data, str(path))
    except (OSError, Malformed, Unusable):
        yield Sample("posture_records_readable", 0, labels)
        return
    records = [record for entry in entries if (record := _record(entry, now))]
    found += records
    yield Sample("posture_records_readable", 1, labels)
    yield Sample("posture_records_invalid", len(entries) - len(records), labels)


def _entries(data: bytes, name: str) -> list[Any]:
    try:
        document = parse_document(data.decode("utf-8"), name)
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8") from error
    listed = as_object(document.data, "the file").get("records")
    if not isinstance(listed, list):
        raise Malformed("no list of records")
    return listed


def _record(entry: Any, now: float) -> Record | None:
    """Return the record, None where it cannot be used."""
    if not isinstance(entry, dict) or not isinstance(entry.get("passed"), bool):
        return None
    check, subject, at = entry.get("check"), text(entry.get("subject")), moment(entry.get("at"))
    if check not in CHECKS or not subject or at is None or at > now + _SLACK:
        return None
    return Record(check, subject, at, entry["passed"])


def _samples(found: Iterable[Record]) -> Iterator[Sample]:
    latest: dict[tuple[str, str], Record] = {}
    passed: dict[tuple[str, str], float] = {}
    for record in sorted(found, key=lambda record: record.at):
        key = record.check, record.subject
        latest[key] = record
        if record.passed:
            passed[key] = record.at
    for key, record in latest.items():
        labels: Mapping[str, str] = {"check": key[0], "subject": key[1]}
        yield Sample("posture_record_passed", float(record.passed), labels)
        yield Sample("posture_record_timestamp_seconds", record.at, labels)
        if key in passed:
            yield Sample("posture_record_last_passed_timestamp_seconds", passed[key], labels)


_FILE = [Label("file", "Path of the file of records")]
_RECORD = [
    Label("check", "What was done", CHECKS),
    Label("subject", "What it was done to: a backup as posture_backup… names it, or a service"),
]
_PROPERTIES: dict[str, Any] = {"records": PATTERNS}
PART = Part(
    "records",
    (
        gauge(
            "posture_records_readable",
            "Whether a file of records could be read.",
            _FILE,
            feature=True,
        ),
        gauge(
            "posture_records_invalid",
            "Records of a file that lack something, or lie in the future; they do not count.",
            _FILE,
            feature=True,
        ),
        gauge(
            "posture_record_timestamp_seconds",
            "When it was last done, passed or not.",
            _RECORD,
            feature=True,
        ),
        gauge("posture_record_passed", "Whether it passed the last time.", _RECORD, feature=True),
        gauge(
            "posture_record_last_passed_timestamp_seconds",
            "When it last passed; absent where it never has.",
            _RECORD,
            feature=True,
        ),
    ),
    _open,
    _PROPERTIES,
)
