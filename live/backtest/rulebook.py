"""The rules to replay: of the catalogue, or of anybody's rule files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sothat.generator.checked import CheckedCatalogue
from sothat.generator.foreign.rules import ForeignRule, read_rules
from sothat.generator.groups import alert_groups
from sothat.generator.promql import parse
from sothat.generator.rule_texts import static_labels
from sothat.live.backtest.recorded import Recorded, Recordings
from sothat.live.backtest.subject import Subject
from sothat.model.duration import parse_duration
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Position, Problem, Unusable, unusable

_RULE_FILES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Alerts, and the recording rules that they may read, by name."""

    subjects: tuple[Subject, ...]
    recordings: Recordings

    def chosen(self, names: Sequence[str]) -> tuple[Subject, ...]:
        """Return the alerts of some names; of no names all.

        Raises:
            Unusable: There is no alert of a name.
        """
        known = {subject.name for subject in self.subjects}
        wrong = [name for name in names if name not in known]
        if wrong:
            raise Unusable(
                Problem(
                    "unknown-alert", f"no alert is named {name!r}", hint=did_you_mean(name, known)
                )
                for name in wrong
            )
        return tuple(s for s in self.subjects if not names or s.name in names)


def of_catalogue(checked: CheckedCatalogue) -> Rulebook:
    """Return the rules that a catalogue compiles to."""
    catalogue = checked.catalogue
    every = _milliseconds(checked.values.seconds("evaluation_interval"))
    groups = {a.name: group.name for group in alert_groups(catalogue) for a in group.rules}
    subjects = (
        Subject(
            name=alert.name,
            expr=alert.condition.expr,
            lasts=_milliseconds(alert.condition.for_seconds),
            keeps=_milliseconds(alert.condition.keep_firing_seconds),
            labels=static_labels(alert, catalogue),
            group=groups[alert.name],
            interval=every,
            position=alert.position,
            unit=alert.condition.threshold.unit if alert.condition.threshold else "",
        )
        for alert in catalogue.alerts
    )
    recordings = _by_name((rule.record, Recorded(rule.expr)) for rule in catalogue.recordings)
    return Rulebook(tuple(subjects), recordings)


def of_files(paths: Iterable[Path]) -> Rulebook:
    """Return the rules of files and folders.

    Raises:
        Unusable: A file cannot be read, or a rule in it is none.
    """
    rules: list[ForeignRule] = []
    problems: list[Problem] = []
    for path in _each(paths):
        found, wrong = read_rules(path)
        rules += found
        problems += wrong
    problems += [p for rule in rules for p in _syntax(rule)]
    if problems:
        raise Unusable(problems)
    recordings = _by_name(
        (rule.name, Recorded(rule.expr, rule.labels)) for rule in rules if not rule.alert
    )
    return Rulebook(tuple(map(_subject, (rule for rule in rules if rule.alert))), recordings)


def _by_name(rules: Iterable[tuple[str, Recorded]]) -> Recordings:
    found: dict[str, tuple[Recorded, ...]] = {}
    for name, rule in rules:
        found[name] = (*found.get(name, ()), rule)
    return found


def _each(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = _within(path)
        if not found:
            message = "no rule file in this folder"
            raise unusable("no-files", message, position=Position(str(path)))
        yield from found


def _within(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.rglob("*") if p.suffix in _RULE_FILES and p.is_file())
    except OSError as error:  # something in it goes away, or may not be looked into
        message = f"cannot read: {error.strerror or error}"
        raise unusable("unreadable-file", message, position=Position(str(folder))) from error


def _syntax(rule: ForeignRule) -> Iterable[Problem]:
    try:
        parse(rule.expr)
    except ValueError as error:
        position = rule.position("expr")
        yield Problem("promql-syntax", str(error), position, rule=rule.name, expression=rule.expr)


def _subject(rule: ForeignRule) -> Subject:
    raw, group = _at(rule, rule.path), _at(rule, rule.path[:-2])
    return Subject(
        name=rule.name,
        expr=rule.expr,
        lasts=_duration(rule, raw, "for"),
        keeps=_duration(rule, raw, "keep_firing_for"),
        labels=rule.labels,
        group=str(group.get("name", "")),
        interval=_duration(rule, group, "interval"),
        position=rule.position(),
    )


def _at(rule: ForeignRule, path: Sequence[str | int]) -> Any:
    node: Any = rule.document.data
    for part in path:
        node = node[part]
    return node


def _duration(rule: ForeignRule, node: Mapping[str, Any], key: str) -> int:
    written = node.get(key) or 0
    try:
        return _milliseconds(parse_duration(str(written)) if written else 0)
    except ValueError as error:
        message = f"{key}: {error}"
        raise unusable("bad-duration", message, position=rule.position()) from error


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
