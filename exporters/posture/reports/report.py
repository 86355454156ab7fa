"""What a report of known vulnerabilities says, whatever program wrote it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

SEVERITIES = ("critical", "high", "medium", "low", "unknown")
FIXES = ("available", "none", "unknown")


class Finding(NamedTuple):
    """One known vulnerability of one component.

    Attributes:
        component: Name and version, or another identity within the report.
        severity: One of SEVERITIES.
        fix: One of FIXES: whether a version without it is known.
    """

    id: str
    component: str
    severity: str
    fix: str


@dataclass(frozen=True, slots=True)
class Report:
    """A report.

    Attributes:
        format: The format's name.
        made_at: Seconds since the epoch, None where the report does not say.
        components: How many were looked at, None where the report does not say.
        dismissed: Findings that were judged to be none, or are resolved.
        severities: Those that this format can tell apart: for others 0 would be a guess.
        fixes: Likewise.
    """

    format: str
    findings: Sequence[Finding]
    severities: Sequence[str] = SEVERITIES
    fixes: Sequence[str] = FIXES
    made_at: float | None = None
    components: int | None = None
    dismissed: int = 0


@dataclass(frozen=True, slots=True)
class Format:
    """One format of reports.

    Attributes:
        fits: Whether a document claims to be of this format.
        parse: Returns the report, or raises Malformed.
    """

    fits: Callable[[Any], bool]
    parse: Callable[[Any], Report]
