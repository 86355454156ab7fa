"""Which open incident another one follows from, over the declared components. Pure.

An alert that says a part is down *reports* keys; an alert that depends on parts *needs* keys. Where
the two share one, the second follows from the first. A key is the part's name and the values of the
labels by which the two find each other, so that looking for a cause is looking up a few texts,
however many incidents are open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sothat.incidents.keys import canonical
from sothat.model.policy import Part

# A part and the labels by which it is found.
Link = tuple[str, tuple[str, ...]]


class Graph:
    """The components of a policy, by the names of the alerts that speak of them."""

    def __init__(self, components: Mapping[str, Part]) -> None:
        self._needs: dict[str, tuple[Link, ...]] = {}
        self._reports: dict[str, tuple[Link, ...]] = {}
        links = {name: tuple(_needed(name, components)) for name in components}
        for part in components.values():
            own = ((part.name, part.identity),) if part.identity else ()
            for alert in part.down:
                self._add(self._needs, alert, links[part.name])
                self._add(self._reports, alert, _sought(part, links))
            for alert in part.alerts:
                self._add(self._needs, alert, (*own, *links[part.name]))

    @staticmethod
    def _add(known: dict[str, tuple[Link, ...]], alert: str, links: Iterable[Link]) -> None:
        known[alert] = tuple(dict.fromkeys((*known.get(alert, ()), *links)))

    def needed(self, labels: Mapping[str, str]) -> Sequence[str]:
        """Return the keys of the parts that an alert depends on, the nearest first."""
        return _keys(self._needs.get(labels.get("alertname", ""), ()), labels)

    def reported(self, labels: Mapping[str, str]) -> Sequence[str]:
        """Return the keys of the part that an alert says is down; none if it says no such thing."""
        return _keys(self._reports.get(labels.get("alertname", ""), ()), labels)


def cause_of(
    labels: Mapping[str, str], open_down: Mapping[str, int], graph: Graph, own: int = 0
) -> int | None:
    """Return the incident that an alert follows from.

    Args:
        labels: The alert's.
        open_down: The open incidents that report a part as down, by key.
        graph: What depends on what.
        own: The alert's own incident: nothing follows from itself.
    """
    for key in graph.needed(labels):
        found = open_down.get(key)
        if found is not None and found != own:
            return found
    return None


def _keys(links: Sequence[Link], labels: Mapping[str, str]) -> Sequence[str]:
    """Return the keys of links; one whose labels the alert does not carry does not reach it."""
    if not links:
        return ()
    return [
        canonical([name, [[label, labels[label]] for label in wanted]])
        for name, wanted in links
        if all(labels.get(label) for label in wanted)
    ]


def _needed(name: str, components: Mapping[str, Part]) -> Iterator[Link]:
    """Yield what a component needs, then what that needs, each once."""
    seen: set[Link] = set()
    waiting = [name]
    while waiting:
        part = components.get(waiting.pop(0))
        for other, labels in part.needs.items() if part else ():
            link = (other, labels)
            if link not in seen and other != name:
                seen.add(link)
                waiting.append(other)
                yield link


def _sought(part: Part, links: Mapping[str, tuple[Link, ...]]) -> Iterator[Link]:
    """Yield under which labels a part that is down is looked for, each once."""
    own = {(part.name, part.identity)} if part.identity else set()
    sought = {link for found in links.values() for link in found if link[0] == part.name}
    yield from sorted(own | sought)
