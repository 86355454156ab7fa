"""What an expression reads: the series of a test, and those that rules record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from sothat.generator.proving.evaluation.series import (
    NAME,
    Era,
    Labels,
    Matrix,
    Series,
    Times,
    Unknown,
    labels_of,
    put,
)


@dataclass(slots=True)
class Store:
    """All series of a run by the metric's name.

    A rule is evaluated when somebody reads what it records: each reads only rules that were
    evaluated before it, or the past of any.

    Attributes:
        every: Milliseconds from one evaluation of the rules to the next.
        count: How many evaluations there are.
        rules: The recording rules by name.
        remembered: Those of whose past something is read: they are recorded at each evaluation.
    """

    era: Era
    every: int = 1
    count: int = 0
    rules: Mapping[str, "Evaluate"] = field(default_factory=dict)
    remembered: frozenset[str] = frozenset()
    _series: dict[str, dict[Labels, Series]] = field(default_factory=dict)
    _made: dict[tuple[str, int], tuple[Times, Matrix]] = field(default_factory=dict)
    _making: set[str] = field(default_factory=set)

    def add(self, series: Series) -> None:
        """Add a series."""
        name = dict(series.labels)[NAME]
        self._series.setdefault(name, {})[series.labels] = series

    def of(self, name: str) -> Mapping[Labels, Series]:
        """Return the series of a metric, be it scraped or recorded.

        Raises:
            Unknown: A rule reads itself, or records something twice.
        """
        if name in self.remembered and name not in self._series:
            every = range(0, self.count * self.every, self.every)
            self._series[name] = {
                labels: Series(labels, self.every, column, marked=True)
                for labels, column in self._recorded(name, every).items()
            }
        return self._series.get(name, {})

    def now(self, name: str, times: Times) -> Matrix | None:
        """Return what a rule of which nobody reads the past records at some times; None: no rule.

        Raises:
            Unknown: A rule reads itself, or records something twice.
        """
        if name not in self.rules or name in self.remembered:
            return None
        key = (name, id(times))
        if key not in self._made:
            # With the times themselves: no others can have their identity meanwhile.
            self._made[key] = (times, self._recorded(name, times))
        return self._made[key][1]

    def _recorded(self, name: str, times: Times) -> Matrix:
        if name in self._making:
            raise Unknown(f"the rule {name} reads itself")
        self._making.add(name)
        found: Matrix = {}
        for labels, column in self.rules[name](self, times).items():
            put(found, _with_name(labels, name), column, f"{name} is recorded twice")
        self._making.remove(name)
        return found


Evaluate = Callable[[Store, Times], Matrix]


@lru_cache(maxsize=4_096)
def _with_name(labels: Labels, name: str) -> Labels:
    return labels_of({**dict(labels), NAME: name})
