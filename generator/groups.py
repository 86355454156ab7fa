"""Groups of recording rules: one for each file, and one for what the kinds of a domain need."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

import promql_parser as pp
from sothat.generator.promql import parse, walk
from sothat.model.alert import Catalogue, Recording

_RECORDINGS = "recordings"


@dataclass(frozen=True, slots=True)
class RecordingGroup:
    """Rules that Prometheus evaluates one after the other.

    Attributes:
        name: Unique among the groups; the stem of its rule file.
    """

    name: str
    rules: tuple[Recording, ...]


def recording_groups(catalogue: Catalogue) -> tuple[RecordingGroup, ...]:
    """Return the groups of all recording rules, in the order of their first rules."""
    domains = {alert.name: alert.domain for alert in catalogue.alerts}
    found: dict[str, list[Recording]] = {}
    for rule in catalogue.recordings:
        found.setdefault(_group_of(rule, domains), []).append(rule)
    return tuple(RecordingGroup(name, tuple(rules)) for name, rules in found.items())


def needed_groups(
    groups: Iterable[RecordingGroup], expressions: Iterable[str]
) -> tuple[RecordingGroup, ...]:
    """Return the groups whose rules the expressions use, at first or second hand."""
    groups = tuple(groups)
    home = {rule.record: group for group in groups for rule in group.rules}
    wanted: set[str] = set()
    open_ends = list(expressions)
    while open_ends:
        for name in metrics_of(open_ends.pop()):
            group = home.get(name)
            if group and group.name not in wanted:
                wanted.add(group.name)
                open_ends += [rule.expr for rule in group.rules]
    return tuple(group for group in groups if group.name in wanted)


def _group_of(rule: Recording, domains: Mapping[str, str]) -> str:
    if rule.made_for:
        return f"{_RECORDINGS}-for-{domains.get(rule.made_for, 'objectives')}"
    stem = PurePath(rule.position.file).stem
    return stem if stem.startswith(_RECORDINGS) else f"{_RECORDINGS}-{stem}"


def metrics_of(expression: str) -> Iterator[str]:
    """Yield the names of the series that an expression selects.

    Raises:
        ValueError: It is not PromQL.
    """
    for node in walk(parse(expression)):
        selector = node.vector_selector if isinstance(node, pp.MatrixSelector) else node
        if isinstance(selector, pp.VectorSelector) and selector.name:
            yield str(selector.name)
