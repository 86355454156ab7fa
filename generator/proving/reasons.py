"""Reasons for mutants that may live: documents of kind ``Proof`` beside the catalogue's entries."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sothat.model.problem import Position, Problem
from sothat.runtime.documents import Document


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a mutant may live.

    Attributes:
        rule: The alert or recording rule that was changed.
        change: The change, as `sothat prove` words it.
    """

    rule: str
    change: str
    text: str
    position: Position
    source: str = ""


def reasons_of(documents: Iterable[Document]) -> Iterator[Reason]:
    """Yield the reasons of documents whose shape is right."""
    for document in documents:
        for number, entry in enumerate(document.data.get("mutants", ())):
            at = document.position(["mutants", number, "change"])
            text = " ".join(entry["reason"].split())
            yield Reason(entry["rule"], entry["change"], text, at, document.line(at.line))


def unused(reasons: Iterable[Reason], needed: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """Yield a problem for each reason that explains nothing.

    Args:
        reasons: All reasons.
        needed: Rule and change of each mutant that a reason lets live.
    """
    used = set(needed)
    for reason in reasons:
        if (reason.rule, reason.change) not in used:
            message = f"no mutant of {reason.rule} lives by this reason"
            hint = "remove it: a test kills the mutant, or there is none of this change"
            yield Problem(
                "unused-reason",
                message,
                reason.position,
                hint,
                source=reason.source,
                rule=reason.rule,
            )
