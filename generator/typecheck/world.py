"""What inference may rely on, and the walk that the rules of each node share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from sothat.generator.typecheck.findings import Finding
from sothat.generator.typecheck.source import Locator
from sothat.generator.typecheck.types import Type
from sothat.model.metric import Series

_NO_RECORDS: Mapping[str, Type] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class World:
    """All that exists, as far as contracts and recording rules tell.

    Attributes:
        series: Declared series by name.
        records: Types of recording rules by name.
        extra_labels: Labels that a scrape may add beyond the contracts' own target labels.
        scrape_interval: Seconds between two scrapes.
        closed: Whether a metric that is not declared is a finding.
        known: Inferences made before in this very world, by expression; None: none are kept,
            as long as the records still grow.
    """

    series: Mapping[str, Series]
    records: Mapping[str, Type] = field(default_factory=lambda: _NO_RECORDS)
    extra_labels: frozenset[str] = frozenset()
    scrape_interval: float = 15.0
    closed: bool = True
    known: dict[str, Any] | None = field(default=None, compare=False, repr=False)


class Walk(Protocol):
    """What a node's rule may ask of the engine."""

    world: World
    locator: Locator
    guarding: bool  # inside an operand of `and` or `unless`, where `> 0` asks for existence

    def visit(self, node: Any) -> Type:
        """Return the type of a node, and note what is wrong in it."""

    def report(self, code: str, message: str, offset: int, hint: str = "") -> None:
        """Note a finding."""


@dataclass(slots=True)
class Notes:
    """Findings in the order in which they were met, each once."""

    found: dict[Finding, None] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        """Keep a finding."""
        self.found.setdefault(finding)
