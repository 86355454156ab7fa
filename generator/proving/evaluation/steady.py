"""Results that stay as long as what they are made of does.

Most of a test is a steady state, in which one evaluation after the other sees the same. Nobody
changes a vector once it is made: the very same object means the same input, and so the same result.
"""

from collections.abc import Callable
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
    known: Any = None
    known_others: list[Any] = []
    era: Era | None = None
    made: Vector = {}

    def of_one(store: Store, time: int) -> Vector:
        nonlocal known, era, made
        given = part(store, time)
        if given is not known or era is not store.era:
            made = make(store.era, given)
            known, era = given, store.era
        return made

    def of_several(store: Store, time: int) -> Vector:
        nonlocal known, known_others, era, made
        given, further = part(store, time), [other(store, time) for other in others]
        if given is not known or era is not store.era or not all(map(is_, further, known_others)):
            made = make(store.era, given, *further)
            known, known_others, era = given, further, store.era
        return made

    return of_several if others else of_one


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
