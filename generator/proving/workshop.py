"""The tests of all alerts: what they have in common, made by several processes and kept."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import promql_parser as pp
from sothat.generator.groups import recording_groups
from sothat.generator.promql import matchers_of, parse
from sothat.generator.proving.book import CaseBook
from sothat.generator.proving.cases import Case
from sothat.generator.proving.evaluation.engine import compiled
from sothat.generator.proving.evaluation.rules import Program
from sothat.generator.proving.evaluation.series import Unknown
from sothat.generator.proving.pace import pace_of
from sothat.generator.proving.solving.formulas import (
    Formulas,
    Spans,
    full_size,
    selectors_in,
    spans_of,
    subquery_steps,
)
from sothat.generator.proving.solving.placing import Naming
from sothat.generator.proving.synthesis import Synthesis
from sothat.model.alert import Alert, Catalogue
from sothat.model.metric import Series as Declared
from sothat.runtime.forks import begun

# Times at which subqueries may look for one figure: more are beyond us, and beyond promtool.
_STEPS = 100_000
# Nodes with rules that read rules put in, and milliseconds: a century is near all that there is.
_NODES, _CENTURY = 5_000, 100 * 365 * 86_400_000
_TARGET = frozenset(("instance", "job"))
_TEXT_OR_NAME = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|(?<![\w:])[a-zA-Z_:][a-zA-Z0-9_:]*"""
)


@dataclass(frozen=True)
class Workshop:
    """What the tests of all alerts have in common.

    Attributes:
        formulas: The recording rules.
        declared: The series that contracts know.
    """

    formulas: Formulas
    declared: Mapping[str, Declared]
    book: CaseBook = field(default_factory=CaseBook)
    keys: dict[tuple[str, float, float], str] = field(default_factory=dict, repr=False)

    def cases(self, alert: Alert) -> tuple[Case, ...]:
        """Return the tests of an alert; none where its expression is beyond us."""
        return self.book.cases(self._key(alert), alert.name, lambda: self._made(alert))

    def prepare(self, alerts: Iterable[Alert], jobs: int) -> None:
        """Make the tests of alerts that have none yet, by several processes."""
        with self.begun(alerts, jobs):
            self.book.lacking(())

    @contextmanager
    def begun(self, alerts: Iterable[Alert], jobs: int) -> Iterator[None]:
        """Have other processes begin with the tests of alerts; whoever asks the book for any waits.

        Tests that nobody asked for until the end are given up.
        """
        by_key = {self._key(alert): alert for alert in alerts}
        keys = self.book.lacking(list(by_key))
        self.book.ask(by_key)
        with begun(lambda key: self._made(by_key[key]), keys, jobs) as making:

            def finish() -> None:
                for key, cases in zip(keys, making.results(), strict=True):
                    self.book.add(key, cases)

            self.book.expect(finish if keys else None)
            try:
                yield
            finally:
                self.book.expect(None)

    def _made(self, alert: Alert) -> tuple[Case, ...]:
        try:
            synthesis = self._synthesis(alert)
            return () if synthesis is None else tuple(synthesis.cases())
        except (Unknown, ValueError, OverflowError, ZeroDivisionError, RecursionError):
            return ()

    def _key(self, alert: Alert) -> str:
        """Return what the tests of an alert follow from; its name is not in it."""
        condition = alert.condition
        asked = (condition.expr, condition.for_seconds, condition.keep_firing_seconds)
        if asked not in self.keys:
            self.keys[asked] = sha256(json.dumps(self._grounds(*asked)).encode()).hexdigest()
        return self.keys[asked]

    def _grounds(self, expr: str, lasts: float, keeps: float) -> list[Any]:
        """Return what tests follow from, with rules by their places: no test speaks of one."""
        try:
            tree = parse(expr)
            needed = self.formulas.needed(tree)
            texts = _anonymous([expr, *(self.formulas.rules[name].expr for name in needed)], needed)
            labels = self._labels(tree).items()
            own = [[name, sorted(own)] for name, own in labels if name not in needed]
        except ValueError:  # no PromQL: reported elsewhere, and there are no tests to make
            return [expr, lasts, keeps, None]
        return [lasts, keeps, texts, sorted(own)]

    def _synthesis(self, alert: Alert) -> Synthesis | None:
        tree = parse(alert.condition.expr)
        spans = spans_of(tree, self.formulas)
        lasts, keeps = (
            round(seconds * 1000)
            for seconds in (alert.condition.for_seconds, alert.condition.keep_firing_seconds)
        )
        pace = pace_of(spans, lasts, keeps)
        if pace is None or _is_too_much(tree, self.formulas, spans):
            return None
        needed = self.formulas.needed(tree)
        recordings = {name: compiled(self.formulas.tree(name)) for name in needed}
        program = Program(recordings, compiled(tree), lasts, keeps, spans.remembered)
        naming = Naming(self._labels(tree), frozenset(_mentioned(tree, self.formulas)))
        return Synthesis(alert.name, tree, self.formulas, program, pace, spans, naming)

    def _labels(self, tree: Any) -> Mapping[str, frozenset[str]]:
        """Return the labels that each metric of an expression always has."""
        found = {}
        for node in self.formulas.every(tree):
            for selector in selectors_in(node):
                declared = self.declared.get(selector.name)
                if declared is not None:
                    optional = {label.name for label in declared.family.labels if label.optional}
                    own = frozenset(declared.family.label_names) - optional
                    targets = _TARGET & frozenset(declared.contract.target_labels)
                    found[selector.name] = own | targets
        return found


def _anonymous(expressions: Iterable[str], rules: Sequence[str]) -> list[str]:
    """Return expressions with places for the names of rules, those that a label could have kept."""
    places = {name: f":{place}" for place, name in enumerate(rules) if ":" in name}

    def hidden(found: re.Match[str]) -> str:
        return found[0] if found["text"] else places.get(found[0], found[0])

    return [_TEXT_OR_NAME.sub(hidden, text) for text in expressions]


def _is_too_much(tree: Any, formulas: Formulas, spans: Spans) -> bool:
    """Tell whether it would take unbounded time to make tests, or promtool would not run them."""
    nodes = full_size(tree, formulas)
    return nodes > _NODES or subquery_steps(tree) > _STEPS or spans.longest > _CENTURY


def workshop_for(
    catalogue: Catalogue, declared: Mapping[str, Declared], book: CaseBook
) -> Workshop:
    """Return the workshop of a catalogue; its rules in the order in which they are evaluated."""
    groups = recording_groups(catalogue)
    formulas = Formulas({rule.record: rule for group in groups for rule in group.rules})
    return Workshop(formulas, declared, book)


def _mentioned(tree: Any, formulas: Formulas) -> Iterator[str]:
    """Yield labels that an expression groups by, matches on or makes others of."""
    yield from _TARGET
    for node in formulas.every(tree):
        match node:
            case pp.AggregateExpr() if node.modifier is not None:
                yield from map(str, node.modifier.labels)
            case pp.BinaryExpr() if node.modifier is not None:
                yield from map(str, node.modifier.group_labels or ())
                if node.modifier.matching is not None:
                    yield from map(str, node.modifier.matching.labels)
            case pp.Call() if node.func.name == "label_replace":
                yield str(node.args[3].val)
            case pp.VectorSelector():
                yield from (str(matcher.name) for matcher in matchers_of(node))
