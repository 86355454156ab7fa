"""An Alertmanager's configuration: routes, inhibition, time intervals, receivers."""

from collections.abc import Mapping
from dataclasses import dataclass

from sothat.generator.routing.matcher import Matcher
from sothat.generator.routing.time_interval import NamedInterval


@dataclass(frozen=True, slots=True)
class Route:
    """A node of the tree, what it inherits filled in.

    Attributes:
        path: Its place: the number of each child, from the root down.
        group_by: Names of the labels that make a group; None: all of an alert's.
        group_wait: In seconds, as the other two.
        active: Names of intervals outside of which it is silent; none: never for this reason.
        mute: Names of intervals in which it is silent.
        continues: Whether siblings after it are tried although it matched.
    """

    path: tuple[int, ...]
    matchers: tuple[Matcher, ...]
    receiver: str
    group_by: tuple[str, ...] | None
    group_wait: float
    group_interval: float
    repeat_interval: float
    active: tuple[str, ...]
    mute: tuple[str, ...]
    continues: bool
    routes: tuple["Route", ...]

    def __str__(self) -> str:
        """Return its matchers as Alertmanager prints them."""
        return "{" + ", ".join(map(str, self.matchers)) + "}"


@dataclass(frozen=True, slots=True)
class InhibitRule:
    """Firing alerts that mute others, as long as labels agree."""

    name: str
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Integration:
    """One way in which a receiver is told.

    Attributes:
        kind: The configuration's word, such as ``webhook`` or ``slack``.
        to: Where it leads, for people; empty where that is a secret or stands in `global`.
        send_resolved: Whether it hears of the end; None: as the kind's default has it.
    """

    kind: str
    to: str
    send_resolved: bool | None


@dataclass(frozen=True, slots=True)
class Configuration:
    """All of it that decides who is told, and when."""

    route: Route
    receivers: Mapping[str, tuple[Integration, ...]]
    intervals: Mapping[str, NamedInterval]
    inhibit_rules: tuple[InhibitRule, ...]
