"""Values, times and verdicts as a reader of the report says them."""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

from sothat.reports.outline import Asked, Better, Unit
from sothat.reports.report import Figure, Scope, Verdict
from sothat.service_levels.intervals import Interval

NO_DATA = "no data"
_STEPS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"))
_LONG = 2
_FINE = 0.99
_ALMOST = 99_999
_MEGA = 3.6e9
_KILO = 3.6e6
VERDICTS = {
    Verdict.KEPT: "✓ kept",
    Verdict.MISSED: "✗ missed",
    Verdict.UNKNOWN: "– no data",
    Verdict.NONE: "",
}


def value(amount: float | None, unit: Unit) -> str:
    """Return a value with its unit."""
    if amount is None or math.isnan(amount):
        return NO_DATA
    if math.isinf(amount):
        return "without end" if amount > 0 else "minus infinity"
    written = {
        Unit.RATIO: _ratio,
        Unit.SECONDS: _duration,
        Unit.JOULES: _energy,
        Unit.MONEY: lambda number: f"{number:,.2f}",
        Unit.COUNT: _count,
    }
    return written[unit](amount)


def _ratio(amount: float) -> str:
    """Return a share; near the whole with the digits that contracts are about, cut, not rounded.

    99.996 % of 99.999 % promised must not be shown as 100 %.
    """
    if _FINE <= amount < 1:
        digits = f"{min(math.floor(amount * 1e5 + 1e-6), _ALMOST) / 1e3:.3f}"
        return f"{digits.rstrip('0').rstrip('.')} %"
    return f"{amount * 100:.1f} %".replace(".0 %", " %")


def _duration(seconds: float) -> str:
    sign, left = ("-" if seconds < 0 else ""), abs(seconds)
    if 0 < left < 1:
        return f"{sign}{left * 1000:.0f} ms"
    parts = []
    for size, name in _STEPS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count:.0f} {name}")
    return sign + " ".join(parts[:_LONG]) if parts else "0 s"


def _energy(joules: float) -> str:
    if abs(joules) >= _MEGA:
        return f"{joules / _MEGA:,.1f} MWh"
    return f"{joules / _KILO:,.1f} kWh"


def _count(amount: float) -> str:
    """Return a number; what Prometheus extrapolates (0.9997) is not told to the last digit."""
    return f"{amount:,.1f}".removesuffix(".0")


def target(asked: Asked, limit: float | None = None) -> str:
    """Return what was promised; empty: nothing.

    Args:
        asked: Of what.
        limit: Of one row; None: that of all.
    """
    promised = asked.target if limit is None else limit
    if promised is None:
        return ""
    bound = "at least" if asked.better is Better.HIGHER else "at most"
    return f"{bound} {value(promised, asked.unit)}"


def change(figure: Figure) -> str:
    """Return how a figure has changed since the month before, and whether that is good."""
    if figure.value is None or figure.before is None:
        return ""
    if figure.asked.at == "now":
        return ""
    new, old = (value(one, figure.asked.unit) for one in (figure.value, figure.before))
    if new == old:
        return "as in the month before"
    rose = figure.value > figure.before
    good = rose is (figure.asked.better is Better.HIGHER)
    return f"{'▲' if rose else '▼'} from {old}, {'better' if good else 'worse'}"


def moment(seconds: float | None, scope: Scope) -> str:
    """Return a moment by the report's wall clock."""
    if seconds is None:
        return "–"
    return f"{datetime.fromtimestamp(seconds, ZoneInfo(scope.zone)):%d %b %H:%M}"


def interval(one: Interval, scope: Scope) -> str:
    """Return a time by the report's wall clock."""
    zone = ZoneInfo(scope.zone)
    start, end = one.start.astimezone(zone), one.end.astimezone(zone)
    return f"{start:%d %b %H:%M} to {end:%d %b %H:%M}"


def month(scope: Scope) -> str:
    """Return the month's name."""
    return f"{scope.interval.start.astimezone(ZoneInfo(scope.zone)):%B %Y}"


def slowest(seconds: float | None) -> str:
    """Return a span, or that there is none."""
    return "–" if seconds is None else _duration(seconds)
