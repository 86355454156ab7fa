"""What depends on what: the graph from which inhibition is derived."""

from dataclasses import dataclass

from sothat.model.problem import Position


@dataclass(frozen=True, slots=True)
class Mention:
    """A name as it stands in a file."""

    name: str
    position: Position


@dataclass(frozen=True, slots=True)
class Need:
    """A component that another needs.

    Attributes:
        labels: The labels by which the two find each other, such as ``site`` and ``gateway``.
    """

    component: Mention
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the system.

    Attributes:
        identity: The labels that tell one such part from another; given, a part that is down
            mutes its own further alerts.
        down: Alerts, or entries that make several, which say that it is down.
        alerts: Those which say that something else is wrong with it.
        needs: What it cannot work without.
    """

    name: str
    position: Position
    down: tuple[Mention, ...] = ()
    alerts: tuple[Mention, ...] = ()
    needs: tuple[Need, ...] = ()
    identity: tuple[str, ...] = ()
