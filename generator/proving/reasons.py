"""Reasons for mutants that may live: documents of kind ``Proof`` beside the catalogue's entries."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from sothat.model.problem import Position, Problem
from sothat.runtime.documents import Document


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a mutant may live.

    Attributes:
        rule: The alert or recording rule that was changed.
        change: The change, as `sothat prove` words it.
        inherited: Whether it comes from a catalogue below, parts of which may not be taken over.
    """

    rule: str
    change: str
    text: str
    position: Position
    source: str = ""
    inherited: bool = False


def reasons_of(documents: Iterable[Document], inherited: Container[str] = ()) -> Iterator[Reason]:
    """Yield the reasons of documents whose shape is right.

    Args:
        documents: Those of kind Proof.
        inherited: Files of catalogues below.
    """
    for document in documents:
        for number, entry in enumerate(document.data.get("mutants", ())):
            at = document.position(["mutants", number, "change"])
            text = " ".join(entry["reason"].split())
            below = document.file in inherited
            yield Reason(entry["rule"], entry["change"], text, at, document.line(at.line), below)


def unused(reasons: Iterable[Reason], needed: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """Yield a problem for each reason that explains nothing.

    Args:
        reasons: All reasons.
        needed: Rule and change of each mutant that a reason lets live.
    """
    used = set(needed)
    for reason in reasons:
        if not reason.inherited and (reason.rule, reason.change) not in used:
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
