"""From what services and files say to what stands in a table: typed, or nothing."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from jmespath.exceptions import JMESPathError
from sothat.exporters.business.tables.layout import Column

Value = str | float | int | None
# What no label or name is longer than; the rest of a text is cut.
MAX_TEXT = 1024
# Greater numbers are milliseconds: as seconds they would be after the year 5000.
_MILLISECONDS = 1e11
_YES = frozenset({"true", "yes", "y", "1", "on"})
_NO = frozenset({"false", "no", "n", "0", "off"})


class Misfit(ValueError):  # noqa: N818 – it is named for what the value is
    """A value is not what its column is to hold."""


def row_of(columns: Sequence[Column], found: Callable[[Column], Any]) -> tuple[Value, ...]:
    """Return the row of a table.

    Args:
        columns: The table's.
        found: What was found for a column; None or empty text for nothing.

    Raises:
        Misfit: A value is not what its column is to hold.
    """
    made: dict[str, Value] = {}
    for column in columns:
        made[column.name] = _value(column, found(column), made)
    return tuple(made.values())


def in_row(row: Any) -> Callable[[Column], Any]:
    """Return how a column is found in a row of JSON."""

    def found(column: Column) -> Any:
        if column.path is None:
            return None
        try:
            return column.path.search(row)
        except JMESPathError as error:
            raise Misfit(f"{column.name}: {str(error).splitlines()[0]}") from error

    return found


def _value(column: Column, raw: Any, made: Mapping[str, Value]) -> Value:
    if raw is None or raw == "":
        return column.default
    if column.words:
        raw = column.words.get(str(raw), column.default)
        if raw is None:
            return None
    try:
        value = _KINDS[column.kind](raw)
    except (TypeError, ValueError, OverflowError) as error:
        raise Misfit(f"{column.name}: {_shown(raw)} is no {column.kind}") from error
    if column.kind == "number" and value is not None:
        value = float(value) * column.scale
    return _counted_from(value, made[column.after]) if column.after else value


def _counted_from(value: Value, start: Value) -> Value:
    if value is None or start is None:
        return None
    return float(value) + float(start)


def _text(raw: Any) -> str:
    if isinstance(raw, dict | list):
        raise TypeError
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw)[:MAX_TEXT]


def _number(raw: Any) -> float | None:
    if isinstance(raw, bool):
        return int(raw)
    number = float(raw)
    if math.isinf(number):
        raise ValueError
    return None if math.isnan(number) else number


def _time(raw: Any) -> float:
    if isinstance(raw, datetime):
        return _aware(raw).timestamp()
    if isinstance(raw, date):
        return datetime(raw.year, raw.month, raw.day, tzinfo=UTC).timestamp()
    try:
        number = float(raw)
    except ValueError:
        return _aware(datetime.fromisoformat(str(raw).strip())).timestamp()
    if not math.isfinite(number):
        raise ValueError
    return number / 1000 if abs(number) > _MILLISECONDS else number


def _aware(moment: datetime) -> datetime:
    """Return a moment with its zone; one without is in UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _flag(raw: Any) -> int:
    if isinstance(raw, str):
        word = raw.strip().lower()
        if word not in _YES | _NO:
            raise ValueError
        return int(word in _YES)
    return int(bool(raw))


def _shown(raw: Any) -> str:
    text = repr(raw)
    return text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004 – what is read at a glance


_KINDS: Mapping[str, Callable[[Any], Value]] = {
    "text": _text,
    "number": _number,
    "time": _time,
    "flag": _flag,
}
