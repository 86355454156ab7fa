"""Whatever the sizes, panels neither overlap nor leave the grid, and keep their order."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.dashboards.layout import COLUMNS, Size, Slot, bottom, filled, flow

SIZES = st.lists(st.builds(Size, st.integers(1, COLUMNS), st.integers(1, 30)), max_size=40)


def overlap(a: Slot, b: Slot) -> bool:
    return (
        a.x < b.x + b.width
        and b.x < a.x + a.width
        and a.y < b.y + b.height
        and b.y < a.y + a.height
    )


@given(SIZES, st.integers(0, 100))
def test_flow(sizes: list[Size], top: int) -> None:
    slots = flow(sizes, top)
    assert [(slot.width, slot.height) for slot in slots] == [(s.width, s.height) for s in sizes]
    assert not any(overlap(a, b) for a, b in combinations(slots, 2))
    assert all(slot.x >= 0 and slot.x + slot.width <= COLUMNS and slot.y >= top for slot in slots)
    assert list(slots) == sorted(slots, key=lambda slot: (slot.y, slot.x))
    assert all(slot.y + slot.height <= bottom(slots, top) for slot in slots)


def test_a_panel_that_does_not_fit_opens_a_row_below_the_tallest() -> None:
    slots = flow([Size(12, 4), Size(8, 9), Size(6, 2)])
    assert [(slot.x, slot.y) for slot in slots] == [(0, 0), (12, 0), (0, 9)]


@pytest.mark.parametrize(("width", "height"), [(0, 1), (25, 1), (1, 0), (-1, 3)])
def test_impossible_sizes_are_refused(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="fits no board"):
        Size(width, height)


@given(st.lists(st.builds(Size, st.integers(1, 24), st.integers(1, 9)), max_size=30))
def test_filled_rows_end_at_the_edge_and_nothing_overlaps(sizes: list[Size]) -> None:
    slots = filled(flow(sizes))
    assert len(slots) == len(sizes)
    rows: dict[int, list[Slot]] = {}
    for slot in slots:
        rows.setdefault(slot.y, []).append(slot)
    for row in rows.values():
        assert row[0].x == 0
        assert row[-1].x + row[-1].width == 24
        for left, right in pairwise(row):
            assert left.x + left.width == right.x
