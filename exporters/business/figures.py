"""From rows to figures: one a set of labels, typed and finite, or none."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sothat.exporters.business.contract import (
    DATA_TIME,
    INFO,
    PREFIX,
    TARGET,
    TOLERANCE,
    VALUE,
)
from sothat.exporters.business.kpis import Kpi
from sothat.exporters.business.reading import Answer
from sothat.exporters.source import Sample
from sothat.runtime.prometheus import Sample as Measured


class Unfit(ValueError):  # noqa: N818 – it is named for what the rows are
    """The rows are not what the KPI says of them."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a KPI is at a moment.

    Attributes:
        values: By the values of its labels, in their order.
        newest: How new its newest datum is, in epoch seconds; None where that is not known.
    """

    values: Mapping[tuple[str, ...], float]
    newest: float | None = None


def of_answer(kpi: Kpi, answer: Answer) -> Figures:
    """Return what the rows of a query say; NULL is no figure.

    Raises:
        Unfit: A column is missing, a value is no number, or two rows have the same labels.
    """
    wanted = [*kpi.labels, kpi.value, *([kpi.as_of] if kpi.as_of else [])]
    if missing := set(wanted) - set(answer.columns):
        raise Unfit(f"the query gives no column {min(missing)}")
    places = [answer.columns.index(name) for name in wanted]
    rows = [tuple(row[place] for place in places) for row in answer.rows]
    width = len(kpi.labels)
    pairs = ((tuple(map(label, row[:width])), row[width]) for row in rows)
    newest = max(
        (n for row in rows if kpi.as_of and (n := _number(row[-1])) is not None), default=None
    )
    return Figures(_collected(kpi, pairs), newest)


def of_samples(kpi: Kpi, samples: Iterable[Measured]) -> Figures:
    """Return what an instant query says; NaN is no figure."""
    pairs = ((tuple(s.labels.get(name, "") for name in kpi.labels), s.value) for s in samples)
    return Figures(_collected(kpi, pairs))


def _collected(
    kpi: Kpi, pairs: Iterable[tuple[tuple[str, ...], Any]]
) -> Mapping[tuple[str, ...], float]:
    found: dict[tuple[str, ...], float] = {}
    for labels, raw in pairs:
        number = _number(raw)
        if number is None:
            continue
        if labels in found:
            raise Unfit(f"two rows have the same labels: {', '.join(labels) or 'none'}")
        found[labels] = number * kpi.scale
    return found


def _number(raw: Any) -> float | None:
    """Return a finite number, None for none.

    Raises:
        Unfit: It is something else, or without end.
    """
    if raw is None or raw == "":
        return None
    try:
        number = float(raw)
    except (TypeError, ValueError, OverflowError) as error:
        raise Unfit(f"{str(raw)[:40]!r} is no number") from error
    if math.isinf(number):
        raise Unfit("a figure without end: was something divided by zero?")
    return None if math.isnan(number) else number


def label(value: Any) -> str:
    """Return a column's value as a label: a whole number has no decimals, whatever its type."""
    if value is None:
        return ""
    if isinstance(value, float | Decimal) and value == value and value % 1 == 0:  # noqa: PLR0124 – NaN
        return str(int(value))
    return str(value)


def samples_of(kpi: Kpi, figures: Figures) -> Iterator[Sample]:
    """Yield a KPI's own series, and what it is for each site."""
    for labels, value in figures.values.items():
        yield Sample(f"{PREFIX}{kpi.name}", value, dict(zip(kpi.labels, labels, strict=True)))
    for site, value in across_sites(kpi, figures):
        yield Sample(VALUE, value, {"kpi": kpi.name, "site": site})
    if figures.newest is not None:
        yield Sample(DATA_TIME, figures.newest, {"kpi": kpi.name})


def across_sites(kpi: Kpi, figures: Figures) -> Iterator[tuple[str, float]]:
    """Yield each site with its one figure."""
    place = kpi.labels.index("site") if "site" in kpi.labels else None
    sites: dict[str, list[float]] = {}
    for labels, value in figures.values.items():
        sites.setdefault("" if place is None else labels[place], []).append(value)
    for site, values in sites.items():
        yield site, _together(kpi, values)


def _together(kpi: Kpi, values: Sequence[float]) -> float:
    if kpi.across == "sum":
        return math.fsum(values)
    if kpi.across == "mean" or kpi.card.direction == "none":
        return math.fsum(values) / len(values)
    return min(values) if kpi.card.direction == "higher" else max(values)


def cards(kpis: Iterable[Kpi]) -> tuple[Sample, ...]:
    """Return what is said of KPIs beside their figures."""
    return tuple(sample for kpi in kpis for sample in _card(kpi))


def _card(kpi: Kpi) -> Iterator[Sample]:
    card, name = kpi.card, {"kpi": kpi.name}
    said = {
        "unit": kpi.unit,
        "direction": card.direction,
        "owner": card.owner,
        "outcome": card.outcome,
        "chart": card.chart,
    }
    yield Sample(INFO, 1, {**name, **said})
    if card.target is not None:
        yield Sample(TARGET, card.target, name)
    for bound, edge in (("lower", card.lower), ("upper", card.upper)):
        if edge is not None:
            yield Sample(TOLERANCE, edge, {**name, "bound": bound})
