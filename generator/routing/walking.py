"""Which routes an alert takes through the tree."""

from collections.abc import Iterator
from dataclasses import dataclass

from sothat.generator.routing.configuration import Route
from sothat.generator.routing.matcher import Labels, Matcher


@dataclass(frozen=True, slots=True)
class Visit:
    """What became of an alert at a route.

    Attributes:
        unmatched: The matchers that it does not fulfil; none where the route matched.
        stopped_by: The sibling before, which matched without ``continue``, so that this route was
            not tried; else None.
        children: Visits of the route's children, where it matched.
    """

    route: Route
    unmatched: tuple[Matcher, ...] = ()
    stopped_by: Route | None = None
    children: tuple["Visit", ...] = ()

    @property
    def matched(self) -> bool:
        """Return whether the alert went this way."""
        return not self.unmatched and self.stopped_by is None

    @property
    def takes(self) -> bool:
        """Return whether the alert ends here: it matched, and none of the children did."""
        return self.matched and not any(child.matched for child in self.children)


def walk(route: Route, labels: Labels) -> Visit:
    """Return an alert's way from a route on, depth first, from left to right."""
    unmatched = tuple(one for one in route.matchers if not one.matches(labels))
    if unmatched:
        return Visit(route, unmatched)
    return Visit(route, children=tuple(_children(route, labels)))


def _children(route: Route, labels: Labels) -> Iterator[Visit]:
    stopper: Route | None = None
    for child in route.routes:
        visit = Visit(child, stopped_by=stopper) if stopper else walk(child, labels)
        yield visit
        if visit.matched and not child.continues:
            stopper = child


def visits(visit: Visit) -> Iterator[Visit]:
    """Yield a visit and all below it, in the order of the tree."""
    yield visit
    for child in visit.children:
        yield from visits(child)


def receiving(route: Route, labels: Labels) -> tuple[Route, ...]:
    """Return the routes at which an alert ends, in the order of the tree."""
    return tuple(v.route for v in visits(walk(route, labels)) if v.takes)


def group_labels(route: Route, labels: Labels) -> dict[str, str]:
    """Return the labels by which an alert is grouped at a route; those it lacks are left out."""
    if route.group_by is None:
        return dict(labels)
    return {name: labels[name] for name in route.group_by if name in labels}
