"""What a series does for a while, so that an expression over it has the value that is wanted."""

from dataclasses import dataclass, replace
from fractions import Fraction

from sothat.generator.proving.evaluation.selecting import Matcher, Selector


@dataclass(frozen=True, slots=True)
class Signal:
    """A behaviour; the subclasses say which."""


@dataclass(frozen=True, slots=True)
class AnyValue(Signal):
    """It is there; which value it has does not matter."""


@dataclass(frozen=True, slots=True)
class Gone(Signal):
    """It is not there."""


@dataclass(frozen=True, slots=True)
class Level(Signal):
    """It stays at a value."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Slope(Signal):
    """It grows by so much a second."""

    per_second: Fraction


@dataclass(frozen=True, slots=True)
class Clock(Signal):
    """It is the time of the test in seconds, and so much more."""

    ahead: Fraction


@dataclass(frozen=True, slots=True)
class Burst(Signal):
    """It changes its value so many times, sample by sample, and then stays.

    Attributes:
        resets: Whether only falls count, so that it rises in between.
    """

    count: int
    resets: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What one selector should see.

    Attributes:
        inherited: Conditions on its labels that selectors of recordings above it add.
        lag: Milliseconds before the evaluation that it looks at; 0 for now.
    """

    selector: Selector
    signal: Signal
    inherited: tuple[Matcher, ...] = ()
    lag: int = 0

    @property
    def key(self) -> tuple[str, tuple[Matcher, ...], int]:
        """Return what two wishes must have in common to concern the same samples."""
        return (self.selector.metric, self.selector.matchers, self.lag)


Plan = tuple[Wish, ...]


def merged(*plans: Plan) -> Plan | None:
    """Return all wishes of several plans; None where two contradict each other."""
    found: dict[tuple[str, tuple[Matcher, ...], int], Wish] = {}
    for wish in (wish for plan in plans for wish in plan):
        known = found.get(wish.key)
        if known is None or isinstance(known.signal, AnyValue):
            found[wish.key] = _with_all(wish, known)
        elif isinstance(wish.signal, AnyValue) or wish.signal == known.signal:
            found[wish.key] = _with_all(known, wish)
        else:
            return None
    return tuple(found.values())


def with_wish(plan: Plan, wish: Wish) -> Plan | None:
    """Return a plan with one wish more; None where that contradicts it; see `merged`."""
    key = wish.key
    return merged(plan, (wish,)) if any(known.key == key for known in plan) else (*plan, wish)


def _with_all(wish: Wish, other: Wish | None) -> Wish:
    if other is None:
        return wish
    return replace(wish, inherited=tuple(dict.fromkeys((*wish.inherited, *other.inherited))))
