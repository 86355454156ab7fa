"""Selectors: which series they take, and when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sothat.generator.promql import matchers_of
from sothat.generator.proving.evaluation.functions import compiled_pattern
from sothat.generator.proving.evaluation.series import NAME, Labels, Matrix, Series, Times, Unknown
from sothat.generator.proving.evaluation.store import Store

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

    def of(self, store: Store) -> list[Series]:
        """Return the selected series of a store."""
        return [one for labels, one in store.of(self._metric).items() if self._takes(labels)]

    def at(self, store: Store, times: Times) -> Matrix:
        """Return the elements at some times."""
        offset = self.selector.offset
        if offset < 0 and self._metric in store.rules:
            raise Unknown("what a rule will record")
        recorded = store.now(self._metric, times) if not offset else None
        if recorded is not None:
            return {labels: found for labels, found in recorded.items() if self._takes(labels)}
        then = earlier(times, offset)
        return {one.labels: one.column(then, store.era) for one in self.of(store)}

    def _takes(self, labels: Labels) -> bool:
        known = self._known.get(labels)
        if known is None:
            values = dict(labels)
            known = all(test(values.get(label, "")) for label, test in self._tests)
            self._known[labels] = known
        return known


def earlier(times: Times, offset: int) -> Times:
    """Return times shifted into the past."""
    if not offset:
        return times
    if isinstance(times, range):
        return range(times.start - offset, times.stop - offset, times.step)
    return [time - offset for time in times]
