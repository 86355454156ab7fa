"""Values of labels that fulfil conditions, and signals as samples in promtool's notation."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise, repeat

from sothat.generator.proving.evaluation.selecting import Matcher
from sothat.generator.proving.solving.signals import (
    AnyValue,
    Burst,
    Clock,
    Gone,
    Level,
    Signal,
    Slope,
)

_SIMPLER = (
    (r"\\\.", "."),
    (r"\((?:\?:)?([^()|]*)(?:\|[^()]*)?\)[?*]?", r"\1"),
    (r"\[\^[^\]]*\][+*]?", "x"),
    (r"\[(\w)[^\]]*\][+*]?", r"\1"),
    (r"\\d[+*]?", "1"),
    (r"\\w[+*]?", "x"),
    (r"\.\*", ""),
    (r"\.\+", "x"),
    (r"(?<=\w)\.(?![\w.])|(?<=\.)\.|\.(?=\.)|(?<=\d)\.(?=\d)", "0"),
)


def examples_of(pattern: str) -> Iterator[str]:
    """Yield texts that a regular expression may well match, one for each of its alternatives."""
    for option in _alternatives(pattern):
        text = option
        for found, simpler in _SIMPLER:
            text = re.sub(found, simpler, text)
        yield text
        yield option.replace(".", "0")


def _alternatives(pattern: str) -> Iterator[str]:
    """Yield the alternatives of a pattern, those within brackets left together."""
    depth, current = 0, ""
    for character in pattern:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "|" and not depth:
            yield current
            current = ""
        else:
            current += character
    yield current


def fulfils(value: str, conditions: Iterable[Matcher]) -> bool:
    """Tell whether a label's value meets conditions.

    Raises:
        Unknown: A regular expression is beyond us.
    """
    return all(condition.test()(value) for condition in conditions)


def candidates(label: str, conditions: Sequence[Matcher]) -> Iterator[str]:
    """Yield values that a label may well have under conditions; not all of them fulfil them."""
    for condition in conditions:
        if condition.sign == "=":
            yield condition.value
        elif condition.sign == "=~":
            yield from examples_of(condition.value)
    yield f"{label.replace('_', '-')}-1"
    for condition in conditions:
        if condition.sign == "!~":
            yield from examples_of(condition.value)
        yield condition.value
    yield "other"
    yield ""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a series: a signal for a number of samples."""

    signal: Signal
    count: int


def sampled(
    parts: Sequence[Part], step: Fraction, reach: Fraction
) -> tuple[list[float | None], str]:
    """Return the samples of a series, and the same in promtool's notation.

    Args:
        parts: What the series does, one stretch after the other.
        step: Seconds from one sample to the next.
        reach: Seconds that expressions look back: a counter has counted for longer.
    """
    values: list[float | None] = []
    pieces: list[str] = []
    for part in parts:
        for run in _runs(part, values, step, reach):
            made, text = _spelled(*run)
            values += made
            pieces.append(text)
    return values, " ".join(pieces)


_Run = tuple[float | None, float, int]


def _runs(
    part: Part, before: Sequence[float | None], step: Fraction, reach: Fraction
) -> Iterator[_Run]:
    """Yield runs of samples: the first value, what each adds, and how many there are."""
    if not part.count:
        return
    match part.signal:
        case Gone():
            yield None, 0.0, part.count
        case Level(value):
            yield float(value), 0.0, part.count
        case AnyValue():
            yield _last(before, 1.0), 0.0, part.count
        case Clock(ahead):
            yield float(len(before) * step + ahead), float(step), part.count
        case Slope(per_second):
            grown = float(per_second * step)
            yield _first(before, per_second, reach) + grown, grown, part.count
        case Burst():
            yield from _bursts(part.signal, part.count, _last(before, 1.0))


def _last(before: Sequence[float | None], otherwise: float) -> float:
    return next((value for value in reversed(before) if value is not None), otherwise)


def _first(before: Sequence[float | None], per_second: Fraction, reach: Fraction) -> float:
    """Return where a counter goes on, or starts: so high that it never seems to start anew."""
    if any(value is not None for value in before):
        return _last(before, 0.0)
    least, start = abs(per_second) * reach * 2, 1
    while start < least:
        start *= 10
    return float(start)


def _bursts(burst: Burst, count: int, start: float) -> Iterator[_Run]:
    low, high = (0.0, 1.0) if start in (0.0, 1.0) else (start, start + 1)
    other = {low: high, high: low}
    steps = [start]
    while len(steps) < count and _seen(steps, burst) < burst.count:
        steps.append(other[steps[-1]])
    for value in steps[:-1]:
        yield value, 0.0, 1
    yield steps[-1], 0.0, count - len(steps) + 1


def _seen(steps: Sequence[float], burst: Burst) -> int:
    pairs = pairwise(steps)
    return sum(b < a if burst.resets else a != b for a, b in pairs)


def _spelled(first: float | None, grown: float, count: int) -> tuple[list[float | None], str]:
    if first is None:
        return [None] * count, f"_x{count}"
    values: list[float | None] = list(accumulate(repeat(grown, count - 1), initial=first))
    if count == 1:
        return values, plain(first)
    if not grown:
        return values, f"{plain(first)}x{count - 1}"
    sign = "+" if grown > 0 else "-"
    return values, f"{plain(first)}{sign}{plain(abs(grown))}x{count - 1}"


def plain(value: float) -> str:
    """Return a number to the last digit without an exponent, which the notation lacks."""
    text = f"{Decimal(repr(value)):f}"
    return text.removesuffix(".0")
