"""A budget of calls: spread over the month, kept on disk, shared by processes, never exceeded.

A call is written down before it is made. So a crash, a kill or a power cut may cost a call that was
never made; one that was made is never forgotten. What cannot be written down is not made.
"""

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sothat.exporters.keeping import replace_file
from sothat.exporters.tuya_cloud.periods import Period, period_at

_FORM = 1
_KEPT_PERIODS = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be spent.

    Attributes:
        calls: In a month, all together.
        first_day: Day of the month, 1 to 28, on which it begins anew.
        burst: How many calls may be made ahead of time.
        reserve: Calls that only what is urgent may use.
    """

    calls: int
    first_day: int = 1
    burst: int = 100
    reserve: int = 100

    def allowed(self, share: float, *, urgent: bool) -> int:
        """Return how many calls may have been made once a share of the month is over."""
        most = self.calls if urgent else max(0, self.calls - self.reserve)
        ahead = self.burst + (self.reserve if urgent else 0)
        return min(most, int(most * share) + ahead)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a budget stands.

    Attributes:
        used: Calls made in this period.
        left: Calls that may still be made in it.
        forecast: Calls that the period ends with, should it go on as it has begun.
        resets_at: When it begins anew, in seconds since the epoch.
        sound: Whether its file can be read and written.
    """

    used: int
    left: int
    forecast: float
    resets_at: float
    sound: bool


class Budget:
    """The budget of one cloud project.

    Args:
        path: Its file; those who share the project's quota share the file.
        terms: What may be spent.
    """

    def __init__(self, path: Path, terms: Terms) -> None:
        self.terms = terms
        self._path = path

    def spend(self, at: float, *, urgent: bool = False) -> bool:
        """Take one call; return whether it may be made.

        Args:
            at: Seconds since the epoch.
            urgent: Whether it may use the reserve: a token, a device that may have been stolen.
        """
        period = period_at(at, self.terms.first_day)
        allowed = self.terms.allowed(period.share(at), urgent=urgent)
        try:
            with self._locked():
                counts = self._counts(period, at)
                if counts[period.name] >= allowed:
                    return False
                counts[period.name] += 1
                self._write(counts, period)
        except (OSError, _UnreadableError):
            return False
        return True

    def available(self, at: float) -> int:
        """Return how many calls that are not urgent may be made at this moment."""
        period = period_at(at, self.terms.first_day)
        allowed = self.terms.allowed(period.share(at), urgent=False)
        try:
            return max(0, allowed - self._counts(period, at)[period.name])
        except (OSError, _UnreadableError):
            return 0

    def standing(self, at: float) -> Standing:
        """Return how it stands."""
        period = period_at(at, self.terms.first_day)
        try:
            used = self._counts(period, at)[period.name]
        except (OSError, _UnreadableError):
            return Standing(self.terms.calls, 0, self.terms.calls, period.end, sound=False)
        left = max(0, self.terms.calls - used)
        return Standing(used, left, _forecast(used, period, at), period.end, sound=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # The lock is a file of its own: the budget's is replaced each time.
        with self._path.with_name(f"{self._path.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _counts(self, period: Period, at: float) -> dict[str, int]:
        """Return the calls made by period.

        Nobody knows what was spent before the file was begun, or lost: the month's share until
        then, it is assumed.
        """
        try:
            counts = _parse(self._path.read_bytes())
        except FileNotFoundError:
            counts = {period.name: int(self.terms.calls * period.share(at))}
        if period.name not in counts:
            before = period_at(period.start - 1, self.terms.first_day)
            since = period.start if before.name in counts else before.start
            counts[period.name] = _overlapping(counts, since, period.end)
        return counts

    def _write(self, counts: Mapping[str, int], period: Period) -> None:
        # The present one is kept even where a clock that was set back makes it the oldest.
        others = sorted(name for name in counts if name != period.name)
        kept = {name: counts[name] for name in (*others[1 - _KEPT_PERIODS :], period.name)}
        text = json.dumps({"form": _FORM, "calls": kept})
        replace_file(self._path, text)


class _UnreadableError(Exception):
    """The file is not one of ours: nothing is spent before somebody has looked at it."""


def _parse(raw: bytes) -> dict[str, int]:
    try:
        data: Any = json.loads(raw)
    except (ValueError, RecursionError):
        raise _UnreadableError from None
    counts = data.get("calls") if isinstance(data, dict) and data.get("form") == _FORM else None
    if not isinstance(counts, dict) or not all(_is_count(n) for n in counts.values()):
        raise _UnreadableError
    return counts


def _overlapping(counts: Mapping[str, int], since: float, until: float) -> int:
    """Return the calls of periods that began between: the first day was another then."""
    return sum(calls for name, calls in counts.items() if since < _start(name) < until)


def _start(name: str) -> float:
    try:
        return datetime.fromisoformat(name).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise _UnreadableError from None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _forecast(used: int, period: Period, at: float) -> float:
    """Return what the period ends with at its own pace; its first hours say little of that."""
    share = max(period.share(at), 1 / (period.end - period.start) * 6 * 3600)
    return used / share
