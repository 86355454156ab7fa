"""Many mutants before promtool at once: each is a rule of its own name beside the original.

The mutants of an alert are judged by the same tests, so they share the test's series and its run:
each is written into the alert's groups under a name that ends with its number, together with
copies of the rules between it and the alert, and each question of the test is asked of it too.
A test that fails for one of the names kills that mutant.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import promql_parser as pp
from sothat.generator.promql import matchers_of, parse
from sothat.generator.proving.mutants import Mutant
from sothat.generator.proving.running import Answer, Job
from sothat.generator.proving.subjects import (
    Group,
    Rule,
    Subject,
    WrittenTest,
    names_read,
    rule_name,
)
from sothat.generator.proving.trees import (
    Path,
    matcher_text,
    nodes,
    ranged,
    selector_text,
    text_of,
)
from sothat.model.problem import unusable

Run = Callable[[Sequence[Job]], Sequence[Answer]]

_MARK = "__mutant_"
# In promtool's words: a question that was answered wrongly, or a rule that could not be evaluated.
_BLAMED = re.compile(
    rf"^\s*(?:expr:|alertname:|name:.*alertname:|rule:).*?{_MARK}(\d+)\b", re.MULTILINE
)
_UNEVALUATED = re.compile(rf"^\s*rule: \S*?{_MARK}(\d+), time:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Trial:
    """The mutants of a subject that are still alive, and the tests that they have not faced."""

    subject: Subject
    mutants: tuple[Mutant, ...]
    cases: tuple[WrittenTest, ...]


def survivors(run: Run, trials: Iterable[Trial]) -> Iterator[tuple[Subject, Mutant]]:
    """Yield the mutants that no test of their alert kills.

    All trials face their first tests together, then what is left of them faces the second, and so
    on: most mutants fall early, and the rest is cheap.

    Raises:
        Unusable: promtool cannot be run, or blames nobody for a failure.
    """
    open_trials = list(trials)
    while open_trials:
        for trial in open_trials:
            if not trial.cases:
                yield from ((trial.subject, mutant) for mutant in trial.mutants)
        facing = [trial for trial in open_trials if trial.cases and trial.mutants]
        answers = run([_job(trial) for trial in facing])
        open_trials = [
            left
            for trial, answer in zip(facing, answers, strict=True)
            for left in _left(trial, answer)
        ]


def _left(trial: Trial, answer: Answer) -> Iterator[Trial]:
    """Yield what is left of a trial after a test."""
    if answer.passed:
        yield Trial(trial.subject, trial.mutants, trial.cases[1:])
        return
    dead = {int(number) for number in _BLAMED.findall(answer.words)}
    if not dead:
        raise _blames_nobody(trial, answer)
    # A rule that cannot be evaluated ends the test before the others were asked.
    again = bool(_UNEVALUATED.search(answer.words))
    alive = tuple(mutant for number, mutant in enumerate(trial.mutants) if number not in dead)
    yield Trial(trial.subject, alive, trial.cases if again else trial.cases[1:])


def _job(trial: Trial) -> Job:
    """Return the trial's next test, asked of each mutant."""
    clones = [_Clone(trial.subject, mutant, at) for at, mutant in enumerate(trial.mutants)]
    groups = [_group(group, clones) for group in trial.subject.groups]
    return Job({"groups": groups}, test_file(trial.subject, trial.cases[0], _asked(trial, clones)))


def plain_job(subject: Subject, case: WrittenTest) -> Job:
    """Return a test of a subject as it was built."""
    groups = [{**group.settings, "rules": list(group.rules)} for group in subject.groups]
    return Job({"groups": groups}, test_file(subject, case, case.content))


def test_file(subject: Subject, case: WrittenTest, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a test file of one test, with the order of those groups that are there."""
    names = [group.name for group in subject.groups]
    wanted = [name for name in case.settings.get("group_eval_order", ()) if name in names]
    order = [*wanted, *(name for name in names if name not in wanted)]
    return {**case.settings, "group_eval_order": order, "tests": [content]}


def _group(group: Group, clones: Sequence["_Clone"]) -> dict[str, Any]:
    rules: list[Rule] = []
    for rule in group.rules:
        rules.append(rule)
        rules += [copy for clone in clones for copy in clone.copies(rule)]
    return {**group.settings, "rules": rules}


def _asked(trial: Trial, clones: Sequence["_Clone"]) -> dict[str, Any]:
    content = dict(trial.cases[0].content)
    for key in ("promql_expr_test", "alert_rule_test"):
        if key in content:
            content[key] = [
                clone.renamed(question)
                for question in content[key]
                for clone in clones
                if trial.subject.alert in str(question)
            ]
    series = content.get("input_series", [])
    content["input_series"] = [*series, *(each for c in clones for each in c.series(series))]
    return content


class _Clone:
    """A mutant's rules under names of their own."""

    def __init__(self, subject: Subject, mutant: Mutant, number: int) -> None:
        self._mutant = mutant
        self._names = {name: f"{name}{_MARK}{number}" for name in _between(subject, mutant.rule)}

    def copies(self, rule: Rule) -> Iterator[Rule]:
        """Yield the copy of a rule, if it is the mutant or reads it."""
        key = "alert" if "alert" in rule else "record"
        name = rule[key]
        if name not in self._names:
            return
        mutated = self._mutant.of(rule) if name == self._mutant.rule else dict(rule)
        # Their texts are not asked for, and templates take most of the time.
        mutated.pop("annotations", None)
        expr = with_names(mutated["expr"], self._names) if len(self._names) > 1 else mutated["expr"]
        yield {**mutated, key: self._names[name], "expr": expr}

    def renamed(self, value: Any) -> Any:
        """Return a question, or a part of one, asked of the mutant."""
        if isinstance(value, Mapping):
            return {key: self.renamed(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.renamed(each) for each in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        for name, own in self._names.items():
            if name in text:
                text = re.sub(rf"(?<![\w:]){re.escape(name)}(?![\w:])", own, text)
        return text

    def series(self, given: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """Yield the test's series that stand for a recording rule, under the mutant's name."""
        for each in given:
            name = each["series"].partition("{")[0].strip()
            if name in self._names:
                yield {**each, "series": self._names[name] + each["series"][len(name) :]}


def _between(subject: Subject, rule: str) -> list[str]:
    """Return a rule and those that read it, at first or second hand, in the order of the groups."""
    reached = {rule}
    rules = [(rule_name(each), each["expr"]) for each in subject.rules]
    grown = True
    while grown:
        new = {name for name, expr in rules if reached & set(names_read(expr))} - reached
        reached |= new
        grown = bool(new)
    return list(dict.fromkeys(name for name, _ in rules if name in reached))


def with_names(expression: str, names: Mapping[str, str]) -> str:
    """Return an expression with series, and alerts, of other names."""
    tree = parse(expression)
    return text_of(tree, dict(_renaming(tree, names)))


def _renaming(tree: Any, names: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    for path, node in nodes(tree):
        if isinstance(node, pp.MatrixSelector | pp.VectorSelector):
            bare = node.vector_selector if isinstance(node, pp.MatrixSelector) else node
            name = bare.name or ""
            matchers = [_matcher(matcher, names) for matcher in matchers_of(bare)]
            yield (
                path,
                ranged(node, names.get(name, name) + selector_text(bare, matchers)[len(name) :]),
            )


def _matcher(matcher: Any, names: Mapping[str, str]) -> str:
    text = matcher_text(matcher)
    own = names.get(matcher.value) if matcher.name == "alertname" else None
    return text.replace(matcher.value, own) if own else text


def _blames_nobody(trial: Trial, answer: Answer) -> Exception:
    name = trial.cases[0].name
    words = " ".join(answer.words.split())[:300]
    return unusable("promtool-failed", f"promtool failed '{name}' for none of the mutants: {words}")
