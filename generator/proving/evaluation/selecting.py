"""Selectors: which series they take, and when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sothat.generator.promql import matchers_of
from sothat.generator.proving.evaluation.functions import compiled_pattern
from sothat.generator.proving.evaluation.series import NAME, Labels, Series, Store, Unknown

Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on one label.

    Attributes:
        sign: ``=``, ``!=``, ``=~`` or ``!~``.
    """

    label: str
    sign: str
    value: str

    def test(self) -> Test:
        """Return the condition as a function of the label's value, empty where it is missing.

        Raises:
            Unknown: Its regular expression is beyond us.
        """
        if self.sign in ("=", "!="):
            equal = self.sign == "="
            return lambda value: (value == self.value) == equal
        pattern, matches = compiled_pattern(self.value), self.sign == "=~"
        return lambda value: (pattern.fullmatch(value) is not None) == matches


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric and the conditions on its labels; ``offset`` in milliseconds."""

    metric: str
    matchers: tuple[Matcher, ...]
    offset: int = 0


_SIGNS: Mapping[str, str] = MappingProxyType(
    {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}
)


# The inverse asks again and again for those of a few trees, and nobody can change a node.
@lru_cache(maxsize=2_048)
def selector_of(node: Any) -> Selector:
    """Return what a selector of the tree selects.

    Raises:
        Unknown: It names no metric, or looks at a fixed time.
    """
    if not node.name or node.at is not None or node.matchers.or_matchers:
        raise Unknown("a selector without a metric's name, or with @ or or")
    found = [
        Matcher(str(m.name), _SIGNS[str(m.op).rpartition(".")[2]], str(m.value))
        for m in matchers_of(node)
    ]
    if any(matcher.label == NAME for matcher in found):
        raise Unknown("a matcher for the metric's name")
    return Selector(str(node.name), tuple(found), milliseconds(node.offset))


def milliseconds(duration: Any) -> int:
    """Return a duration of the tree; none is 0."""
    return 0 if duration is None else round(duration.total_seconds() * 1000)


class Selection:
    """The series of a selector, each judged once."""

    def __init__(self, selector: Selector) -> None:
        self.selector, self._metric = selector, selector.metric
        self._tests = [(matcher.label, matcher.test()) for matcher in selector.matchers]
        self._known: dict[Labels, bool] = {}
        self._store: Store | None = None
        self._there = 0
        self._selected: list[Series] = []

    def of(self, store: Store) -> list[Series]:
        """Return the selected series of a store, to which some may come but from which none go."""
        there = store.of(self._metric)
        if self._store is not store or self._there != len(there):
            self._selected = [one for labels, one in there.items() if self.takes(labels)]
            self._store, self._there = store, len(there)
        return self._selected

    def takes(self, labels: Labels) -> bool:
        """Tell whether a series is selected."""
        known = self._known.get(labels)
        if known is None:
            values = dict(labels)
            known = all(test(values.get(label, "")) for label, test in self._tests)
            self._known[labels] = known
        return known
