"""Functions over a range of samples, to the last digit as Prometheus computes them."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby, pairwise
from types import MappingProxyType

from sothat.generator.proving.evaluation.series import Era, Window

_FEW = 4  # summands that are added faster than looked up
_NEAR = 1.1  # a sample this many steps from an edge stands for the edge


Reduce = Callable[[Window], float | None]


def add(total: float, rest: float, value: float) -> tuple[float, float]:
    """Return a sum and its rounding error after a further summand, as Neumaier does."""
    grown = total + value
    if abs(total) >= abs(value):
        return grown, rest + ((total - grown) + value)
    return grown, rest + ((value - grown) + total)


def exact_sum(values: Sequence[float]) -> tuple[float, float]:
    """Return the sum and what rounding lost of it."""
    total = rest = 0.0
    for value, equal in groupby(values):
        count = len(list(equal))
        if count > _FEW:
            total, rest = _sums(total, rest, value).after(count)
            continue
        for _ in range(count):  # as `add` does, without a call for each
            grown = total + value
            rest += (total - grown) + value if abs(total) >= abs(value) else (value - grown) + total
            total = grown
    return total, rest


class _Sums:
    """What comes of adding a value to a sum again and again, as far as anybody asked."""

    def __init__(self, total: float, rest: float, value: float) -> None:
        self._value, self._known = value, [(total, rest)]

    def after(self, count: int) -> tuple[float, float]:
        known = self._known
        while len(known) <= count:
            known.append(add(*known[-1], self._value))
        return known[count]


# Windows that slide over levels begin with the same ones again and again.
_sums = lru_cache(maxsize=1024)(_Sums)


def quantile(share: float, values: Sequence[float]) -> float:
    """Return a quantile, interpolated between neighbours."""
    if share < 0 or share > 1:
        return math.copysign(math.inf, share)
    ordered, last = sorted(values), len(values) - 1
    rank = share * last
    lower = max(0, math.floor(rank))
    upper, weight = min(last, lower + 1), rank - math.floor(rank)
    return ordered[lower] * (1 - weight) + ordered[upper] * weight


def extrapolated(window: Window, *, counter: bool, per_second: bool) -> float | None:
    """Return how much a series grew over the window, as rate, increase and delta see it."""
    values, (first, last) = window.values, (window.times[0], window.times[-1])
    if len(values) < 2:  # noqa: PLR2004 – a difference needs two
        return None
    grown = values[-1] - values[0]
    if counter and values != sorted(values):  # it has started anew
        for before, now in pairwise(values):
            if now < before:
                grown += before
    sampled = (last - first) / 1000
    usual = sampled / (len(values) - 1)
    to_start = _to_edge((first - window.start) / 1000, usual)
    to_end = _to_edge((window.end - last) / 1000, usual)
    if counter and grown > 0 and values[0] >= 0:
        to_start = min(to_start, sampled * (values[0] / grown))
    factor = (sampled + to_start + to_end) / sampled
    return grown * (factor / ((window.end - window.start) / 1000) if per_second else factor)


def _to_edge(distance: float, usual: float) -> float:
    return distance if distance < usual * _NEAR else usual / 2


def instant(window: Window, *, counter: bool, per_second: bool) -> float | None:
    """Return the growth from the last sample but one to the last, as irate and idelta see it."""
    if len(window.values) < 2:  # noqa: PLR2004 – a difference needs two
        return None
    (old, new), (before, now) = window.values[-2:], window.times[-2:]
    grown = new if counter and new < old else new - old
    return grown / ((now - before) / 1000) if per_second else grown


def regression(window: Window, since: int) -> tuple[float, float] | None:
    """Return slope per second and level at a time, of the line of least squares."""
    if len(window.values) < 2:  # noqa: PLR2004 – a line needs two
        return None
    if len(set(window.values)) == 1:
        return 0.0, window.values[0]
    times = [(time - since) / 1000 for time in window.times]
    count, sum_x, sum_y = len(times), math.fsum(times), math.fsum(window.values)
    sum_xy = math.fsum(x * y for x, y in zip(times, window.values, strict=True))
    spread = math.fsum(x * x for x in times) - sum_x * sum_x / count
    slope = (sum_xy - sum_x * sum_y / count) / spread
    return slope, sum_y / count - slope * sum_x / count


def mean(window: Window) -> float:
    """Return the average over the window."""
    values = window.values
    if window.era is Era.THREE:
        total, rest = exact_sum(values)
        return total / len(values) + rest / len(values)
    found = rest = 0.0
    for count, value in enumerate(values, 1):
        found, rest = add(found, rest, value / count - found / count)
    return found + rest


def _deviation(window: Window) -> float:
    centre = math.fsum(window.values) / len(window.values)
    return math.fsum((value - centre) ** 2 for value in window.values) / len(window.values)


def _deriv(window: Window) -> float | None:
    line = regression(window, window.times[0])
    return None if line is None else line[0]


REDUCERS: Mapping[str, Reduce] = MappingProxyType(
    {
        "rate": lambda w: extrapolated(w, counter=True, per_second=True),
        "increase": lambda w: extrapolated(w, counter=True, per_second=False),
        "delta": lambda w: extrapolated(w, counter=False, per_second=False),
        "irate": lambda w: instant(w, counter=True, per_second=True),
        "idelta": lambda w: instant(w, counter=False, per_second=False),
        "deriv": _deriv,
        "changes": lambda w: float(sum(a != b for a, b in pairwise(w.values))),
        "resets": lambda w: float(sum(b < a for a, b in pairwise(w.values))),
        "avg_over_time": mean,
        "min_over_time": lambda w: min(w.values),
        "max_over_time": lambda w: max(w.values),
        "sum_over_time": lambda w: sum(exact_sum(w.values)),
        "count_over_time": lambda w: float(len(w.values)),
        "last_over_time": lambda w: w.values[-1],
        "present_over_time": lambda _: 1.0,
        "stddev_over_time": lambda w: math.sqrt(_deviation(w)),
        "stdvar_over_time": _deviation,
    }
)
