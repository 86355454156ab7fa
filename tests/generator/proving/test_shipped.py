"""The shipped catalogue's tests bite: a sample of them quickly, all of them slowly."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sothat.generator.checked import CheckedCatalogue, installed_checks
from sothat.generator.compile import compile_catalogue, installed_inputs
from sothat.generator.emitter import emit_all, installed_emitters
from sothat.generator.loading.folder import read_folder
from sothat.generator.proving.equivalence import Judge
from sothat.generator.proving.proof import Proof, Verdict, prove, unused_reasons, with_mutants
from sothat.generator.proving.reasons import Reason, reasons_of
from sothat.generator.proving.running import Promtool
from sothat.generator.proving.subjects import Subject, subjects_of
from sothat.generator.values import Values

# Every thirteenth alert: a few of each domain.
_SAMPLE = 13
# Of the mutants that are not the same rule by contract; docs/quality/proof.md has the figures.
_BAR = 0.98


@pytest.fixture(scope="module")
def checked() -> CheckedCatalogue:
    return compile_catalogue(installed_inputs(None, Values()), installed_checks())


@pytest.fixture(scope="module")
def reasons() -> list[Reason]:
    folder = read_folder(installed_inputs(None, Values()).catalogue)
    return list(reasons_of(folder.of_kind("Proof")))


def proofs_of(checked: CheckedCatalogue, reasons: list[Reason], every: int = 1) -> list[Proof]:
    program = shutil.which("promtool")
    assert program
    tool = Promtool(Path(program))
    subjects = subjects_of(emit_all(checked, installed_emitters()))[::every]
    judge = Judge(checked.world, {rule.record: rule.expr for rule in checked.catalogue.recordings})
    return with_mutants(prove(subjects, tool.run), subjects, tool.run, judge, reasons)


def killed(proofs: list[Proof]) -> float:
    verdicts = [tried.verdict for proof in proofs for tried in proof.mutants]
    assert len(verdicts) > len(proofs)
    different = len(verdicts) - verdicts.count(Verdict.EQUIVALENT)
    return verdicts.count(Verdict.KILLED) / different


def survivors(proofs: list[Proof]) -> list[tuple[str, str]]:
    return [
        (proof.alert, tried.mutant.change)
        for proof in proofs
        for tried in proof.mutants
        if tried.verdict is Verdict.SURVIVED
    ]


def expectations(subject: Subject) -> Iterator[bool]:
    """Yield of each look of each test whether the alert fires then."""
    for case in subject.cases:
        for look in case.content.get("alert_rule_test", ()):
            yield bool(look.get("exp_alerts"))
        for look in case.content.get("promql_expr_test", ()):
            yield bool(look.get("exp_samples"))


def test_every_alert_is_shown_firing_and_quiet(checked: CheckedCatalogue) -> None:
    subjects = subjects_of(emit_all(checked, installed_emitters()))
    shown = {subject.alert: set(expectations(subject)) for subject in subjects}
    watchdog = shown.pop("Watchdog")
    assert watchdog == {True}
    assert {alert: seen for alert, seen in shown.items() if seen != {True, False}} == {}


def test_a_sample_of_the_catalogue(checked: CheckedCatalogue, reasons: list[Reason]) -> None:
    proofs = proofs_of(checked, reasons, _SAMPLE)
    assert all(proof.passed for proof in proofs)
    assert killed(proofs) > 0.95


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_whole_catalogue(checked: CheckedCatalogue, reasons: list[Reason]) -> None:
    proofs = proofs_of(checked, reasons)
    assert all(proof.passed for proof in proofs)
    assert killed(proofs) >= _BAR
    assert survivors(proofs) == []
    assert not list(unused_reasons(proofs, reasons, whole=True))
