"""Metric contracts: which series exist, of which type, unit and labels."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType


class MetricType(StrEnum):
    """The type of a family, as an exposition declares it."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"
    INFO = "info"
    UNTYPED = "untyped"


class Presence(StrEnum):
    """When a family's series are there.

    ``always``: whenever the target is up. ``feature``: as long as what they report on is there (a
    disk, a replica, an optional collector). ``event``: only once something has happened, so that
    to be there says something (an alert, a reason for a failure).
    """

    ALWAYS = "always"
    FEATURE = "feature"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a family.

    Attributes:
        values: The closed list of its values, where there is one.
        optional: Whether some series of the family lack it.
        pattern: RE2 expression that every value matches as a whole; empty when nothing is known.
        follows: Name of the label whose value settles this one's, as a resource its unit; empty:
            none does.
    """

    name: str
    help: str = ""
    values: tuple[str, ...] = ()
    optional: bool = False
    pattern: str = ""
    follows: str = ""


@dataclass(frozen=True, slots=True)
class Alias:
    """An older name of a family.

    Attributes:
        until: First version of the source that no longer exposes the name; empty when unknown.
    """

    name: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class MetricFamily:
    """One family.

    Attributes:
        name: As PromQL selects it: a counter's ends in ``_total``; a histogram's is the base name.
        unit: Base unit (``seconds``, ``bytes``, ``ratio``, ``celsius``, …); empty for plain counts,
            None where it is not known.
        buckets: Upper bounds of a histogram, ascending, without +Inf.
        since: First version of the source that exposes it; empty when the contract's range does.
        until: First version of the source that no longer does; empty when it still does.
        aliases: Its older names, all of the same type, unit and labels.
        open_labels: Whether series may carry further labels, named by the system watched
            (kube_pod_labels).
        within: Name of the family that holds what this one is a part of, series by series: free
            bytes lie within the size. Empty when nothing bounds it.
    """

    name: str
    type: MetricType
    help: str
    unit: str | None = ""
    labels: tuple[Label, ...] = ()
    presence: Presence = Presence.ALWAYS
    buckets: tuple[float, ...] = ()
    since: str = ""
    until: str = ""
    aliases: tuple[Alias, ...] = ()
    open_labels: bool = False
    within: str = ""

    @property
    def label_names(self) -> tuple[str, ...]:
        """Return the names of the family's own labels, in declared order."""
        return tuple(label.name for label in self.labels)

    @property
    def series_names(self) -> tuple[str, ...]:
        """Return the names of the series that the family exposes."""
        if self.type is MetricType.HISTOGRAM:
            return tuple(f"{self.name}{suffix}" for suffix in ("_bucket", "_sum", "_count"))
        if self.type is MetricType.SUMMARY:
            return (self.name, f"{self.name}_sum", f"{self.name}_count")
        return (self.name,)

    @property
    def with_aliases(self) -> Iterator["MetricFamily"]:
        """Yield the family under its own name, then under each older one."""
        yield self
        for alias in self.aliases:
            yield replace(self, name=alias.name, until=alias.until, since="", aliases=())


@dataclass(frozen=True, slots=True)
class Contract:
    """All families that one source exposes.

    Attributes:
        source: Name of the source, unique among the contracts of a run.
        target_labels: Labels that the scrape adds to each series.
        version: Versions of the source that the contract was taken from, such as ``1.5–1.12``.
        open_prefixes: Prefixes below which the source exposes more than is declared, under names
            that the system watched gives (node_ethtool_).
    """

    source: str
    families: tuple[MetricFamily, ...]
    target_labels: tuple[str, ...] = ("instance", "job")
    version: str = ""
    open_prefixes: tuple[str, ...] = ()

    def family(self, name: str) -> MetricFamily:
        """Return the family of this name.

        Raises:
            KeyError: The contract declares no such family.
        """
        for family in self.families:
            if family.name == name:
                return family
        raise KeyError(f"{self.source} declares no metric {name}")

    def scraped_with(self, labels: Iterable[str]) -> "Contract":
        """Return the contract of a source whose scrapes add further labels."""
        further = tuple(label for label in labels if label not in self.target_labels)
        return replace(self, target_labels=self.target_labels + further) if further else self


@dataclass(frozen=True, slots=True)
class Series:
    """What a contract says of one series name."""

    name: str
    family: MetricFamily
    contract: Contract

    @property
    def label_names(self) -> frozenset[str]:
        """Return every label that a stored series of this name can carry."""
        own = set(self.family.label_names) | set(self.contract.target_labels)
        if self.name.endswith("_bucket") and self.family.type is MetricType.HISTOGRAM:
            own.add("le")
        if self.name == self.family.name and self.family.type is MetricType.SUMMARY:
            own.add("quantile")
        return frozenset(own)


def index(contracts: Iterable[Contract]) -> Mapping[str, Series]:
    """Return the series of several contracts by name.

    Raises:
        ValueError: Two contracts declare the same series; the message names both.
    """
    found: dict[str, Series] = {}
    for contract in contracts:
        for name, family in _series(contract):
            if name in found:
                first = found[name].contract.source
                raise ValueError(f"{name} is declared by both {first} and {contract.source}")
            found[name] = Series(name, family, contract)
    return MappingProxyType(found)


def _series(contract: Contract) -> Iterator[tuple[str, MetricFamily]]:
    for declared in contract.families:
        for family in declared.with_aliases:
            for name in family.series_names:
                yield name, family
