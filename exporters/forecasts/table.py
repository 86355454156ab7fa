"""Forecasts as a table for people: each with the error that its method made over the past."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sothat.exporters.forecasts.judging import HORIZON_DAYS, Forecast
from sothat.exporters.forecasts.model import Tested

_DAY = 86400.0
_HEAD = (
    "forecast",
    "instance",
    "item",
    "full in (earliest … latest)",
    "in 7 days",
    "error at 7 days",
    "as a week ago",
)
Made = tuple[Mapping[str, str], Forecast]


def table(made: Iterable[Made]) -> Iterator[str]:
    """Yield the lines of a table, what is full first on top."""
    rows = [_HEAD, *(_row(labels, one) for labels, one in sorted(made, key=_urgency))]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def as_data(made: Iterable[Made]) -> Sequence[Mapping[str, Any]]:
    """Return forecasts as JSON has them; seconds and shares."""
    return [
        {
            **labels,
            "seconds_until_full": dict(one.full),
            "used_ratio": {
                f"{days}d": {"early": e.early, "expected": e.expected, "late": e.late}
                for days, e in one.used.items()
            },
            "back_test": {f"{days}d": _tested(test) for days, test in one.tests.items()},
            "history_seconds": one.history,
        }
        for labels, one in sorted(made, key=_urgency)
    ]


def _tested(test: Tested) -> Mapping[str, float]:
    return {
        "error_ratio": test.error,
        "naive_error_ratio": test.naive,
        "band_hit_ratio": test.hits,
    }


def _urgency(made: Made) -> tuple[float, float, str]:
    labels, one = made
    never = HORIZON_DAYS * _DAY * 2
    name = "/".join(labels.values())
    return one.full.get("expected", never), one.full.get("early", never), name


def _row(labels: Mapping[str, str], one: Forecast) -> tuple[str, ...]:
    week = one.used[7]
    test = one.tests.get(7)
    return (
        labels["forecast"],
        labels["instance"] or "–",
        labels["item"] or "–",
        _when(one),
        f"{week.expected:.0%} ({week.late:.0%} … {week.early:.0%})",
        f"±{test.error:.1%}, {test.hits:.0%} in band" if test else "not known yet",
        f"±{test.naive:.1%}" if test else "not known yet",
    )


def _when(one: Forecast) -> str:
    expected, early, late = (_days(one, band) for band in ("expected", "early", "late"))
    return f"{expected} ({early} … {late})"


def _days(one: Forecast, band: str) -> str:
    seconds = one.full.get(band)
    return f">{HORIZON_DAYS} d" if seconds is None else f"{seconds / _DAY:.0f} d"
