"""Rule groups: small enough for every ruler, stable, and each rule after those that it reads.

A group holds at most twenty rules, which is what Mimir takes by default. When a rule changes its
group Prometheus forgets how long it has been pending, so a rule's group hangs on the rule's own
name: a full group is halved by the next bit of the names' digests, and all others stay as they
are. Recording rules that read one another stay together, however many they are: only within a
group does Prometheus evaluate them one after the other.
"""

import hashlib
import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath
from typing import Generic, TypeVar

import promql_parser as pp
from sothat.generator.conventions import GROUP_PREFIX
from sothat.generator.promql import parse, walk
from sothat.model.alert import Alert, Catalogue, Recording

MOST_RULES = 20
_RECORDINGS = "recordings"
_Rule = TypeVar("_Rule", Alert, Recording)
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class RuleGroup(Generic[_Rule]):
    """Rules that Prometheus evaluates one after the other.

    Attributes:
        name: Unique among all groups.
        file: The stem of its rule file.
    """

    name: str
    file: str
    rules: tuple[_Rule, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What it takes to evaluate some alerts: rule files, and the order of all groups in them."""

    files: tuple[str, ...]
    order: tuple[str, ...]


def alert_groups(catalogue: Catalogue) -> tuple[RuleGroup[Alert], ...]:
    """Return the groups of all alerts, one file a domain."""
    domains: dict[str, list[Alert]] = {}
    for alert in catalogue.alerts:
        domains.setdefault(alert.domain, []).append(alert)
    return tuple(
        group
        for domain in sorted(domains)
        for group in _grouped(domain, [[alert] for alert in domains[domain]], _alert_name)
    )


def recording_groups(catalogue: Catalogue) -> tuple[RuleGroup[Recording], ...]:
    """Return the groups of all recording rules, each after the groups that it reads.

    One file holds what one file of the catalogue declares, and one what the kinds of a domain
    need.
    """
    domains = {alert.name: alert.domain for alert in catalogue.alerts}
    files: dict[str, list[Recording]] = {}
    for rule in catalogue.recordings:
        files.setdefault(_file_of(rule, domains), []).append(rule)
    read = {id(rule): _metrics_read(rule.expr) for rule in catalogue.recordings}
    groups = [group for file in files for group in _of_file(file, files[file], read)]
    homes = {rule.record: place for place, group in enumerate(groups) for rule in group.rules}
    needs = [
        {homes[name] for rule in group.rules for name in read[id(rule)] if name in homes}
        for group in groups
    ]
    return tuple(groups[place] for place in _in_order(needs))


@lru_cache(maxsize=1 << 14)
def _metrics_read(expression: str) -> frozenset[str]:
    """Return the names of the series that a rule reads; none when it is no PromQL."""
    try:
        return frozenset(metrics_of(expression))
    except ValueError:  # reported by the check of syntax
        return frozenset()


def evaluations(catalogue: Catalogue) -> Mapping[str, Evaluation]:
    """Return what it takes to evaluate the alerts of each domain."""
    recordings, alerts = recording_groups(catalogue), alert_groups(catalogue)
    reading = _reading(recordings)
    expressions: dict[str, list[str]] = {}
    for alert in catalogue.alerts:
        expressions.setdefault(alert.domain, []).append(alert.condition.expr)
    found: dict[str, Evaluation] = {}
    for domain, texts in expressions.items():
        needed = _needed(texts, reading)
        files = dict.fromkeys(group.file for group in recordings if group.name in needed)
        order = [group.name for group in recordings if group.file in files]
        order += [group.name for group in alerts if group.file == domain]
        found[domain] = Evaluation((*files, domain), tuple(order))
    return found


@dataclass(frozen=True, slots=True)
class _Reading:
    """The group of each record, and the metrics that a group reads."""

    homes: Mapping[str, str]
    metrics: Mapping[str, frozenset[str]]


def _reading(groups: Iterable[RuleGroup[Recording]]) -> _Reading:
    groups = tuple(groups)
    homes = {rule.record: group.name for group in groups for rule in group.rules}
    metrics = {
        group.name: frozenset(name for rule in group.rules for name in _metrics_read(rule.expr))
        for group in groups
    }
    return _Reading(homes, metrics)


def _needed(expressions: Iterable[str], reading: _Reading) -> frozenset[str]:
    """Return the names of the groups that expressions use, at first or second hand."""
    wanted: set[str] = set()
    open_ends = [name for text in expressions for name in metrics_of(text)]
    while open_ends:
        group = reading.homes.get(open_ends.pop())
        if group and group not in wanted:
            wanted.add(group)
            open_ends += reading.metrics[group]
    return frozenset(wanted)


def metrics_of(expression: str) -> Iterator[str]:
    """Yield the names of the series that an expression selects.

    Raises:
        ValueError: It is not PromQL.
    """
    for node in walk(parse(expression)):
        selector = node.vector_selector if isinstance(node, pp.MatrixSelector) else node
        if isinstance(selector, pp.VectorSelector) and selector.name:
            yield str(selector.name)


def _file_of(rule: Recording, domains: Mapping[str, str]) -> str:
    if rule.made_for:
        return f"{_RECORDINGS}-for-{domains.get(rule.made_for, 'objectives')}"
    stem = PurePath(rule.position.file).stem
    return stem if stem.startswith(_RECORDINGS) else f"{_RECORDINGS}-{stem}"


def _of_file(
    file: str, rules: Sequence[Recording], read: Mapping[int, frozenset[str]]
) -> Iterator[RuleGroup[Recording]]:
    """Yield the groups of a file's rules, each rule after those that it reads."""
    places = {rule.record: place for place, rule in enumerate(rules)}
    needs = [{places[name] for name in read[id(rule)] if name in places} for rule in rules]
    ordered = _in_order(needs)
    clusters = [[rules[place] for place in cluster] for cluster in _connected(ordered, needs)]
    return _grouped(file, clusters, _record_name)


def _alert_name(alert: Alert) -> str:
    return alert.name


def _record_name(rule: Recording) -> str:
    return rule.record


def _grouped(
    file: str, clusters: Sequence[Sequence[_Rule]], name: Callable[[_Rule], str]
) -> Iterator[RuleGroup[_Rule]]:
    """Yield the groups of a file; clusters are never torn apart."""
    parts = _halved(list(clusters), lambda cluster: _digest(name(cluster[0])), 0, 0)
    for number, members in sorted(parts):
        rules = tuple(rule for cluster in members for rule in cluster)
        yield RuleGroup(f"{GROUP_PREFIX}{file}-{number + 1}", file, rules)


def _digest(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest(), "little")


def _halved(
    clusters: list[Sequence[_Item]], digest: Callable[[Sequence[_Item]], int], number: int, bit: int
) -> Iterator[tuple[int, list[Sequence[_Item]]]]:
    """Yield parts of at most twenty rules with their numbers: the lowest bits of the digests.

    What has one digest stays together: of a draft, many rules may have the same name.
    """
    if sum(map(len, clusters)) <= MOST_RULES or len(set(map(digest, clusters))) == 1:
        yield number, clusters
        return
    for half in (0, 1):
        members = [cluster for cluster in clusters if digest(cluster) >> bit & 1 == half]
        if members:
            yield from _halved(members, digest, number + (half << bit), bit + 1)


def _connected(order: Iterable[int], needs: Sequence[set[int]]) -> list[list[int]]:
    """Return the places that hang together by what they need, at first or second hand."""
    cluster = {place: [place] for place in order}
    for place, needed in enumerate(needs):
        for other in needed:
            one, two = cluster[place], cluster[other]
            if one is not two:
                one += two
                cluster.update(dict.fromkeys(two, one))
    rank = {place: number for number, place in enumerate(cluster)}
    return [
        sorted(members, key=rank.__getitem__)
        for place, members in cluster.items()
        if place == min(members, key=rank.__getitem__)
    ]


def _in_order(needs: Sequence[set[int]]) -> list[int]:
    """Return the places, each after those that it needs, else as they are; rings stay last."""
    waiting = [len(needed - {place}) for place, needed in enumerate(needs)]
    users: dict[int, list[int]] = {}
    for place, needed in enumerate(needs):
        for other in needed - {place}:
            users.setdefault(other, []).append(place)
    ready = [place for place, count in enumerate(waiting) if not count]
    found: list[int] = []
    while ready:
        found.append(heapq.heappop(ready))
        for user in users.get(found[-1], ()):
            waiting[user] -= 1
            if not waiting[user]:
                heapq.heappush(ready, user)
    return [*found, *sorted(set(range(len(needs))) - set(found))]
