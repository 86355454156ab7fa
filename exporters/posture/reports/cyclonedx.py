"""CycloneDX's JSON: a bill of materials with vulnerabilities, or VEX."""

from collections.abc import Iterator
from typing import Any

from sothat.exporters.posture.reports.report import SEVERITIES, Finding, Format, Report
from sothat.exporters.posture.shapes import Object, as_object, moment, number, objects, text

_DISMISSED = frozenset(("resolved", "resolved_with_pedigree", "false_positive", "not_affected"))
# Least scores of CVSS 3 and 4, for ratings without a word.
_SCORES = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.0, "low"))
_LESS = frozenset(("info", "none"))


def _fits(document: Any) -> bool:
    return isinstance(document, dict) and document.get("bomFormat") == "CycloneDX"


def _parse(document: Any) -> Report:
    vulnerabilities = objects(document.get("vulnerabilities"), "vulnerabilities")
    kept = [found for found in vulnerabilities if not _is_dismissed(found)]
    components = document.get("components")
    return Report(
        "cyclonedx",
        [finding for found in kept for finding in _findings(found)],
        fixes=("available", "unknown"),
        made_at=moment(as_object(document.get("metadata") or {}, "metadata").get("timestamp")),
        components=None if components is None else len(objects(components, "components")),
        dismissed=len(vulnerabilities) - len(kept),
    )


def _is_dismissed(found: Object) -> bool:
    analysis = as_object(found.get("analysis") or {}, "analysis")
    return text(analysis.get("state")) in _DISMISSED


def _findings(found: Object) -> Iterator[Finding]:
    severity = _severity(found)
    fix = "available" if text(found.get("recommendation")).strip() else "unknown"
    affected = objects(found.get("affects"), "affects")
    for reference in [text(one.get("ref")) for one in affected] or [""]:
        yield Finding(text(found.get("id")), reference, severity, fix)


def _severity(found: Object) -> str:
    """Return the worst of all ratings: who made the report could not decide between them."""
    named = {_rated(rating) for rating in objects(found.get("ratings"), "ratings")}
    return next((severity for severity in SEVERITIES if severity in named), "unknown")


def _rated(rating: Object) -> str:
    severity = text(rating.get("severity")).lower()
    if severity in SEVERITIES[:-1]:
        return severity
    if severity in _LESS:
        return "low"
    score = number(rating.get("score"))
    if score is None or not text(rating.get("method")).startswith(("CVSSv3", "CVSSv4")):
        return "unknown"
    return next(name for least, name in _SCORES if score >= least)


FORMAT = Format(_fits, _parse)
