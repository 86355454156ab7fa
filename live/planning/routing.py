"""Routing held against routing: receivers, routes, time intervals, inhibition."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sothat.generator.routing.configuration import InhibitRule, Route
from sothat.live.change import Change, How, Part
from sothat.live.planning.alertmanager_settings import setting_changes
from sothat.live.planning.amounts import arrow
from sothat.live.state import Routing
from sothat.model.duration import format_duration

_Tree = Mapping[tuple[str, ...], Route]


def routing_changes(old: Routing, new: Routing) -> Iterator[Change]:
    """Yield what becomes of the routing; defaults that a server fills in are no change."""
    routes = tuple(_routes(old.configuration.route, new.configuration.route))
    yield from routes
    if not routes and _pure(old.configuration.route) != _pure(new.configuration.route):
        yield _changed("route", "all", "routes are tried in another order")
    yield from _inhibitions(old, new)
    yield from _intervals(old, new)
    for name, detail in setting_changes(old.data, new.data):
        yield _changed("setting", name, detail)


def _changed(kind: str, name: str, *details: str) -> Change:
    return Change(Part.ROUTING, How.CHANGED, kind, name, details)


def _routes(old: Route, new: Route) -> Iterator[Change]:
    before, after = _tree(old), _tree(new)
    for key in sorted({*before, *after}):
        one, other = before.get(key), after.get(key)
        name = " ".join(key[1:]) or "root"
        if one and other:
            details = tuple(_route_details(one, other))
            if details:
                yield _changed("route", name, *details)
        elif other:
            receiver = f"to {other.receiver}"
            yield Change(Part.ROUTING, How.ADDED, "route", name, (receiver,))
        elif one:
            yield Change(Part.ROUTING, How.REMOVED, "route", name, (f"to {one.receiver}",))


def _tree(root: Route) -> _Tree:
    """Return all routes by the matchers on the way to them; of the same ones each in its turn."""
    found: dict[tuple[str, ...], Route] = {}
    waiting: list[tuple[tuple[str, ...], Route]] = [((), root)]
    while waiting:
        above, route = waiting.pop(0)
        key = (*above, _matchers(route))
        while key in found:
            key = (*key[:-1], f"{key[-1]} (again)")
        found[key] = route
        waiting += [(key, child) for child in route.routes]
    return found


def _matchers(route: Route) -> str:
    return "{" + ", ".join(sorted(map(str, route.matchers))) + "}"


def _route_details(old: Route, new: Route) -> Iterator[str]:
    if old.receiver != new.receiver:
        yield f"receiver {arrow(old.receiver, new.receiver)}"
    for name in ("group_wait", "group_interval", "repeat_interval"):
        was, will = getattr(old, name), getattr(new, name)
        if was != will:
            yield f"{name} {arrow(format_duration(was), format_duration(will))}"
    if _grouping(old) != _grouping(new):
        yield f"grouped by {arrow(_grouping(old), _grouping(new))}"
    for name, was, will in (("mute", old.mute, new.mute), ("active", old.active, new.active)):
        if set(was) != set(will):
            yield f"{name} intervals {arrow(', '.join(sorted(was)), ', '.join(sorted(will)))}"
    if old.continues != new.continues:
        yield "further routes are tried" if new.continues else "no further route is tried"


def _grouping(route: Route) -> str:
    return "all labels" if route.group_by is None else ", ".join(sorted(route.group_by))


def _pure(route: Route) -> Route:
    """Return a route whose parts have one order where the order means nothing."""
    return replace(
        route,
        matchers=tuple(sorted(route.matchers, key=str)),
        group_by=None if route.group_by is None else tuple(sorted(route.group_by)),
        active=tuple(sorted(route.active)),
        mute=tuple(sorted(route.mute)),
        routes=tuple(map(_pure, route.routes)),
    )


def _inhibitions(old: Routing, new: Routing) -> Iterator[Change]:
    before = Counter(map(_rule_words, old.configuration.inhibit_rules))
    after = Counter(map(_rule_words, new.configuration.inhibit_rules))
    for words in sorted((after - before).elements()):
        yield Change(Part.ROUTING, How.ADDED, "inhibition", words)
    for words in sorted((before - after).elements()):
        yield Change(Part.ROUTING, How.REMOVED, "inhibition", words)


def _rule_words(rule: InhibitRule) -> str:
    source, target = (" ".join(sorted(map(str, each))) for each in (rule.source, rule.target))
    equal = f" for equal {', '.join(sorted(rule.equal))}" if rule.equal else ""
    return f"{source} mutes {target}{equal}"


def _intervals(old: Routing, new: Routing) -> Iterator[Change]:
    before, after = old.configuration.intervals, new.configuration.intervals
    for name in sorted({*before, *after}):
        if name not in before:
            yield Change(Part.ROUTING, How.ADDED, "interval", name)
        elif name not in after:
            yield Change(Part.ROUTING, How.REMOVED, "interval", name)
        elif before[name] != after[name]:
            yield _changed("interval", name, "other times")
