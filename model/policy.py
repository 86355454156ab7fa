"""The policy: priorities with their clocks, teams and the channels that reach them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Priority(StrEnum):
    """How urgent an incident is, from all down (P1) to cosmetic (P4)."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


@dataclass(frozen=True, slots=True)
class PriorityTerms:
    """What a priority promises; all durations in seconds.

    Attributes:
        severity: Value of the ``severity`` label that Alertmanager's users know.
        acknowledge: Until somebody has taken the incident.
        update: Between two updates; None means as needed.
        resolve: Until the customer has the outcome back.
    """

    priority: Priority
    meaning: str
    severity: str
    acknowledge: float
    update: float | None
    resolve: float


@dataclass(frozen=True, slots=True)
class Team:
    """Who owns alerts, and the channels (by name) that reach them, by priority."""

    name: str
    description: str
    channels: Mapping[Priority, tuple[str, ...]]
    escalation: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """The resolved policy of a catalogue."""

    priorities: Mapping[Priority, PriorityTerms]
    teams: Mapping[str, Team]
    grouping: tuple[str, ...]
