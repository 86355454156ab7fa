"""What the graph of components says about alerts: which one mutes which other.

While a part is down, the alerts of all that needs it are muted where the labels of the dependency
are equal: those of its neighbours, and of what needs these in turn as far as they carry the
labels. A part that says what tells one like it from another mutes its own further alerts too.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sothat.generator.conventions import ALERT_LABELS
from sothat.model.alert import Alert, Inhibition
from sothat.model.dependencies import Component, Mention
from sothat.model.problem import Position

# Returns the labels that an alert can carry beside those of every alert; None: any.
Carried = Callable[[Alert], frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class _Link:
    """While one of the sources fires, the targets are muted for equal labels.

    Attributes:
        distant: Whether there are components between the two: then a missing label means that
            the dependency does not reach so far, not a mistake.
    """

    sources: tuple[Mention, ...]
    targets: tuple[Mention, ...]
    labels: tuple[str, ...]
    position: Position
    distant: bool = False


def with_derived(
    alerts: tuple[Alert, ...], components: Mapping[str, Component], carried: Carried
) -> tuple[Alert, ...]:
    """Return the alerts with the inhibitions that follow from the graph behind their own."""
    if not components:
        return alerts
    names = AlertNames(alerts)
    found: dict[str, dict[Inhibition, None]] = {}
    for link in _links(components):
        for inhibition, target in _of_link(link, names, carried):
            found.setdefault(target.name, {})[inhibition] = None
    return tuple(
        replace(alert, inhibitions=(*alert.inhibitions, *found[alert.name]))
        if alert.name in found
        else alert
        for alert in alerts
    )


class AlertNames:
    """Which alerts a name in the graph stands for."""

    def __init__(self, alerts: Iterable[Alert]) -> None:
        self._own: dict[str, Alert] = {}
        self._made: dict[str, list[Alert]] = {}
        for alert in alerts:
            self._own.setdefault(alert.name, alert)
            if alert.made_for:
                self._made.setdefault(alert.made_for, []).append(alert)

    def standing_for(self, name: str) -> Iterable[Alert]:
        """Return the alert itself, or all that an entry such as a service level makes."""
        return [self._own[name]] if name in self._own else self._made.get(name, ())

    def companions(self, name: str) -> Iterable[Alert]:
        """Return what is made beside an alert for the absence of its figures."""
        return self._made.get(name, ()) if name in self._own else ()


def _links(components: Mapping[str, Component]) -> Iterator[_Link]:
    for component in components.values():
        if component.identity:
            own = component.position
            yield _Link(component.down, component.alerts, component.identity, own)
        yield from _outward(component, components)


def _outward(component: Component, components: Mapping[str, Component]) -> Iterator[_Link]:
    """Yield what is muted while a component is down, neighbours and beyond."""
    for neighbour, labels, position in _dependents(component.name, components):
        targets = (*neighbour.down, *neighbour.alerts)
        yield _Link(component.down, targets, labels, position)
        for far in _beyond(neighbour, components, {component.name, neighbour.name}):
            targets = (*far.down, *far.alerts)
            yield _Link(component.down, targets, labels, position, distant=True)


def _dependents(
    name: str, components: Mapping[str, Component]
) -> Iterator[tuple[Component, tuple[str, ...], Position]]:
    """Yield the components that need one, by which labels, and where that stands."""
    for other in components.values():
        for need in other.needs:
            if need.component.name == name and other.name != name:
                yield other, need.labels, need.component.position


def _beyond(
    component: Component, components: Mapping[str, Component], seen: set[str]
) -> Iterator[Component]:
    """Yield, each once, what needs a component, and what needs that, and so on."""
    waiting = [component]
    while waiting:
        for other, _, _ in _dependents(waiting.pop().name, components):
            if other.name not in seen:
                seen.add(other.name)
                waiting.append(other)
                yield other


def _of_link(
    link: _Link, names: AlertNames, carried: Carried
) -> Iterator[tuple[Inhibition, Alert]]:
    sources = [alert for mention in link.sources for alert in names.standing_for(mention.name)]
    for mention in link.targets:
        named = [(alert, link.distant) for alert in names.standing_for(mention.name)]
        made = [(alert, True) for alert in names.companions(mention.name)]
        for target, tolerant in (*named, *made):
            for source in sources:
                inhibition = Inhibition(source.name, link.labels, link.position)
                if not tolerant or _reaches(link, source, target, carried):
                    yield inhibition, target


def _reaches(link: _Link, source: Alert, target: Alert, carried: Carried) -> bool:
    """Tell whether both alerts are known to carry all labels, and are not the same."""
    sets = [carried(source), carried(target)]
    return source.name != target.name and all(
        labels is not None and set(link.labels) <= {*labels, *ALERT_LABELS} for labels in sets
    )
