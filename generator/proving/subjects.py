"""What is proven: each alert with the rules that it needs and the tests that speak of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import promql_parser as pp
import yaml
from sothat.generator.groups import metrics_of
from sothat.generator.promql import SIGNS, matchers_of, parse, walk
from sothat.model.artefact import Artefact
from sothat.model.duration import parse_duration

_RULES, _TESTS = "prometheus/rules/", "prometheus/tests/"
_ALERT_SERIES = ("ALERTS", "ALERTS_FOR_STATE")

Rule = Mapping[str, Any]


def rule_name(rule: Rule) -> str:
    """Return the name of an alert or recording rule."""
    return str(rule.get("alert") or rule["record"])


@dataclass(frozen=True, slots=True)
class Group:
    """A group of a rule file: its rules, and its other settings (name, interval, …)."""

    settings: Mapping[str, Any]
    rules: tuple[Rule, ...]

    @property
    def name(self) -> str:
        """Return its name, unique among the groups."""
        return str(self.settings["name"])


@dataclass(frozen=True, slots=True)
class WrittenTest:
    """One test of a test file.

    Attributes:
        alerts: The alerts that it asks for.
        content: The test as promtool reads it.
        settings: What the file says for all its tests, such as how often rules are evaluated.
    """

    name: str
    file: str
    alerts: tuple[str, ...]
    content: Mapping[str, Any]
    settings: Mapping[str, Any]

    @property
    def evaluation(self) -> float:
        """Return the seconds between two evaluations."""
        return parse_duration(str(self.settings.get("evaluation_interval", "1m")))


@dataclass(frozen=True, slots=True)
class Subject:
    """An alert under test.

    Attributes:
        groups: The rules that it needs, itself included, in the groups that they were written in.
        cases: The tests that ask for it.
    """

    alert: str
    groups: tuple[Group, ...]
    cases: tuple[WrittenTest, ...]

    @property
    def evaluation(self) -> float:
        """Return the seconds between two evaluations in the finest test that sees it change.

        A test that looks once, or always sees the same, says nothing about an evaluation more or
        less; only where there is no other, the finest of all counts.
        """
        seeing = [case for case in self.cases if sees_change(case.content, self.alert)]
        return min(case.evaluation for case in seeing or self.cases)

    @property
    def rules(self) -> Iterator[Rule]:
        """Yield its rules."""
        for group in self.groups:
            yield from group.rules


def subjects_of(artefacts: Iterable[Artefact]) -> list[Subject]:
    """Return each alert of a build's rule files, in the order of the files."""
    files = [made for made in artefacts if made.path.startswith((_RULES, _TESTS))]
    groups = [group for made in files if made.path.startswith(_RULES) for group in _groups(made)]
    cases = [case for made in files if made.path.startswith(_TESTS) for case in _cases(made)]
    needs = _Needs(groups)
    names = dict.fromkeys(rule["alert"] for g in groups for rule in g.rules if "alert" in rule)
    return [
        Subject(name, needs.of(name), tuple(case for case in cases if name in case.alerts))
        for name in names
    ]


def _read(artefact: Artefact) -> Any:
    return yaml.load(artefact.text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 – it is the safe one


def _groups(artefact: Artefact) -> Iterator[Group]:
    for group in _read(artefact)["groups"]:
        settings = {key: value for key, value in group.items() if key != "rules"}
        yield Group(settings, tuple(group["rules"]))


def _cases(artefact: Artefact) -> Iterator[WrittenTest]:
    data = _read(artefact)
    settings = {key: value for key, value in data.items() if key not in ("tests", "rule_files")}
    for number, test in enumerate(data["tests"], start=1):
        name = test.get("name") or f"test {number}"
        yield WrittenTest(name, artefact.path, tuple(_asked_for(test)), test, settings)


def _asked_for(test: Mapping[str, Any]) -> dict[str, None]:
    """Return the alerts that a test asks for, as an ordered set."""
    named = [each["alertname"] for each in test.get("alert_rule_test", ())]
    for each in test.get("promql_expr_test", ()):
        named += _alerts_read(each["expr"])
    return dict.fromkeys(named)


def _alerts_read(expression: str) -> Iterator[str]:
    """Yield the alerts whose series an expression selects by name."""
    for node in walk(parse(expression)):
        selector = node.vector_selector if isinstance(node, pp.MatrixSelector) else node
        if isinstance(selector, pp.VectorSelector) and selector.name in _ALERT_SERIES:
            for matcher in matchers_of(selector):
                if matcher.name == "alertname" and SIGNS[str(matcher.op)] == "=":
                    yield matcher.value


class _Needs:
    """Finds the rules that a rule reads, at first or second hand."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self._groups = tuple(groups)
        self._by_name: dict[str, list[Rule]] = {}
        for group in self._groups:
            for rule in group.rules:
                self._by_name.setdefault(rule_name(rule), []).append(rule)

    def of(self, alert: str) -> tuple[Group, ...]:
        """Return the groups, with the needed rules only."""
        wanted = {alert}
        open_ends = [alert]
        while open_ends:
            for rule in self._by_name.get(open_ends.pop(), ()):
                new = set(names_read(rule["expr"])) - wanted
                wanted |= new
                open_ends += new
        return tuple(only(self._groups, wanted))


def only(groups: Iterable[Group], names: set[str]) -> Iterator[Group]:
    """Yield the groups with the rules of some names; groups left empty are left out."""
    for group in groups:
        rules = tuple(r for r in group.rules if rule_name(r) in names)
        if rules:
            yield Group(group.settings, rules)


def names_read(expression: str) -> Iterator[str]:
    """Yield the series, and the alerts by name, that an expression reads."""
    yield from metrics_of(expression)
    if any(name in expression for name in _ALERT_SERIES):
        yield from _alerts_read(expression)


def sees_change(test: Mapping[str, Any], alert: str) -> bool:
    """Return whether a test expects an alert to fire at one time and to be quiet at another."""
    by_name = [each.get("exp_alerts") for each in test.get("alert_rule_test", ())]
    by_series = [
        each.get("exp_samples")
        for each in test.get("promql_expr_test", ())
        if alert in _alerts_read(each["expr"])
    ]
    return len({bool(expected) for expected in (*by_name, *by_series)}) > 1
