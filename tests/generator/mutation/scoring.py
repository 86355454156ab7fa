"""Which mutants there are, and which of them are caught."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sothat.generator.foreign.rules import ForeignRule

from .kinds import KINDS
from .subject import Case, Subject, parses, same


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one slip in it.

    Attributes:
        text: What is different, for the list of those missed.
        codes: What was reported of it; empty: it was missed.
    """

    kind: str
    subject: str
    rule: ForeignRule
    text: str
    codes: tuple[str, ...]


def mutants(subject: Subject) -> Iterator[Mutant]:
    """Yield every mutant of a subject, judged."""
    for case in subject.cases():
        for kind, rule in _distinct(case):
            codes = tuple(sorted({p.code for p in subject.problems(case.rule, rule)}))
            changed = rule.expr if rule.expr != case.rule.expr else str(dict(rule.annotations))
            yield Mutant(kind, subject.name, rule, changed, codes)


def _distinct(case: Case) -> Iterator[tuple[str, ForeignRule]]:
    """Yield the mutants that are valid and differ in more than their spelling."""
    for kind, function in KINDS.items():
        for rule in function(case):
            if rule.expr == case.rule.expr or (
                parses(rule.expr) and not same(rule.expr, case.rule.expr)
            ):
                yield kind, rule


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: mutants of a kind, and how many of them each tool caught."""

    kind: str
    mutants: int
    caught: int
    promtool: int

    @property
    def share(self) -> float:
        """Return the share that was caught."""
        return self.caught / self.mutants if self.mutants else 1.0


def rows(found: Sequence[Mutant], promtool: Sequence[bool]) -> list[Row]:
    """Return a row for each kind and one for all."""
    judged = list(zip(found, promtool, strict=True))
    kinds = list(dict.fromkeys(mutant.kind for mutant in found))
    parts = [_row(kind, [j for j in judged if j[0].kind == kind]) for kind in kinds]
    return [*parts, _row("all", judged)]


def _row(kind: str, judged: Sequence[tuple[Mutant, bool]]) -> Row:
    caught = sum(bool(mutant.codes) for mutant, _ in judged)
    return Row(kind, len(judged), caught, sum(theirs for _, theirs in judged))


def missed(found: Iterable[Mutant]) -> Mapping[str, list[Mutant]]:
    """Return the mutants that nothing was reported of, by kind."""
    lost = [mutant for mutant in found if not mutant.codes]
    return {kind: [m for m in lost if m.kind == kind] for kind in Counter(m.kind for m in lost)}
