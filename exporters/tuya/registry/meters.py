"""Counters of devices that never go backwards, whatever the device does, kept over restarts.

A meter that is reset, swapped or wraps starts again from a lower number; the counter goes on from
where it was. Without a file, the counter starts from the device's own number with the process.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sothat.exporters.keeping import replace_file
from sothat.exporters.tuya.registry.metrics import COUNTERS

# Written at most so often: a crash loses no count but those since, and only of meters reset since.
_SAVE_SECONDS = 30.0
# A device that misreads for a moment must not count its whole range twice.
_NOISE_RATIO = 0.01
_FORM = 1


def is_counter(family: str) -> bool:
    """Return whether a family of devices counts."""
    return family.removeprefix("tuya_device_") in COUNTERS


@dataclass(frozen=True, slots=True)
class _Meter:
    """What has been counted by a meter; frozen, so that no half of a change is ever written.

    Attributes:
        offset: What earlier runs of it have counted.
        last: Its own number.
    """

    offset: float
    last: float


class Meters:
    """All meters of a fleet: one thread counts, another may write what is counted.

    Args:
        path: Where the counts are kept; None: nowhere.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._meters = _load(path) if path else {}
        self._saved_at = 0.0
        self._changed = False

    def total(self, name: str, value: float) -> float:
        """Return what a meter has counted in all.

        Args:
            name: Of the meter.
            value: Its own number, in the base unit.
        """
        meter = self._meters.get(name)
        if meter is None:
            meter = self._meters[name] = _Meter(0.0, value)
            self._changed = True
        offset = meter.offset
        if value < meter.last:
            if _is_jitter(value, meter.last):
                return offset + meter.last
            offset += meter.last
        if value != meter.last:
            self._meters[name] = _Meter(offset, value)
            self._changed = True
        return offset + value

    def save_if_due(self, at: float) -> None:
        """Write the counts unless they were written a moment ago; it waits for the disk.

        Args:
            at: Seconds since the epoch.
        """
        if self._changed and not 0 <= at - self._saved_at < _SAVE_SECONDS:
            self._saved_at = at
            self.save()

    def save(self) -> None:
        """Write the counts, whole or not at all.

        A disk that is full costs the counts since the last save after the next restart, no poll.
        """
        if self._path is None or not self._changed:
            return
        # Before the copy: what is counted meanwhile is written the next time.
        self._changed = False
        meters = self._meters.copy()
        kept = {name: [meter.offset, meter.last] for name, meter in meters.items()}
        try:
            replace_file(self._path, json.dumps({"form": _FORM, "meters": kept}))
        except OSError:
            self._changed = True


def _is_jitter(value: float, last: float) -> bool:
    """Return whether a number fell so little that it is a rounding of the same one."""
    return last - value <= _NOISE_RATIO * last


def _load(path: Path) -> dict[str, _Meter]:
    """Return the counts of a file; none where it is missing, or not what we wrote."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        found = data["meters"].items() if data["form"] == _FORM else ()
        return {name: _meter(kept) for name, kept in found}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _meter(kept: Any) -> _Meter:
    offset, last = map(float, kept)
    return _Meter(offset, last)
