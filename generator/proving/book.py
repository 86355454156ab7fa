"""Tests that were made before, by what they were made of.

To make the tests of an alert takes some ten milliseconds. They follow from its expression, the
recording rules that it reads and the labels of its series, so a catalogue in which one alert has
changed needs those of that one alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from sothat.generator.proving.cases import Case

Cases = tuple[Case, ...]
Known = Mapping[str, tuple[int, Cases]]
# Builds that an entry outlives without being asked for: other environments have their own.
_BUILDS = 8


class CaseBook:
    """The cases that are known, by key; what is made is remembered."""

    def __init__(self, earlier: Callable[[], Known] = dict) -> None:
        """Begin with what an earlier run has left.

        Args:
            earlier: Tells it, once somebody asks: by key, the builds since it was last asked for,
                and the cases.
        """
        self._earlier = earlier
        self._asked: set[str] = set()
        self._changed = False
        self._expected: Callable[[], None] | None = None

    @cached_property
    def _known(self) -> dict[str, tuple[int, Cases]]:
        return dict(self._earlier())

    def cases(self, key: str, alert: str, make: Callable[[], Cases]) -> Cases:
        """Return the cases of a key under the name of an alert, made only where unknown."""
        if self.lacking([key]):
            self.add(key, make())
        self._asked.add(key)
        return tuple(replace(case, alert=alert) for case in self._known[key][1])

    def lacking(self, keys: Sequence[str]) -> list[str]:
        """Return the keys that are not known, once each, in their order."""
        if self._expected is not None:
            expected, self._expected = self._expected, None
            expected()
        return [key for key in dict.fromkeys(keys) if key not in self._known]

    def expect(self, finish: Callable[[], None] | None) -> None:
        """Wait for cases that are being made as soon as somebody asks for any.

        Args:
            finish: Waits, and adds them; None: nothing is expected any more.
        """
        self._expected = finish

    def ask(self, keys: Iterable[str]) -> None:
        """Take note of what somebody asks for: it is kept."""
        self._asked.update(keys)

    def add(self, key: str, cases: Cases) -> None:
        """Remember the cases of a key."""
        self._known[key] = (0, cases)
        self._changed = True

    @property
    def changed(self) -> bool:
        """Return whether there is something new to keep."""
        return self._changed

    def kept(self) -> Iterator[tuple[str, int, Cases]]:
        """Yield what is worth keeping: key, builds since it was last asked for, cases."""
        for key, (age, cases) in self._known.items():
            now = 0 if key in self._asked else age + 1
            if now < _BUILDS:
                yield key, now, cases
