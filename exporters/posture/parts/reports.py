"""Known vulnerabilities by the reports that scanners leave on disk."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sothat.exporters.clock import Deadline
from sothat.exporters.declare import gauge
from sothat.exporters.posture.machine import Machine
from sothat.exporters.posture.part import PATTERNS, Part, Reader
from sothat.exporters.posture.patterns import Walk
from sothat.exporters.posture.reading import Malformed, parse_json, read
from sothat.exporters.posture.reports import cyclonedx, pip_audit, trivy
from sothat.exporters.posture.reports.report import FIXES, SEVERITIES, Report
from sothat.exporters.source import Context, PollFailed, Sample, Settings
from sothat.model.metric import Label

_LARGEST = 32 * 1024 * 1024
_FORMATS = (cyclonedx.FORMAT, trivy.FORMAT, pip_audit.FORMAT)


def _open(settings: Settings, machine: Machine, _context: Context) -> Reader:
    patterns = settings.values.get("reports", ())

    def collect(deadline: Deadline) -> Iterator[Sample]:
        walk = Walk(machine.folder, deadline)
        for path in walk.files(patterns):
            if deadline.expired():
                raise PollFailed("deadline", "no time to read all reports")
            yield from _samples(path)
        if walk.closed:
            raise PollFailed("unreadable", f"cannot look into {walk.closed[0]}")

    return collect


def _samples(path: Path) -> Iterator[Sample]:
    named = {"report": str(path)}
    try:
        content = read(path, _LARGEST)
        report = parse_report(content.data)
    except (OSError, Malformed):
        yield Sample("posture_report_readable", 0, named)
        return
    yield Sample("posture_report_readable", 1, named)
    # A copy is newer than what it says of itself; a date in the future would never grow old.
    made_at = min(content.modified, report.made_at or content.modified)
    yield Sample("posture_report_timestamp_seconds", made_at, named)
    yield from _figures(report, named)


def parse_report(data: bytes) -> Report:
    """Return the report in a file's bytes.

    Raises:
        Malformed: It is none, or of a format that is not known.
    """
    document = parse_json(data)
    for format_ in _FORMATS:
        if format_.fits(document):
            return format_.parse(document)
    raise Malformed("no report of CycloneDX, Trivy or pip-audit")


def _figures(report: Report, named: dict[str, str]) -> Iterator[Sample]:
    counts = Counter((one.severity, one.fix) for one in set(report.findings))
    for severity in report.severities:
        for fix in report.fixes:
            labels = {**named, "severity": severity, "fix": fix}
            yield Sample("posture_report_vulnerabilities", counts[severity, fix], labels)
    if report.format == "cyclonedx":
        yield Sample("posture_report_vulnerabilities_dismissed", report.dismissed, named)
    if report.components is not None:
        yield Sample("posture_report_components", report.components, named)


_REPORT = Label("report", "Path of the report")
_PROPERTIES: dict[str, Any] = {"reports": PATTERNS}
PART = Part(
    "reports",
    (
        gauge(
            "posture_report_readable",
            "Whether a report could be read and understood.",
            [_REPORT],
            feature=True,
        ),
        gauge(
            "posture_report_timestamp_seconds",
            "When a report was made, by its own word or else by its file.",
            [_REPORT],
            feature=True,
        ),
        gauge(
            "posture_report_vulnerabilities",
            "Known vulnerabilities in a report, each once a component; only what its format can "
            "tell apart.",
            [
                _REPORT,
                Label("severity", "The worst that it is rated", SEVERITIES),
                Label("fix", "Whether a version without it is known", FIXES),
            ],
            feature=True,
        ),
        gauge(
            "posture_report_vulnerabilities_dismissed",
            "Vulnerabilities of a CycloneDX report that its analysis calls resolved, not affected "
            "or false.",
            [_REPORT],
            feature=True,
        ),
        gauge(
            "posture_report_components",
            "Components or packages that a report is about.",
            [_REPORT],
            feature=True,
        ),
    ),
    _open,
    _PROPERTIES,
)
