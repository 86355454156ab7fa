"""The proof of a build: each alert's tests before promtool, then its mutants."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sothat.generator.proving.equivalence import Judge
from sothat.generator.proving.mutants import Mutant, Slip, mutants_of
from sothat.generator.proving.reasons import Reason, unused
from sothat.generator.proving.subjects import Subject, rule_name
from sothat.generator.proving.trials import Run, Trial, plain_job, survivors
from sothat.model.problem import Problem


class Verdict(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    EQUIVALENT = "equivalent"
    EXPLAINED = "explained"
    SURVIVED = "survived"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A test and what promtool said of it.

    Attributes:
        words: promtool's own, empty when the test passed.
        seconds: How long it took, roughly: promtool does not say.
    """

    name: str
    file: str
    passed: bool
    words: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Tried:
    """A mutant, what became of it, and why it may live, if it may."""

    mutant: Mutant
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """The evidence for one alert."""

    alert: str
    tests: tuple[Outcome, ...]
    mutants: tuple[Tried, ...] = ()

    @property
    def passed(self) -> bool:
        """Return whether there are tests, and all of them pass."""
        return bool(self.tests) and all(test.passed for test in self.tests)

    @property
    def holds(self) -> bool:
        """Return whether it stands: the tests pass, and no mutant survives unexplained."""
        return self.passed and not any(each.verdict is Verdict.SURVIVED for each in self.mutants)


def prove(subjects: Iterable[Subject], run: Run) -> list[Proof]:
    """Return the proof of each alert, without mutants.

    Raises:
        Unusable: promtool cannot be run.
    """
    subjects = tuple(subjects)
    pairs = [(subject, case) for subject in subjects for case in subject.cases]
    answers = run([plain_job(subject, case) for subject, case in pairs])
    outcomes: dict[str, list[Outcome]] = {}
    for (subject, case), answer in zip(pairs, answers, strict=True):
        outcome = Outcome(case.name, case.file, answer.passed, answer.words, answer.seconds)
        outcomes.setdefault(subject.alert, []).append(outcome)
    return [Proof(each.alert, tuple(outcomes.get(each.alert, ()))) for each in subjects]


def with_mutants(
    proofs: Iterable[Proof],
    subjects: Iterable[Subject],
    run: Run,
    judge: Judge,
    reasons: Iterable[Reason] = (),
) -> list[Proof]:
    """Return proofs with the fate of each alert's mutants; alerts whose tests fail have none.

    Raises:
        Unusable: promtool cannot be run.
    """
    proofs, home = tuple(proofs), {subject.alert: subject for subject in subjects}
    trials = [_trial(home[proof.alert], judge) for proof in proofs if proof.passed]
    alive = {(subject.alert, mutant) for subject, mutant in survivors(run, trials)}
    known = {(reason.rule, reason.change): reason for reason in reasons}
    tried = {
        trial.subject.alert: tuple(
            _tried(trial.subject, mutant, alive, judge, known) for mutant in trial.mutants
        )
        for trial in trials
    }
    return [Proof(each.alert, each.tests, tried.get(each.alert, ())) for each in proofs]


def _trial(subject: Subject, judge: Judge) -> Trial:
    rule = next(rule for rule in subject.rules if rule.get("alert") == subject.alert)
    mutants = mutants_of(rule, subject.evaluation, judge.step)
    return Trial(subject, tuple(mutants), subject.cases)


def _tried(
    subject: Subject,
    mutant: Mutant,
    alive: set[tuple[str, Mutant]],
    judge: Judge,
    reasons: Mapping[tuple[str, str], Reason],
) -> Tried:
    if (subject.alert, mutant) not in alive:
        return Tried(mutant, Verdict.KILLED)
    rule = next(r for r in subject.rules if rule_name(r) == mutant.rule)
    if same := judge.reason(rule["expr"], mutant):
        return Tried(mutant, Verdict.EQUIVALENT, same)
    reason = reasons.get((mutant.rule, mutant.change))
    if reason:
        return Tried(mutant, Verdict.EXPLAINED, reason.text)
    return Tried(mutant, Verdict.SURVIVED)


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants of a kind met which end."""

    slip: Slip
    mutants: int
    killed: int
    equivalent: int
    explained: int
    survived: int


def scores(proofs: Iterable[Proof]) -> Iterator[Score]:
    """Yield the score of each kind of mutant, in the order of the kinds."""
    verdicts: dict[Slip, list[Verdict]] = {}
    for proof in proofs:
        for tried in proof.mutants:
            verdicts.setdefault(tried.mutant.slip, []).append(tried.verdict)
    for slip in Slip:
        if found := verdicts.get(slip):
            yield Score(slip, len(found), *(found.count(verdict) for verdict in Verdict))


def unused_reasons(
    proofs: Iterable[Proof], reasons: Iterable[Reason], *, whole: bool
) -> Iterator[Problem]:
    """Yield a problem for each reason that explains nothing.

    Args:
        proofs: Proofs with mutants.
        reasons: All reasons of the catalogue.
        whole: Whether every alert was proven, so that a reason about none of them is a slip.
    """
    proofs = tuple(proofs)
    tried = [each for proof in proofs for each in proof.mutants]
    judged = {each.mutant.rule for each in tried}
    unjudged = {proof.alert for proof in proofs} - judged
    living = [each.mutant for each in tried if each.verdict is Verdict.EXPLAINED]
    relevant = (r for r in reasons if r.rule in judged or (whole and r.rule not in unjudged))
    return unused(relevant, ((mutant.rule, mutant.change) for mutant in living))
