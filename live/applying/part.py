"""What changes as one: steps forward, and steps back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an apply.

    Attributes:
        name: What it does, in words.
        do: Does it; may be done again. Raises `Unusable` or `OSError`.
    """

    name: str
    do: Callable[[], None]


class Part(Protocol):
    """Rules, routing or boards."""

    @property
    def name(self) -> str:
        """Return what it is."""

    def prepare(self) -> Iterator[Step]:
        """Yield what is done before anything changes."""

    def forward(self) -> Iterator[Step]:
        """Yield the steps to the new state."""

    def back(self) -> Iterator[Step]:
        """Yield the steps to the old state; each is tried, whatever became of those before."""

    def tidy(self) -> None:
        """Remove what is needed no more."""
