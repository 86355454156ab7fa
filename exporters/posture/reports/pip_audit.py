"""pip-audit's JSON; it knows of fixes, not of severities."""

from collections.abc import Iterator
from typing import Any

from sothat.exporters.posture.reports.report import Finding, Format, Report
from sothat.exporters.posture.shapes import Object, objects, text


def _fits(document: Any) -> bool:
    """Return whether it has dependencies; releases before 2.5 wrote nothing but their list."""
    if isinstance(document, dict):
        return isinstance(document.get("dependencies"), list)
    return (
        bool(document)
        and isinstance(document, list)
        and all(isinstance(item, dict) and "name" in item for item in document)
    )


def _parse(document: Any) -> Report:
    listed = document["dependencies"] if isinstance(document, dict) else document
    dependencies = objects(listed, "dependencies")
    return Report(
        "pip-audit",
        [finding for one in dependencies for finding in _findings(one)],
        severities=("unknown",),
        fixes=("available", "none"),
        components=sum("skip_reason" not in one for one in dependencies),
    )


def _findings(dependency: Object) -> Iterator[Finding]:
    component = f"{text(dependency.get('name'))} {text(dependency.get('version'))}"
    for found in objects(dependency.get("vulns"), "vulns"):
        fix = "available" if found.get("fix_versions") else "none"
        yield Finding(text(found.get("id")), component, "unknown", fix)


FORMAT = Format(_fits, _parse)
