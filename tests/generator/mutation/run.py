"""Mutates the shipped catalogue and rules in public style, and writes the table."""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sothat.generator.declared import installed_contracts, shipped_contracts
from sothat.generator.shipped import shipped_catalogue
from sothat.model.problem import Problem

from .promtool import refused, version
from .scoring import Mutant, Row, missed, mutants, rows
from .subject import Subject
from .table import table
from .thresholds import threshold_mutants

_HERE = Path(__file__).parent
_PAGE = Path("docs/quality/mutation.md")
CONTRACTS = (
    "node_exporter", "kube-state-metrics", "kubelet", "cadvisor", "prometheus", "alertmanager",
    "blackbox_exporter", "postgres_exporter", "mysqld_exporter", "client-libraries", "synthetic",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Score:
    """What was found.

    Attributes:
        mutants: Those of expressions and texts.
        thresholds: Those of the catalogue's thresholds: kind, alert, codes.
    """

    mutants: tuple[Mutant, ...]
    thresholds: tuple[tuple[str, str, tuple[str, ...]], ...]

    def rows(self, promtool: Sequence[bool]) -> list[Row]:
        """Return a row for each kind and one for all; a unit is nothing that promtool sees."""
        *kinds, _ = rows(self.mutants, promtool)
        for kind in dict.fromkeys(kind for kind, _, _ in self.thresholds):
            codes = [codes for found, _, codes in self.thresholds if found == kind]
            kinds.append(Row(kind, len(codes), sum(map(bool, codes)), 0))
        sums = (sum(row.mutants for row in kinds), sum(row.caught for row in kinds))
        return [*kinds, Row("all", *sums, sum(row.promtool for row in kinds))]


def subjects() -> tuple[Subject, Subject]:
    """Return the shipped catalogue as it is compiled, and the rules in public style."""
    compiled = shipped_catalogue().parent / "compiled" / "prometheus" / "rules"
    chosen = [contract for contract in shipped_contracts() if contract.source in CONTRACTS]
    return (
        Subject.of("catalogue", compiled.glob("*.yaml"), installed_contracts(), 15, compiled=True),
        Subject.of("public style", (_HERE / "public_style").glob("*.yaml"), chosen, 30),
    )


def false_alarms() -> list[Problem]:
    """Return what is reported of the originals."""
    return [
        problem
        for subject in subjects()
        for rule in subject.rules
        for problem in subject.problems(rule, rule)
    ]


def measured(work: Path) -> Score:
    """Return all mutants, judged."""
    found = tuple(mutant for subject in subjects() for mutant in mutants(subject))
    return Score(found, tuple(threshold_mutants(work)))


def _page(text: str, score: Score) -> str:
    when = datetime.now(UTC).date().isoformat()
    lines = [
        "# Mutation score",
        "",
        "One small slip is made in a rule, at every place where it can be made: is it reported?",
        f"Measured on {when} with `python -m tests.generator.mutation.run --write-table`;",
        "`tests/generator/mutation` asserts at least 97 % and no problem on the originals.",
        "",
        (_HERE / "method.md").read_text(encoding="utf-8").strip(),
        "",
        text,
        "",
        "## Missed",
        "",
        *(f"- {kind}: {len(lost)}" for kind, lost in missed(score.mutants).items()),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the table, or write it into the documentation."""
    tool = shutil.which("promtool")
    with tempfile.TemporaryDirectory() as folder:
        score = measured(Path(folder))
        changed = [mutant.rule for mutant in score.mutants]
        theirs = (
            refused(tool, changed, Path(folder) / "promtool") if tool else [False] * len(changed)
        )
    text = table(score.rows(theirs), version(tool) if tool else "(not here)")
    print(text)
    if "--write-table" in sys.argv:
        _PAGE.parent.mkdir(parents=True, exist_ok=True)
        _PAGE.write_text(_page(text, score), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
