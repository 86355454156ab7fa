"""Exceptions from a finding: each names its rule, its reason and the day on which it ends."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sothat.model.problem import Position, Problem, Severity
from sothat.runtime.documents import Document

CODES = ("expired-exception", "impossible-exception", "unused-exception")


@dataclass(frozen=True, slots=True)
class Exemption:
    """One entry of ``exceptions``.

    Attributes:
        code: The code of the problem that is let pass.
        rule: The alert, recording rule or board that has the problem.
        expires: The last day on which it holds.
    """

    code: str
    rule: str
    reason: str
    expires: date
    position: Position
    source: str = ""


def exemptions_of(document: Document) -> Iterator[Exemption | Problem]:
    """Yield the exceptions of a document whose shape is right, a problem for each odd date."""
    for number, entry in enumerate(document.data.get("exceptions", ())):
        at = document.position(["exceptions", number, "code"])
        try:
            expires = date.fromisoformat(entry["expires"])
        except ValueError:
            message = f"'expires' must be a day of the calendar, not '{entry['expires']}'"
            yield document.problem("bad-format", message, ["exceptions", number, "expires"])
            continue
        yield Exemption(
            entry["code"], entry["rule"], entry["reason"], expires, at, document.line(at.line)
        )


def excused(
    problems: Sequence[Problem],
    exemptions: Sequence[Exemption],
    allowed: Iterable[str],
    today: date | None,
) -> list[Problem]:
    """Return the problems that no exception lets pass, and those of the exceptions.

    Args:
        problems: What the checks found.
        exemptions: The exceptions of the catalogue.
        allowed: The codes from which there may be exceptions.
        today: The day of the run; None: no exception has expired.
    """
    possible = frozenset(allowed)
    found = {(problem.code, problem.rule) for problem in problems}
    verdicts = [(e, _fault(e, found, possible, today)) for e in exemptions]
    holding = {(e.code, e.rule) for e, fault in verdicts if fault is None}
    left = [problem for problem in problems if (problem.code, problem.rule) not in holding]
    return [*left, *(fault for _, fault in verdicts if fault)]


def _fault(
    exemption: Exemption,
    found: set[tuple[str, str]],
    possible: frozenset[str],
    today: date | None,
) -> Problem | None:
    """Return what is wrong with an exception, None when it lets a problem pass."""
    what = f"the exception of {exemption.rule} from {exemption.code}"
    if exemption.code not in possible:
        hint = "remove it; what cannot be compiled cannot be let pass either"
        return _problem("impossible-exception", f"{what} is not possible", exemption, hint)
    if today is not None and exemption.expires < today:
        hint = "repair what it lets pass, or decide anew and say until when"
        message = f"{what} ended on {exemption.expires}: '{exemption.reason}'"
        return _problem("expired-exception", message, exemption, hint)
    if (exemption.code, exemption.rule) not in found:
        message = f"{what} lets nothing pass"
        return _problem("unused-exception", message, exemption, "remove it", Severity.WARNING)
    return None


def _problem(
    code: str,
    message: str,
    exemption: Exemption,
    hint: str,
    severity: Severity = Severity.ERROR,
) -> Problem:
    return Problem(
        code, message, exemption.position, hint, severity, exemption.source, exemption.rule
    )
