"""The events that move an incident. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass

from sothat.model.policy import Priority


@dataclass(frozen=True, slots=True)
class Alight:
    """One alert that begins to fire.

    Attributes:
        episode: Which of the alert's episodes it is, from 1.
        counted: The end of the one before was never sent, so that it still counts as firing.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    episode: int
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Fired:
    """Alerts of the incident began to fire; at least one.

    Attributes:
        cause: The open incident that all of them follow from, if one is known.
        reports: Keys of the components that they say are down.
    """

    alerts: tuple[Alight, ...]
    source: str = ""
    receiver: str = ""
    cause: int | None = None
    reports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spent:
    """One alert that stopped firing."""

    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ended:
    """Alerts of the incident stopped firing; at least one."""

    alerts: tuple[Spent, ...]


@dataclass(frozen=True, slots=True)
class Received:
    """A message that concerns the incident came in."""

    message: int
    receiver: str
    alerts: int
    truncated: int = 0


@dataclass(frozen=True, slots=True)
class CauseOver:
    """The incident that it follows from is over."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has gone by: whatever was due up to now happens."""


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Somebody takes the incident."""

    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Assign:
    """Somebody gives the incident to somebody: it is acknowledged in their name."""

    by: str
    to: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """Somebody gives the incident back: it is open again, and pages."""

    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Escalate:
    """Somebody wants the next level asked at once."""

    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mitigate:
    """The effect is gone, the reason is not."""

    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Resolve:
    """Somebody declares it over."""

    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verify:
    """Somebody has made sure that those who suffered are served again."""

    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Close:
    """Nothing is left to do; it is not opened again by an alert."""

    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reopen:
    """Somebody finds that it is not over."""

    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Prioritise:
    """Somebody sets the priority, outright or by impact and urgency."""

    by: str
    note: str = ""
    priority: Priority | None = None
    impact: str = ""
    urgency: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """Somebody tells those who wait how it stands."""

    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """Somebody writes something down; no clock cares."""

    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """It waits on the customer: the clocks of resolution stand still."""

    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Resume:
    """The customer has answered: the clocks of resolution go on."""

    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Merge:
    """It is the same as another incident, which takes its alerts over."""

    by: str
    into: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Split:
    """Some of its alerts are another matter: they become an incident of their own."""

    by: str
    fingerprints: tuple[str, ...]
    note: str = ""


Happening = Fired | Ended | Received | CauseOver | Tick
Command = (
    Acknowledge
    | Assign
    | Release
    | Escalate
    | Mitigate
    | Resolve
    | Verify
    | Close
    | Reopen
    | Prioritise
    | Update
    | Comment
    | Wait
    | Resume
)
# These concern two incidents: see `sothat.incidents.joining`.
Joining = Merge | Split
Event = Happening | Command
