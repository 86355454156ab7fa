"""Trivy's own JSON (``trivy image|fs|rootfs --format json``)."""

from collections.abc import Iterator
from typing import Any

from sothat.exporters.posture.reports.report import SEVERITIES, Finding, Format, Report
from sothat.exporters.posture.shapes import Object, as_object, moment, objects, text


def _fits(document: Any) -> bool:
    return isinstance(document, dict) and "SchemaVersion" in document and "ArtifactName" in document


def _parse(document: Any) -> Report:
    results = objects(as_object(document, "the report").get("Results"), "Results")
    packages = [objects(r.get("Packages"), "Packages") for r in results if r.get("Packages")]
    return Report(
        "trivy",
        [finding for result in results for finding in _findings(result)],
        fixes=("available", "none"),
        made_at=moment(document.get("CreatedAt")),
        components=sum(map(len, packages)) if packages else None,
    )


def _findings(result: Object) -> Iterator[Finding]:
    for found in objects(result.get("Vulnerabilities"), "Vulnerabilities"):
        severity = text(found.get("Severity")).lower()
        yield Finding(
            text(found.get("VulnerabilityID")),
            f"{text(found.get('PkgName'))} {text(found.get('InstalledVersion'))}",
            severity if severity in SEVERITIES else "unknown",
            "available" if text(found.get("FixedVersion")) else "none",
        )


FORMAT = Format(_fits, _parse)
