"""What a deployment consists of, whether it is compiled, reviewed or runs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sothat.generator.routing.configuration import Configuration

Labels = Mapping[str, str]
_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Rule:
    """An alerting or a recording rule.

    Attributes:
        alert: Whether it is an alert.
        expr: PromQL, as its source writes it.
        hold: Seconds of ``for``.
        keep: Seconds of ``keep_firing_for``.
        labels: What the rule adds.
        group: The name of its group.
        unit: Base unit of the figure that is compared, where the catalogue tells; else empty.
    """

    name: str
    alert: bool
    expr: str
    hold: float
    keep: float
    labels: Labels
    annotations: Labels
    group: str
    unit: str = ""

    @property
    def all_labels(self) -> dict[str, str]:
        """Return what every firing carries."""
        return {**self.labels, "alertname": self.name}


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated together.

    Attributes:
        interval: Seconds; None: whatever the server has for all groups.
        file: Where the server has it from; empty where it is not on a server.
    """

    name: str
    interval: float | None
    rules: tuple[Rule, ...]
    file: str = ""


@dataclass(frozen=True, slots=True)
class Routing:
    """An Alertmanager's configuration.

    Attributes:
        configuration: What decides who is told, and when.
        data: All of it, as plain mappings and lists.
        text: Its very text, where somebody has it.
        digest: The server's own hash of the text that it has loaded; None where it tells none.
    """

    configuration: Configuration
    data: Mapping[str, Any]
    text: str = ""
    digest: float | None = None


@dataclass(frozen=True, slots=True)
class BoardState:
    """A Grafana dashboard.

    Attributes:
        folder: Uid of its folder; empty: none.
        content: Grafana's classic JSON.
        version: The server's count of its versions; 0 where it is on no server.
        by_file: Whether the server has it from a provisioning file and refuses other changes.
        origin: The message of the latest version: who changed it last, and why.
    """

    uid: str
    title: str
    folder: str
    content: Mapping[str, Any]
    version: int = 0
    by_file: bool = False
    origin: str = ""


@dataclass(frozen=True, slots=True)
class FolderState:
    """A folder of boards, and who may see it.

    Attributes:
        permissions: Basic role → ``View``, ``Edit`` or ``Admin``; None: nobody can tell.
    """

    uid: str
    title: str
    permissions: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A deployment; None is a part that nobody asked for.

    Attributes:
        groups: Of rules; those of others are among them where a server has some.
        boards: By uid.
        folders: By uid.
        policy: The compiled policy: whose channels ring, and at which hours.
    """

    groups: tuple[Group, ...] | None = None
    routing: Routing | None = None
    boards: Mapping[str, BoardState] | None = None
    folders: Mapping[str, FolderState] = field(default_factory=lambda: _NONE)
    policy: Mapping[str, Any] = field(default_factory=lambda: _NONE)

    @property
    def alerts(self) -> tuple[Rule, ...]:
        """Return all alerting rules."""
        return tuple(rule for rule in rules_of(self.groups or ()) if rule.alert)


def rules_of(groups: Iterable[Group]) -> Iterator[Rule]:
    """Yield the rules of groups."""
    for group in groups:
        yield from group.rules
