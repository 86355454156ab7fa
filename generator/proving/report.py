"""A proof for people, for machines, and as the score's page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sothat.generator.proving.proof import Outcome, Proof, Score, Tried, Verdict, scores

_MOST_LINES = 30


def as_lines(proofs: Iterable[Proof]) -> Iterator[str]:
    """Yield a line for each alert, promtool's words for each failed test, and each survivor."""
    for proof in proofs:
        yield f"{'ok' if proof.holds else 'FAILED':6} {proof.alert}: {_counts(proof)}"
        for test in proof.tests:
            if not test.passed:
                yield from _failure(test)
        for tried in proof.mutants:
            if tried.verdict is Verdict.SURVIVED:
                yield f"       survived: {tried.mutant.change} [{tried.mutant.slip}]"


def _counts(proof: Proof) -> str:
    if not proof.tests:
        return "no tests"
    failed = sum(not test.passed for test in proof.tests)
    parts = [_count(len(proof.tests), "test")]
    parts += [f"{failed} failed"] if failed else []
    if proof.mutants:
        parts.append(_count(len(proof.mutants), "mutant"))
        parts += _verdicts(proof.mutants)
    return ", ".join(parts)


def _verdicts(mutants: Sequence[Tried]) -> Iterator[str]:
    for verdict in Verdict:
        number = sum(tried.verdict is verdict for tried in mutants)
        if number and verdict is not Verdict.KILLED:
            yield f"{number} {verdict}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _failure(test: Outcome) -> Iterator[str]:
    yield f"       {test.name} ({test.file})"
    lines = test.words.splitlines()
    yield from (f"       | {line}" for line in lines[:_MOST_LINES])
    if len(lines) > _MOST_LINES:
        yield f"       | … {len(lines) - _MOST_LINES} lines more"


def survivors(proofs: Iterable[Proof]) -> bool:
    """Return whether a mutant passes all tests, for no reason that is written down."""
    return any(tried.verdict is Verdict.SURVIVED for proof in proofs for tried in proof.mutants)


def summary(proofs: Sequence[Proof]) -> str:
    """Return the last line: how many of what."""
    tests = [test for proof in proofs for test in proof.tests]
    parts = [_count(len(proofs), "alert"), _count(len(tests), "test")]
    parts.append(f"{sum(not test.passed for test in tests)} failed")
    silent = sum(not proof.tests for proof in proofs)
    parts += [f"{silent} without tests"] if silent else []
    mutants = [tried for proof in proofs for tried in proof.mutants]
    if mutants:
        killed = sum(tried.verdict is Verdict.KILLED for tried in mutants)
        parts.append(f"{_count(len(mutants), 'mutant')}, {killed} killed")
        parts += _verdicts(mutants)
    return ", ".join(parts)


def as_data(proofs: Sequence[Proof], release: str) -> dict[str, Any]:
    """Return a proof as data for machines."""
    return {
        "promtool": release,
        "holds": all(proof.holds for proof in proofs),
        "alerts": [
            {
                "alert": proof.alert,
                "holds": proof.holds,
                "tests": [_test(test) for test in proof.tests],
                "mutants": [_mutant(tried) for tried in proof.mutants],
            }
            for proof in proofs
        ],
    }


def _test(test: Outcome) -> Mapping[str, Any]:
    return {
        "name": test.name,
        "file": test.file,
        "passed": test.passed,
        "message": test.words,
        "seconds": round(test.seconds, 3),
    }


def _mutant(tried: Tried) -> Mapping[str, Any]:
    return {
        "rule": tried.mutant.rule,
        "kind": tried.mutant.slip.value,
        "change": tried.mutant.change,
        "verdict": tried.verdict.value,
        "reason": tried.reason,
    }


_INTRODUCTION = """\
# Proof score

One small slip is made in each alert's rule at every place where it can be made, and real promtool
runs the alert's own tests over it: at least one of them must fail. Written on {day} with
`sothat prove --mutants --table docs/quality/proof.md`; promtool {release}, {alerts} alerts, {tests}
tests.

*Equivalent*: the metric contracts say that the mutant is the same rule, such as `> 0` and `>= 1` of
a yes-or-no. *Explained*: somebody wrote a reason down, in a document of kind `Proof`. Each of them
is listed below. What counts as killed, and which slips are made:
[the reference](../reference/prove.md).

| slip | mutants | killed | | equivalent | explained | survived |
|---|--:|--:|--:|--:|--:|--:|
"""


def as_page(proofs: Sequence[Proof], release: str, day: str) -> str:
    """Return the page of the score.

    Args:
        proofs: Proofs with mutants.
        release: promtool's version.
        day: The day of the run.
    """
    tests = sum(len(proof.tests) for proof in proofs)
    head = _INTRODUCTION.format(day=day, release=release, alerts=len(proofs), tests=tests)
    found = list(scores(proofs))
    rows = [_row(score.slip.value, score) for score in found]
    rows.append(_row("**all**", _sum(found)))
    return head + "".join(f"{row}\n" for row in rows) + "".join(_lists(proofs))


def _sum(found: Sequence[Score]) -> Score:
    columns = ("mutants", "killed", "equivalent", "explained", "survived")
    totals = (sum(getattr(score, column) for score in found) for column in columns)
    return Score(found[0].slip, *totals)


def _row(name: str, score: Score) -> str:
    share = f"{score.killed / score.mutants:.1%}"
    numbers = (score.mutants, score.killed, share)
    cells = [*numbers, score.equivalent, score.explained, score.survived]
    return f"| {name} | {' | '.join(str(cell) for cell in cells)} |"


def _lists(proofs: Sequence[Proof]) -> Iterator[str]:
    for verdict in (Verdict.SURVIVED, Verdict.EXPLAINED, Verdict.EQUIVALENT):
        entries = [
            (proof.alert, tried)
            for proof in proofs
            for tried in proof.mutants
            if tried.verdict is verdict
        ]
        if entries:
            yield f"\n## {verdict.value.capitalize()}\n\n"
            yield from (_entry(alert, tried) for alert, tried in entries)


def _entry(alert: str, tried: Tried) -> str:
    through = "" if tried.mutant.rule == alert else f" through `{tried.mutant.rule}`"
    reason = f": {tried.reason}" if tried.reason else ""
    return f"- {alert}{through}, `{tried.mutant.change}`{reason}\n"
