"""The events that move an incident. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert of the incident began to fire."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    episode: int
    # Its end was never sent, so that it still counts as firing.
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """An alert of the incident stopped firing."""

    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Received:
    """A message that concerns the incident came in."""

    message: int
    receiver: str
    alerts: int
    truncated: int = 0


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Somebody takes the incident."""

    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Resolve:
    """Somebody declares it over."""

    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """The clock has moved on: the hold-down may be over."""


Event = Fired | Ended | Received | Acknowledge | Resolve | Quiet
