"""The problems of plain rules against contracts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType

from sothat.generator.foreign.rules import ForeignRule
from sothat.generator.promql import breaking_offset
from sothat.generator.sources import Sources
from sothat.generator.typecheck import Inference, infer
from sothat.generator.typecheck.alerts import TextFinding, alert_findings, text_findings
from sothat.generator.typecheck.findings import Finding
from sothat.generator.typecheck.syntax_hints import syntax_hint
from sothat.generator.typecheck.template_syntax import template_mistake
from sothat.generator.typecheck.types import UNKNOWN_VECTOR, Labels, Shape, Type
from sothat.generator.typecheck.world import World
from sothat.model.problem import Position, Problem


def rule_problems(rules: Sequence[ForeignRule], world: World) -> list[Problem]:
    """Return what is wrong with rules, given all that exists besides what they record.

    Args:
        rules: The rules to look at; they may read each other's records.
        world: All else, records of rules that are not looked at included.
    """
    return problems_within(rules, with_records(world, rules))


def with_records(world: World, rules: Sequence[ForeignRule]) -> World:
    """Return the world with what the rules record, once typed for rules and boards alike."""
    records = {**world.records, **record_types(rules, world)}
    return replace(world, records=MappingProxyType(records))


def problems_within(rules: Sequence[ForeignRule], world: World) -> list[Problem]:
    """Return what is wrong with rules in a world that has all their records."""
    sources = Sources.of(rule.document for rule in rules)
    return [problem for rule in rules for problem in _problems(rule, world, sources)]


def record_types(rules: Iterable[ForeignRule], world: World) -> dict[str, Type]:
    """Return the types of the series that rules record.

    Rules may read each other in any order: passes go on until nothing new is learnt, at most as
    many as there are rules; what only reads itself stays unknown.
    """
    recording = [rule for rule in rules if not rule.alert]
    types = {rule.name: UNKNOWN_VECTOR for rule in recording}
    pending = recording
    while pending:
        known = replace(world, records=MappingProxyType({**world.records, **types}), closed=False)
        learnt = {id(rule): _recorded(rule, known) for rule in pending}
        found = _merged(pending, learnt)
        fresh = {name for name, kind in found.items() if kind != types.get(name)}
        types.update(found)
        pending = _next_pass(recording, pending, fresh)
    return types


def _next_pass(
    recording: Sequence[ForeignRule], done: Sequence[ForeignRule], fresh: set[str]
) -> list[ForeignRule]:
    """Return the rules that read what was just learnt, and those that record the same as they do.

    Each pass must be smaller than the last.
    """
    readers = {rule.name for rule in recording if any(name in rule.expr for name in fresh)}
    again = [rule for rule in recording if rule.name in readers]
    return again if len(again) < len(done) else []


def _recorded(rule: ForeignRule, world: World) -> Type:
    try:
        found = infer(rule.expr, world).type
    except ValueError:  # reported where the rule itself is looked at
        return UNKNOWN_VECTOR
    labels = found.labels
    for name, value in rule.labels.items():
        labels = labels.plus(name, frozenset([value]) if "{{" not in value else None)
        labels = replace(labels, certain=labels.certain | {name})
    return found.having(shape=Shape.VECTOR, labels=labels, filtered=False, literal=None)


def _merged(rules: Iterable[ForeignRule], types: dict[int, Type]) -> dict[str, Type]:
    """Return one type a name: several rules may record the same series with other labels."""
    merged: dict[str, Type] = {}
    for rule in rules:
        found = types[id(rule)]
        first = merged.get(rule.name)
        merged[rule.name] = found if first is None else _either(first, found)
    return merged


def _either(one: Type, other: Type) -> Type:
    if one == other:
        return one
    labels: Labels = one.labels.union(other.labels)
    return UNKNOWN_VECTOR.having(
        labels=labels,
        unit=one.unit if one.unit == other.unit else None,
        flavour=one.flavour if one.flavour is other.flavour else UNKNOWN_VECTOR.flavour,
    )


def _problems(rule: ForeignRule, world: World, sources: Sources) -> Iterator[Problem]:
    start = rule.position("expr")
    try:
        inference = infer(rule.expr, world)
    except ValueError as error:
        fault = breaking_offset(rule.expr)
        at = sources.inside(start, rule.expr, fault)
        hint = syntax_hint(str(error), rule.expr[fault:])
        finding = Finding("promql-syntax", f"not PromQL: {error}", fault, hint)
        yield _problem(rule, sources, finding, at)
        return
    findings = [*inference.findings, *_of_alert(rule, inference, world)]
    for finding in findings:
        at = sources.inside(start, rule.expr, finding.offset)
        yield _problem(rule, sources, finding, at)
    if rule.alert:
        for found in text_findings(rule.labels, rule.annotations, inference.type):
            at = _text_position(rule, sources, found)
            yield _problem(rule, sources, found.finding, at)
        for found in _no_templates(rule):
            yield _problem(rule, sources, found.finding, _text_position(rule, sources, found))


def _no_templates(rule: ForeignRule) -> Iterator[TextFinding]:
    """Yield the texts for which Prometheus refuses the file."""
    for name, text in {**rule.annotations, **rule.labels}.items():
        mistake = template_mistake(text, newer=True)
        if mistake:
            message = f"{name} is no template: {mistake.message}"
            hint = "such as {{ $labels.site }} or {{ $value | humanizePercentage }}"
            yield TextFinding(name, Finding("bad-template", message, mistake.offset, hint))


def _of_alert(rule: ForeignRule, inference: Inference, world: World) -> Iterator[Finding]:
    if rule.alert:
        yield from alert_findings(rule.expr, inference, world)


def _text_position(rule: ForeignRule, sources: Sources, found: TextFinding) -> Position:
    part = "labels" if found.field in rule.labels else "annotations"
    texts = rule.labels if part == "labels" else rule.annotations
    start = rule.position(part, found.field)
    return sources.inside(start, texts[found.field], found.finding.offset)


def _problem(rule: ForeignRule, sources: Sources, finding: Finding, at: Position) -> Problem:
    problem = Problem(
        finding.code,
        finding.message,
        at,
        finding.hint,
        rule=rule.name,
        expression=rule.expr.strip(),
    )
    return sources.complete(problem)
