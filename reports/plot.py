"""A trend as an SVG that is read aloud as well as seen; what is missing is a hole, not a line."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo

from sothat.reports import words
from sothat.reports.outline import Unit
from sothat.reports.report import Point, Scope, Trend

_WIDTH, _HEIGHT = 720, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 12, 10, 26
# Told apart without colour, too; dark enough on white for text beside them.
_STROKES = (
    ("#0b5cad", ""),
    ("#b3400a", "7 3"),
    ("#1a7a3c", "2 3"),
    ("#7a3b9e", "9 3 2 3"),
    ("#5c5c5c", "4 2"),
    ("#8a6d00", "12 4"),
    ("#a3195b", "1 4"),
    ("#006d77", "6 6"),
)
_TICKS = 4


def svg(trend: Trend, scope: Scope, number: int) -> str:
    """Return a trend's plot; ``number`` tells its ids from those of others."""
    low, high = _bounds(trend)
    described = escape(description(trend))
    name = escape(trend.asked.name)
    body = "".join((*_grid(trend, low, high), *_days(scope), *_lines(trend, scope, low, high)))
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" width="100%" '
        f'aria-labelledby="t{number} d{number}" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="t{number}">{name}</title><desc id="d{number}">{described}</desc>{body}</svg>'
    )


def description(trend: Trend) -> str:
    """Return in words what a plot shows."""
    unit = trend.asked.unit
    parts = [f"{trend.asked.name} over the month."]
    for name, points in trend.lines.items():
        values = [value for _, value in points]
        if values:
            low, high = (words.value(edge, unit) for edge in (min(values), max(values)))
            last = words.value(values[-1], unit)
            called = f"{name}: " if name else ""
            parts.append(f"{called}between {low} and {high}, at the end {last}.")
    return " ".join(parts)


def legend(trend: Trend) -> Iterator[tuple[str, str, str]]:
    """Yield each line's name, colour and dashes; nothing where there is one line without one."""
    if set(trend.lines) != {""}:
        for name, (colour, dashes) in zip(trend.lines, _STROKES, strict=False):
            yield name, colour, dashes


def _bounds(trend: Trend) -> tuple[float, float]:
    values = [value for points in trend.lines.values() for _, value in points]
    if trend.asked.target is not None:
        values.append(trend.asked.target)
    low, high = min(values, default=0.0), max(values, default=1.0)
    if trend.asked.unit is not Unit.RATIO:
        low = min(low, 0.0)
    if low == high:
        # A line without ups and downs lies at the top; a share above the whole would be none.
        low = low - 0.01 if trend.asked.unit is Unit.RATIO else 0.0
        high = high if high > low else low + 1
    return low, high


def _y(value: float, low: float, high: float) -> float:
    return _TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)


def _x(at: float, scope: Scope) -> float:
    start = scope.interval.start.timestamp()
    return _LEFT + (at - start) / scope.interval.seconds * (_WIDTH - _LEFT - _RIGHT)


def _grid(trend: Trend, low: float, high: float) -> Iterator[str]:
    for tick in range(_TICKS + 1):
        value = low + (high - low) * tick / _TICKS
        y = _y(value, low, high)
        label = escape(words.value(value, trend.asked.unit))
        yield f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#d5d5d5"/>'
        yield (
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" font-size="11" text-anchor="end" '
            f'fill="#333">{label}</text>'
        )
    if trend.asked.target is not None:
        y = _y(trend.asked.target, low, high)
        yield (
            f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#333" stroke-width="1.2" '
            'stroke-dasharray="1 3"/>'
        )


def _days(scope: Scope) -> Iterator[str]:
    zone = ZoneInfo(scope.zone)
    first = scope.interval.start.astimezone(zone)
    for day in (1, 8, 15, 22, 29):
        at = datetime(first.year, first.month, day, tzinfo=zone) if _has(first, day) else None
        if at is not None:
            x = _x(at.astimezone(UTC).timestamp(), scope)
            yield (
                f'<text x="{x:.1f}" y="{_HEIGHT - 8}" font-size="11" text-anchor="start" '
                f'fill="#333">{at:%d %b}</text><path d="M{x:.1f} {_TOP}V{_HEIGHT - _BOTTOM}" '
                'stroke="#eee"/>'
            )


def _has(first: datetime, day: int) -> bool:
    try:
        first.replace(day=day)
    except ValueError:
        return False
    return True


def _lines(trend: Trend, scope: Scope, low: float, high: float) -> Iterator[str]:
    for (colour, dashes), points in zip(_STROKES, trend.lines.values(), strict=False):
        drawn = "".join(_path(points, trend.step, scope, low, high))
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        if drawn:
            yield f'<path d="{drawn}" fill="none" stroke="{colour}" stroke-width="1.6"{dashed}/>'


def _path(
    points: Sequence[Point], step: float, scope: Scope, low: float, high: float
) -> Iterator[str]:
    """Yield the steps of a line; it is lifted where more than a step is missing."""
    before: float | None = None
    for at, value in points:
        joined = before is not None and at - before <= step * 1.5
        x, y = _x(at, scope), _y(value, low, high)
        # A point without neighbours is still seen.
        yield f"L{x:.1f} {y:.1f}" if joined else f"M{x:.1f} {y:.1f}h0.8"
        before = at
