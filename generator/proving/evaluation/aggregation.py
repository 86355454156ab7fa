"""Aggregations over the elements of a vector."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from sothat.generator.proving.evaluation.series import Column, Era, Labels, Matrix
from sothat.generator.proving.evaluation.windows import exact_sum, quantile

Combine = Callable[[Sequence[float], Era], float]


def _sum(values: Sequence[float], era: Era) -> float:
    return sum(exact_sum(values)) if era is Era.THREE else float(sum(values))


def _mean(values: Sequence[float], era: Era) -> float:
    if era is Era.THREE:
        total, rest = exact_sum(values)
        return total / len(values) + rest / len(values)
    found = 0.0
    for count, value in enumerate(values, 1):
        found += value / count - found / count
    return found


COMBINERS: Mapping[str, Combine] = MappingProxyType(
    {
        "sum": _sum,
        "avg": _mean,
        "min": lambda values, _: min(values),
        "max": lambda values, _: max(values),
        "count": lambda values, _: float(len(values)),
        "group": lambda *_: 1.0,
    }
)


def groups(matrix: Matrix, key: Callable[[Labels], Labels]) -> dict[Labels, list[Column]]:
    """Return the columns of a matrix by the labels that are left of theirs."""
    found: dict[Labels, list[Column]] = {}
    for labels, column in matrix.items():
        found.setdefault(key(labels), []).append(column)
    return found


def combined(matrix: Matrix, key: Callable[[Labels], Labels], combine: Combine, era: Era) -> Matrix:
    """Return one value a group."""
    return {
        labels: [combine(row, era) if row else None for row in rows(columns)]
        for labels, columns in groups(matrix, key).items()
    }


def quantiles(matrix: Matrix, key: Callable[[Labels], Labels], shares: Sequence[float]) -> Matrix:
    """Return a quantile a group."""
    return {
        labels: [
            quantile(share, row) if row else None
            for share, row in zip(shares, rows(columns), strict=True)
        ]
        for labels, columns in groups(matrix, key).items()
    }


def rows(columns: Sequence[Column]) -> Iterator[Sequence[float]]:
    """Yield for each time the values that there are."""
    if len(columns) == 1:
        yield from (() if value is None else (value,) for value in columns[0])
    else:
        for row in zip(*columns, strict=True):
            yield [value for value in row if value is not None]


Bucket = tuple[float, float]


def bucket_quantile(share: float, buckets: Sequence[Bucket]) -> float:
    """Return a quantile of a classic histogram: upper bounds with cumulative counts."""
    ordered = sorted(buckets)
    if len(ordered) < 2 or not math.isinf(ordered[-1][0]) or not ordered[-1][1]:  # noqa: PLR2004
        return math.nan
    rank = share * ordered[-1][1]
    index = next((i for i, (_, n) in enumerate(ordered[:-1]) if n >= rank), len(ordered) - 1)
    if index == len(ordered) - 1:
        return ordered[-2][0]
    start, below = ordered[index - 1] if index else (0.0, 0.0)
    end, count = ordered[index]
    if not index and end <= 0:
        return end
    return start + (end - start) * ((rank - below) / (count - below))
