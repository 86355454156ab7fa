"""Zones whose local time is now the one that is wanted, for programs that cannot be told the time.

Go reads zones from the folder that ``ZONEINFO`` names before it looks elsewhere. A zone file may
have any offset, so one that is years off makes Alertmanager's own code see another date: at a real
instant t it has the local time that the zone itself has at t + shift, its changes of clocks too.
"""

import struct
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

_AROUND = timedelta(days=800)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAME = b"SIM\0"


def write_zones(folder: Path, names: Iterable[str], shift: timedelta, now: datetime) -> None:
    """Write zones below a folder, each shifted by whole seconds around a real instant."""
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_zone_file(ZoneInfo(name), shift, now))


def _zone_file(zone: ZoneInfo, shift: timedelta, now: datetime) -> bytes:
    first = now - _AROUND
    changes = [(first, _offset(zone, first + shift)), *_changes(zone, first, now + _AROUND, shift)]
    times = b"".join(struct.pack(">q", (at - _EPOCH) // _SECOND) for at, _ in changes)
    offsets = [(offset + shift) // _SECOND for _, offset in changes]
    kinds = b"".join(struct.pack(">iBB", offset, 0, 0) for offset in offsets)
    numbers = bytes(range(len(changes)))
    # The block for old readers is empty but for one kind of time; the other has no rule at its end.
    old = _header(0, 1) + struct.pack(">iBB", 0, 0, 0) + _NAME
    return old + _header(len(changes), len(changes)) + times + numbers + kinds + _NAME + b"\n\n"


def _header(times: int, kinds: int) -> bytes:
    return b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, times, kinds, len(_NAME))


def _changes(
    zone: ZoneInfo, first: datetime, last: datetime, shift: timedelta
) -> Iterator[tuple[datetime, timedelta]]:
    """Yield the real instants at which the shifted zone changes its offset, and the zone's own."""
    day = first
    while day < last:
        if _offset(zone, day + shift) != _offset(zone, day + _DAY + shift):
            low, high = day, day + _DAY
            while high - low > _SECOND:
                middle = low + (high - low) // 2
                same = _offset(zone, middle + shift) == _offset(zone, low + shift)
                low, high = (middle, high) if same else (low, middle)
            change = high.replace(microsecond=0)
            yield change, _offset(zone, change + shift)
        day += _DAY


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
