"""Layers that are on call together, sorted into tracks. Pure."""

from collections.abc import Sequence
from datetime import datetime

from sothat.incidents.moving.neutral import Layer
from sothat.incidents.moving.rotating import AHEAD, busy
from sothat.service_levels.intervals import Interval, common

Track = tuple[Layer, ...]


def stacked(ranks: Sequence[Sequence[Layer]], now: datetime) -> tuple[tuple[Track, ...], bool]:
    """Return tracks, and whether they say exactly who is on call together.

    Layers of one rank that never meet in the time ahead share a track; those that meet are on
    call together, on tracks of their own. In a track the layers of a higher rank go first.

    Args:
        ranks: Highest first; while a layer of a rank has anybody, lower ranks have nobody.
        now: From when on they are looked at.
    """
    bounds = Interval(now, now + AHEAD)
    columns = [_apart(rank, bounds) for rank in ranks if rank]
    widest = max(map(len, columns), default=0)
    tracks = tuple(
        tuple(layer for column in columns for layer in (column[number : number + 1] or [()])[0])
        for number in range(widest)
    )
    return tracks, widest <= 1 or len(columns) <= 1


def _apart(layers: Sequence[Layer], bounds: Interval) -> list[Track]:
    """Return layers in as few groups as go, in none of which two have the duty at once."""
    groups: list[tuple[list[Layer], list[Interval]]] = []
    for layer in layers:
        own = busy(layer, bounds)
        for members, taken in groups:
            if not common(own, taken):
                members.append(layer)
                taken.extend(own)
                break
        else:
            groups.append(([layer], list(own)))
    return [tuple(members) for members, _ in groups]
