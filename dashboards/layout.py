"""Places panels on Grafana's grid: left to right, row by row, never over one another."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

COLUMNS: Final = 24


@dataclass(frozen=True, slots=True)
class Size:
    """Width in columns (1 to 24) and height in grid rows of 30 pixels.

    Raises:
        ValueError: It fits no board.
    """

    width: int
    height: int

    def __post_init__(self) -> None:
        if not 1 <= self.width <= COLUMNS or self.height < 1:
            raise ValueError(f"a panel of {self.width} x {self.height} fits no board")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place on the grid, counted from the upper left corner."""

    x: int
    y: int
    width: int
    height: int


def flow(sizes: Iterable[Size], top: int = 0) -> tuple[Slot, ...]:
    """Return a slot for each size, in order.

    A panel that does not fit beside its left neighbour opens a row below the tallest so far.
    """
    slots: list[Slot] = []
    x, y, tallest = 0, top, 0
    for size in sizes:
        if x + size.width > COLUMNS:
            x, y, tallest = 0, y + tallest, 0
        slots.append(Slot(x, y, size.width, size.height))
        x, tallest = x + size.width, max(tallest, size.height)
    return tuple(slots)


def filled(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """Return the slots with each row's free columns shared out, so that no row ends in a gap."""
    rows: dict[int, list[Slot]] = {}
    for slot in slots:
        rows.setdefault(slot.y, []).append(slot)
    return tuple(wide for row in rows.values() for wide in _stretched(row))


def _stretched(row: list[Slot]) -> Iterator[Slot]:
    """Yield the slots of a row, each a little wider, those on the left by one column more."""
    free = COLUMNS - sum(slot.width for slot in row)
    share, left = divmod(free, len(row))
    x = 0
    for number, slot in enumerate(row):
        width = slot.width + share + (number < left)
        yield Slot(x, slot.y, width, slot.height)
        x += width


def bottom(slots: Iterable[Slot], top: int = 0) -> int:
    """Return the first free grid row below the slots."""
    return max((slot.y + slot.height for slot in slots), default=top)
