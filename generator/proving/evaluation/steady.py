"""Results that stay as long as what they are made of does.

Most of a test is a steady state, in which one evaluation after the other sees the same. Nobody
changes a vector once it is made: the very same object means the same input, and so the same result.
"""

from collections.abc import Callable, Sequence
from operator import is_
from typing import Any

from sothat.generator.proving.evaluation.series import Era, Store, Vector

Evaluate = Callable[[Store, int], Vector]


def steady(
    make: Callable[..., Vector],
    part: Callable[[Store, int], Any],
    *others: Callable[[Store, int], Any],
) -> Evaluate:
    """Return the function of time that makes a vector of what its parts come to.

    Args:
        make: A pure function of the era and of what each part comes to.
        part: A function of a store and a time, which gives the same object for the same result.
        others: More of these.
    """
    if not others:
        return _of_one(make, part)
    return _of_two(make, part, *others) if len(others) == 1 else _of_several(make, (part, *others))


def _of_one(make: Callable[..., Vector], part: Callable[[Store, int], Any]) -> Evaluate:
    known: Any = None
    era: Era | None = None
    made: Vector = {}

    def evaluate(store: Store, time: int) -> Vector:
        nonlocal known, era, made
        given = part(store, time)
        if given is not known or era is not store.era:
            made = _kept(made, make(store.era, given))
            known, era = given, store.era
        return made

    return evaluate


def _of_two(
    make: Callable[..., Vector],
    one: Callable[[Store, int], Any],
    other: Callable[[Store, int], Any],
) -> Evaluate:
    known: Any = None
    known_other: Any = None
    era: Era | None = None
    made: Vector = {}

    def evaluate(store: Store, time: int) -> Vector:
        nonlocal known, known_other, era, made
        first, second = one(store, time), other(store, time)
        if first is not known or second is not known_other or era is not store.era:
            made = _kept(made, make(store.era, first, second))
            known, known_other, era = first, second, store.era
        return made

    return evaluate


def _of_several(
    make: Callable[..., Vector], parts: Sequence[Callable[[Store, int], Any]]
) -> Evaluate:
    known: list[Any] = [None] * len(parts)
    era: Era | None = None
    made: Vector = {}

    def evaluate(store: Store, time: int) -> Vector:
        nonlocal known, era, made
        given = [part(store, time) for part in parts]
        if era is not store.era or not all(map(is_, given, known)):
            made = _kept(made, make(store.era, *given))
            known, era = given, store.era
        return made

    return evaluate


def _kept(known: Vector, made: Vector) -> Vector:
    """Return what was made, or what was known where nobody could tell the two apart."""
    one, other = list(known.items()), list(made.items())
    # Two zeros are equal, and divide to different infinities.
    same = one == other and (0.0 not in made.values() or repr(one) == repr(other))
    return known if same else made


class Remembered:
    """The last that was looked up in a store: where it is the same again, it is the same object."""

    __slots__ = ("_known", "_made", "_store")

    def __init__(self) -> None:
        self._store: Store | None = None
        self._known: Any = None
        self._made: Any = None

    def made(self, store: Store, known: Any, make: Callable[[], Any]) -> Any:
        """Return what is made of something that is compared by value; see `steady`."""
        if self._store is not store or self._known != known:
            self._made = make()
            self._store, self._known = store, known
        return self._made
