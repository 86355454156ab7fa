"""An exposition held against the contract of its source."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sothat.generator.contracting.observed import ObservedFamily, label_names
from sothat.model.metric import Contract, Label, MetricFamily, MetricType, Presence
from sothat.model.problem import Problem

_MAX_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Terms:
    """What an exposition is held against.

    Attributes:
        contracts: The contracts whose families must be there.
        tolerated: Contracts whose families may be there as well (those of client libraries).
    """

    contracts: Sequence[Contract]
    tolerated: Sequence[Contract] = ()


@dataclass(frozen=True, slots=True)
class _Declared:
    family: MetricFamily
    target_labels: frozenset[str]


def deviations(families: Sequence[ObservedFamily], terms: Terms) -> list[Problem]:
    """Return where an exposition departs from its contracts."""
    declared = _declared([*terms.tolerated, *terms.contracts])
    prefixes = tuple(p for contract in terms.contracts for p in contract.open_prefixes)
    found: list[Problem] = []
    for seen in families:
        known = declared.get(seen.name)
        if known:
            found += _of_family(seen, known)
        elif not seen.name.startswith(prefixes):
            found.append(_undeclared(seen))
    return [*found, *_missing(families, terms.contracts)]


def _declared(contracts: Iterable[Contract]) -> Mapping[str, _Declared]:
    return {
        family.name: _Declared(family, frozenset(contract.target_labels))
        for contract in contracts
        for declared in contract.families
        for family in declared.with_aliases
    }


def _undeclared(seen: ObservedFamily) -> Problem:
    message = f"the contract does not declare the {seen.type} {seen.name}"
    return Problem("undeclared-family", message, hint="add it to the contract", rule=seen.name)


def _of_family(seen: ObservedFamily, known: _Declared) -> Iterator[Problem]:
    family = known.family
    if not _same_type(seen.type, family.type):
        message = f"{seen.name} is a {seen.type}, the contract says {family.type}"
        yield Problem("wrong-metric-type", message, rule=seen.name)
    declared = {label.name: label for label in family.labels}
    for name in label_names(seen.samples):
        if name in declared:
            yield from _of_values(seen, declared[name])
        elif not (family.open_labels or name in known.target_labels):
            message = f"{seen.name} has the label {name}, which the contract does not declare"
            yield Problem("undeclared-label", message, rule=seen.name)
    yield from _missing_labels(seen, family)


def _same_type(seen: MetricType, declared: MetricType) -> bool:
    """Return whether types agree; the text format has no word for info."""
    return seen is declared or {seen, declared} == {MetricType.GAUGE, MetricType.INFO}


def _of_values(seen: ObservedFamily, label: Label) -> Iterator[Problem]:
    values = {sample[label.name] for sample in seen.samples if label.name in sample}
    outside = sorted(value for value in values if not _allowed(value, label))
    if outside:
        shown = ", ".join(outside[:_MAX_SHOWN]) + (", …" if len(outside) > _MAX_SHOWN else "")
        message = f"{seen.name}: the label {label.name} has values outside the declared: {shown}"
        yield Problem("undeclared-value", message, rule=seen.name)


def _allowed(value: str, label: Label) -> bool:
    if label.values:
        return value in label.values
    if not label.pattern:
        return True
    try:
        return re.fullmatch(label.pattern, value, re.DOTALL) is not None
    except re.error:  # RE2 knows it, Python does not: nothing can be said
        return True


def _missing_labels(seen: ObservedFamily, family: MetricFamily) -> Iterator[Problem]:
    for label in family.labels:
        if label.optional:
            continue
        lacking = sum(label.name not in sample for sample in seen.samples)
        if lacking:
            message = f"{seen.name}: {lacking} of {len(seen.samples)} samples lack {label.name}"
            hint = "is the label optional?"
            yield Problem("missing-label", message, hint=hint, rule=seen.name)


def _missing(
    families: Iterable[ObservedFamily], contracts: Iterable[Contract]
) -> Iterator[Problem]:
    seen = {family.name for family in families if family.samples}
    for contract in contracts:
        for declared in contract.families:
            names = {family.name for family in declared.with_aliases}
            if _required(declared) and not names & seen:
                message = f"{declared.name} is not there, though it always should be"
                hint = "presence: feature or event, if it is not always there"
                yield Problem("missing-family", message, hint=hint, rule=declared.name)


def _required(family: MetricFamily) -> bool:
    """Return whether every version of the source exposes a family all the time."""
    return family.presence is Presence.ALWAYS and not (family.since or family.until)
