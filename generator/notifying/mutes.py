"""Which alerts are muted in which windows, as choices of which the first that matches holds.

A route has one list of windows. An alert that matches the label sets of two windows must meet a
route that has both; so the sets are also combined, and the one with most windows is asked first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sothat.generator.notifying.matching import LabelSet, both, implies
from sothat.model.policy import Policy

# More combinations than this make a routing tree that nobody can read.
MOST = 64

_Declared = Sequence[tuple[LabelSet, str]]


@dataclass(frozen=True, slots=True)
class Muting:
    """Alerts that match the labels, and the names of the windows in which they are muted."""

    labels: LabelSet
    windows: frozenset[str]


def mutings(policy: Policy) -> tuple[Muting, ...]:
    """Return the label sets that an alert is compared with in turn; the first that matches holds.

    More than `MOST` of them are cut off: a check refuses a policy that needs so many.
    """
    declared = [
        (labels, name) for name, window in policy.maintenance.items() for labels in window.mutes
    ]
    found: list[LabelSet] = []
    for labels in _combined(declared):
        if len(found) > MOST:
            break
        found.append(labels)
    needed = [labels for labels in found if not _is_repeated(labels, found, declared)]
    made = (Muting(labels, _windows(labels, declared)) for labels in needed)
    return tuple(sorted(made, key=lambda m: (-len(m.windows), sorted(m.labels.items()))))


def _combined(declared: _Declared) -> Iterator[LabelSet]:
    """Yield the declared sets, and every combination of them that has more windows than each."""
    found: list[LabelSet] = []
    for labels, _ in declared:
        if labels not in found:
            found.append(labels)
            yield labels
    for labels in found:  # it grows while it is read
        for other, _ in declared:
            combined = both(labels, other)
            if combined is not None and not _is_covered(combined, found, declared):
                found.append(combined)
                yield combined


def _is_covered(labels: LabelSet, found: Sequence[LabelSet], declared: _Declared) -> bool:
    """Tell whether a set that is at least as wide already has the same windows."""
    windows = _windows(labels, declared)
    return any(implies(labels, each) and _windows(each, declared) == windows for each in found)


def _is_repeated(labels: LabelSet, found: Sequence[LabelSet], declared: _Declared) -> bool:
    return _is_covered(labels, [each for each in found if each != labels], declared)


def _windows(labels: LabelSet, declared: _Declared) -> frozenset[str]:
    """Return the windows of all that matches a set."""
    return frozenset(name for each, name in declared if implies(labels, each))
