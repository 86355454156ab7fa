"""The months of a plan: when its quota begins anew."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Period:
    """One month of a plan, in seconds since the epoch: from ``start`` up to ``end``."""

    start: float
    end: float

    def share(self, at: float) -> float:
        """Return how much of it is over, from 0 to 1."""
        return min(1.0, max(0.0, (at - self.start) / (self.end - self.start)))

    @property
    def name(self) -> str:
        """Return the day it starts on."""
        return datetime.fromtimestamp(self.start, UTC).date().isoformat()


def period_at(at: float, first_day: int) -> Period:
    """Return the period that a moment lies in.

    Args:
        at: Seconds since the epoch.
        first_day: Day of the month, 1 to 28, on which the quota begins anew, at 0:00 UTC.
    """
    now = datetime.fromtimestamp(at, UTC)
    year, month = (now.year, now.month) if now.day >= first_day else _month(now, -1)
    start = datetime(year, month, first_day, tzinfo=UTC)
    year, month = _month(start, 1)
    return Period(start.timestamp(), datetime(year, month, first_day, tzinfo=UTC).timestamp())


def _month(moment: datetime, step: int) -> tuple[int, int]:
    months = moment.year * 12 + moment.month - 1 + step
    return months // 12, months % 12 + 1
