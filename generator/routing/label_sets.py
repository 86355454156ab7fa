"""Values that tell routes apart, for labels whose values only a firing will know."""

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import islice, product

from sothat.generator.routing.configuration import Route
from sothat.generator.routing.matcher import Matcher, Operator

_PLAIN = re.compile(r"[\w\s/@:;,%&=!\"'<>~-]*")
_EQUALITY = (Operator.EQUAL, Operator.NOT_EQUAL)
# More combinations than this are not looked at: no policy of ours comes near.
_MOST = 4096


def label_sets(
    route: Route, known: Mapping[str, str], carried: Collection[str] | None
) -> Iterator[Mapping[str, str]]:
    """Yield the label sets of an alert that a tree of routes can treat differently.

    Args:
        route: The tree's root.
        known: Labels with the values that every firing has.
        carried: Names of further labels that it can carry; None: any.
    """
    values = {
        name: found
        for name, found in _values(route).items()
        if name not in known and (carried is None or name in carried)
    }
    for chosen in islice(product(*values.values()), _MOST):
        yield {**known, **dict(zip(values, chosen, strict=True))}


def _values(route: Route) -> dict[str, tuple[str, ...]]:
    """Return by label the values that matchers name, none, and one that nobody names."""
    found: dict[str, set[str]] = {}
    for each in _matchers(route):
        found.setdefault(each.name, {""}).update(_named(each))
    return {
        name: (*sorted(values), "~".join(sorted(values)) + "~") for name, values in found.items()
    }


def _matchers(route: Route) -> Iterator[Matcher]:
    yield from route.matchers
    for child in route.routes:
        yield from _matchers(child)


def _named(each: Matcher) -> Iterator[str]:
    """Yield the values that a matcher names; of a pattern those that stand in it as they are."""
    parts = [each.value] if each.operator in _EQUALITY else each.value.split("|")
    for part in parts:
        if each.operator in _EQUALITY or _PLAIN.fullmatch(part):
            yield part
