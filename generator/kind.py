"""The contract of kinds: pure functions from an alert's short form to PromQL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sothat.model.alert import Threshold
from sothat.runtime.plugins import offered

GROUP = "sothat.kinds"


@dataclass(frozen=True, slots=True)
class Form:
    """An alert's IF as its kind gets it: defaults inherited, the environment's values applied.

    Attributes:
        alert: The alert's name.
        query: The query, ``$window`` filled in; it is PromQL.
        settings: All keys of the IF, of the kind's own schema.
    """

    alert: str
    query: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """A recording rule that a kind needs, named ``alert:<alert>:<operation>``."""

    operation: str
    expr: str
    help: str


@dataclass(frozen=True, slots=True)
class Absence:
    """The series whose absence is an alert of its own, and after how many seconds."""

    selector: str
    for_seconds: float


@dataclass(frozen=True, slots=True)
class Expansion:
    """What a kind makes of a short form.

    Attributes:
        query: PromQL; an alert fires for the elements that pass the threshold.
        threshold: What it is compared with; None when the query compares by itself.
        records: Recording rules that it needs, each after those that it uses.
        amounts: Quantities in the unit of the form's query.
        absence: What must not go missing, if anything.
    """

    query: str
    threshold: Threshold | None = None
    records: tuple[Record, ...] = ()
    amounts: tuple[Threshold, ...] = ()
    absence: Absence | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A template.

    Attributes:
        help: What such an alert watches, one sentence.
        properties: JSON schema of the keys of ``if`` that the kind adds; it may refer to the
            definitions of the schema of alerts.
        required: Those of its keys that must be there.
        rules: Further keywords of the JSON schema, such as which keys need each other.
        expand: Makes PromQL of the short form; pure.
    """

    help: str
    expand: Callable[[Form], Expansion]
    properties: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    required: tuple[str, ...] = ()
    rules: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def installed_kinds() -> Mapping[str, Kind]:
    """Return every installed kind by name."""
    return MappingProxyType(dict(offered(GROUP, "KIND", Kind)))
