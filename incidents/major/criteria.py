"""When an incident should be led as a major one: criteria, and what they find. Pure.

A criterion is met when all that it asks for is so; any criterion that is met proposes. A person
decides.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sothat.incidents.times import SECOND
from sothat.model.policy import Priority


@dataclass(frozen=True, slots=True)
class Criterion:
    """What must be so; empty and 0 ask for nothing. Durations in nanoseconds.

    Attributes:
        sites: Least number of sites of the alerts that fire; ``clients`` likewise.
        alerts: Least number of alerts that fire.
        unacknowledged: How long nobody has taken it; ``unresolved``: how long it has been open.
    """

    name: str
    priorities: tuple[Priority, ...] = ()
    outcomes: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    sites: int = 0
    clients: int = 0
    alerts: int = 0
    unacknowledged: int = 0
    unresolved: int = 0

    @property
    def wants_reach(self) -> bool:
        """Return whether it asks how far an incident reaches."""
        return bool(self.sites or self.clients)


@dataclass(frozen=True, slots=True)
class Facts:
    """What criteria are held against.

    Attributes:
        waited: Nanoseconds for which nobody has taken it, 0 once somebody has.
        lasted: Nanoseconds since its opening.
        sites: Of the alerts that fire, those of incidents that follow from it included.
    """

    priority: Priority
    team: str
    outcome: str
    alerts: int
    waited: int
    lasted: int
    sites: frozenset[str] = frozenset()
    clients: frozenset[str] = frozenset()


def reasons(criteria: Iterable[Criterion], facts: Facts) -> tuple[str, ...]:
    """Return why an incident should be led as a major one, a sentence for each criterion met."""
    found = ((one.name, _met(one, facts)) for one in criteria)
    return tuple(f"{name}: {', '.join(words)}" for name, words in found if words)


def _met(one: Criterion, facts: Facts) -> tuple[str, ...]:
    """Return what makes a criterion met, in words; nothing if it is not."""
    checks = tuple(_checks(one, facts))
    if not checks or not all(fits for fits, _ in checks):
        return ()
    return tuple(words for _, words in checks)


def _checks(one: Criterion, facts: Facts) -> Iterator[tuple[bool, str]]:
    if one.priorities:
        yield facts.priority in one.priorities, f"priority {facts.priority}"
    if one.outcomes:
        yield facts.outcome in one.outcomes, f"outcome {facts.outcome}"
    if one.teams:
        yield facts.team in one.teams, f"team {facts.team}"
    for wanted, found, name in (
        (one.sites, len(facts.sites), "sites"),
        (one.clients, len(facts.clients), "clients"),
        (one.alerts, facts.alerts, "alerts"),
    ):
        if wanted:
            yield found >= wanted, f"{found} {name} (at least {wanted})"
    if one.unacknowledged:
        yield facts.waited >= one.unacknowledged, f"nobody has it for {_span(facts.waited)}"
    if one.unresolved:
        yield facts.lasted >= one.unresolved, f"open for {_span(facts.lasted)}"


def _span(duration: int) -> str:
    if duration < 60 * SECOND:
        return f"{duration // SECOND} s"
    minutes = duration // (60 * SECOND)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
