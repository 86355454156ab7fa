"""Functions over the elements of a vector that need no window."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from sothat.generator.proving.evaluation.aggregation import bucket_quantile
from sothat.generator.proving.evaluation.series import (
    Column,
    Labels,
    Matrix,
    Unknown,
    labels_of,
    put,
    without_name,
)

_GROUP = re.compile(r"\$(?:(\d+)|\{(\d+)\}|\$)")
BUCKET = "le"


def _rounded(value: float, nearest: float = 1.0) -> float:
    inverse = 1.0 / nearest
    return math.floor(value * inverse + 0.5) / inverse


def _sign(value: float) -> float:
    return value if not value or math.isnan(value) else math.copysign(1.0, value)


def _clamped(value: float, least: float, most: float) -> float:
    return max(least, min(most, value))


def _logarithm(value: float) -> float:
    return math.log(value) if value > 0 else (math.nan if value else -math.inf)


# The vector comes first, numbers follow.
BY_ELEMENT: Mapping[str, Callable[..., float]] = MappingProxyType(
    {
        "abs": abs,
        "ceil": lambda v: float(math.ceil(v)),
        "floor": lambda v: float(math.floor(v)),
        "round": _rounded,
        "sgn": _sign,
        "sqrt": lambda v: math.sqrt(v) if v >= 0 else math.nan,
        "ln": _logarithm,
        "clamp": _clamped,
        "clamp_min": max,
        "clamp_max": min,
    }
)


def mapped(matrix: Matrix, function: Callable[..., float], *numbers: Sequence[float]) -> Matrix:
    """Return a matrix with a function applied to each value, and without names.

    Args:
        matrix: The values.
        function: Takes a value and the numbers of its time.
        numbers: Further arguments, one for each time.

    Raises:
        Unknown: Two elements become one.
    """
    found: Matrix = {}
    for labels, column in matrix.items():
        made = [
            None if row[0] is None else function(*row) for row in zip(column, *numbers, strict=True)
        ]
        put(found, without_name(labels), made, "two elements differ by name only")
    return found


def compiled_pattern(text: str) -> re.Pattern[str]:
    """Return a regular expression that means here what it means to Prometheus.

    Raises:
        Unknown: It uses what the two understand differently.
    """
    if re.search(r"\\[pPQEzCAZGb]|\(\?[^:iP]|\[\[:", text):
        raise Unknown(f"the regular expression {text}")
    try:
        return re.compile(text, re.DOTALL | re.ASCII)
    except re.error as error:
        raise Unknown(f"the regular expression {text}") from error


def relabelled(matrix: Matrix, target: str, template: str, source: str, pattern: str) -> Matrix:
    """Return a matrix with a label made of another one, as ``label_replace`` does.

    Raises:
        Unknown: Two elements become one, or the expression is beyond us.
    """
    matcher = compiled_pattern(pattern)
    found: Matrix = {}
    for labels, column in matrix.items():
        key = _relabelled(labels, target, template, matcher, source)
        put(found, key, column, "label_replace makes two elements one")
    return found


def _relabelled(
    labels: Labels, target: str, template: str, pattern: re.Pattern[str], source: str
) -> Labels:
    match = pattern.fullmatch(dict(labels).get(source, ""))
    if match is None:
        return labels
    if re.search(r"\$\{?[A-Za-z_]", template):
        raise Unknown("a named group in label_replace")
    return labels_of({**dict(labels), target: _GROUP.sub(lambda g: _filled(g, match), template)})


def _filled(reference: re.Match[str], match: re.Match[str]) -> str:
    number = reference[1] or reference[2]
    if number is None:
        return "$"
    return (match[int(number)] or "") if int(number) <= (match.re.groups) else ""


def histogram_quantiles(shares: Sequence[float], matrix: Matrix) -> Matrix:
    """Return a quantile of each classic histogram in a matrix of buckets.

    Raises:
        Unknown: The upper bound of a bucket is no number.
    """
    histograms: dict[Labels, list[tuple[float, Column]]] = {}
    for labels, column in matrix.items():
        bound = dict(labels).get(BUCKET)
        if bound is None:
            continue
        key = tuple(pair for pair in without_name(labels) if pair[0] != BUCKET)
        histograms.setdefault(key, []).append((_bound(bound), column))
    return {key: _quantiles(shares, buckets) for key, buckets in histograms.items()}


def _quantiles(shares: Sequence[float], buckets: Sequence[tuple[float, Column]]) -> Column:
    bounds = [bound for bound, _ in buckets]
    found: Column = []
    for share, row in zip(
        shares, zip(*(counts for _, counts in buckets), strict=True), strict=True
    ):
        there = [(bound, n) for bound, n in zip(bounds, row, strict=True) if n is not None]
        found.append(bucket_quantile(share, there) if there else None)
    return found


def _bound(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise Unknown(f"a bucket up to {text}") from error
