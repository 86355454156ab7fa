"""What is mutated: rules, the world they live in, and what an edit of one is judged by."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import promql_parser as pp
from sothat.generator.declared import series_of
from sothat.generator.foreign.checking import COMMON_LABELS
from sothat.generator.foreign.rule_problems import record_types, rule_problems
from sothat.generator.foreign.rules import ForeignRule, read_rules
from sothat.generator.typecheck.templates import labels_read
from sothat.generator.typecheck.world import World
from sothat.model.metric import Contract, MetricType, Series
from sothat.model.problem import Problem

from .sites import Sites

_WORD = re.compile(r"[a-zA-Z_:][\w:]*")


@dataclass(frozen=True)
class Case:
    """One rule to mutate.

    Attributes:
        world: All that exists, its rules' records included.
        compiled: Whether it was compiled from a catalogue.
    """

    rule: ForeignRule
    world: World
    compiled: bool = False

    @cached_property
    def sites(self) -> Sites:
        """Return the places in the rule's expression."""
        return Sites(self.rule.expr)

    @property
    def series(self) -> Mapping[str, Series]:
        """Return the declared series by name."""
        return self.world.series

    def exists(self, metric: str) -> bool:
        """Return whether a metric is declared or recorded."""
        return metric in self.series or metric in self.world.records

    def type_of(self, metric: str) -> MetricType | None:
        """Return the declared type of a series; a histogram's parts are counters."""
        series = self.series.get(metric)
        if series is None:
            return None
        whole = series.family.type in (MetricType.HISTOGRAM, MetricType.SUMMARY)
        return MetricType.COUNTER if whole and metric != series.family.name else series.family.type

    @cached_property
    def read(self) -> frozenset[str]:
        """Return the labels that the rule's texts read."""
        texts = self.rule.annotations.values()
        return frozenset(read.name for text in texts for read in labels_read(text))

    def with_expr(self, expr: str) -> ForeignRule:
        """Return the rule with another expression."""
        return replace(self.rule, expr=expr)


@dataclass(frozen=True, slots=True)
class Subject:
    """A set of rules that belong together, and the world around them.

    Attributes:
        compiled: Whether the rules were compiled from a catalogue, which writes its thresholds
            with units: slips in those are made there.
    """

    name: str
    rules: tuple[ForeignRule, ...]
    world: World
    compiled: bool

    @classmethod
    def of(
        cls,
        name: str,
        files: Iterable[Path],
        contracts: Sequence[Contract],
        interval: float,
        *,
        compiled: bool = False,
    ) -> "Subject":
        """Read rule files; a catalogue's own labels are closed, those of scrapes elsewhere not."""
        rules = [rule for path in sorted(files) for rule in read_rules(path)[0]]
        extra = frozenset[str]() if compiled else COMMON_LABELS
        world = World(series_of(contracts), extra_labels=extra, scrape_interval=interval)
        known = replace(world, records=record_types(rules, world))
        return cls(name, tuple(rules), known, compiled)

    def cases(self) -> Iterator[Case]:
        """Yield each rule with its world."""
        return (Case(rule, self.world, self.compiled) for rule in self.rules)

    def problems(self, original: ForeignRule, mutant: ForeignRule) -> Sequence[Problem]:
        """Return what is reported after an edit: of the rule itself and of those that read it."""
        rules = [mutant, *self._readers(original)]
        return rule_problems(rules, self.world)

    def _readers(self, rule: ForeignRule) -> list[ForeignRule]:
        """Return the rules that read what a rule records, directly or through others."""
        if rule.alert:
            return []
        found: dict[int, ForeignRule] = {}
        names, seen = {rule.name}, set[str]()
        while names - seen:
            seen |= names
            for other in self.rules:
                if other is not rule and names & set(_WORD.findall(other.expr)):
                    found[id(other)] = other
                    names = names | ({other.name} if not other.alert else set())
        return list(found.values())


def parses(expr: str) -> bool:
    """Return whether a text is PromQL."""
    try:
        pp.parse(expr)
    except ValueError:
        return False
    return True


def same(one: str, other: str) -> bool:
    """Return whether two texts are one expression, written differently."""
    return bool(pp.parse(one).prettify() == pp.parse(other).prettify())
