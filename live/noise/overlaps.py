"""Alerts that fire because another does, or together with it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sothat.live.backtest.labelling import LabelSet
from sothat.live.backtest.truth import ABOUT
from sothat.live.noise.reading import Kept, Lives

# What follows may be noticed a little before its cause.
_SLACK = 2 * 60_000
_OFTEN = 0.8
_FEW = 3


@dataclass(frozen=True, slots=True)
class Overlap:
    """One alert that fires while another does.

    Attributes:
        alert: The one that follows.
        cause: The one that fires meanwhile.
        share: Of the firings of the alert, those at whose beginning the cause fired.
        equal: Labels that had the same values each time.
        mutual: Whether the same holds the other way round: two names of one trouble.
    """

    alert: str
    cause: str
    share: float
    count: int
    equal: tuple[str, ...]
    mutual: bool


def overlaps(kept: Kept) -> Iterator[Overlap]:
    """Yield the pairs of alerts of which one nearly always fires while the other does."""
    often = {name: lives for name, lives in kept.lives.items() if len(lives) >= _FEW}
    found = {
        (alert, cause): pair
        for alert in often
        for cause in _candidates(alert, often, kept)
        if (pair := _pair(often[alert], often[cause]))
    }
    for (alert, cause), (share, equal) in sorted(found.items()):
        mutual = (cause, alert) in found
        if not mutual or alert < cause:
            yield Overlap(alert, cause, share, len(often[alert]), equal, mutual)


def _candidates(alert: str, often: Mapping[str, Lives], kept: Kept) -> Iterator[str]:
    """Yield what may be a cause; what fires most of the time, such as a watchdog, is none."""
    half = (kept.grid.end - kept.grid.start) / 2
    for cause, lives in often.items():
        sets = len({labels for labels, _ in lives})
        fired = sum(episode.firing(kept.grid.end) for _, episode in lives)
        if cause != alert and fired < half * sets:
            yield cause


def _pair(lives: Lives, causes: Lives) -> tuple[float, tuple[str, ...]] | None:
    """Return how often a cause with the same labels fires at the beginning, and which labels."""
    equal = _shared(lives, causes)
    rows = _by_values(causes, equal)
    count = sum(_fires(rows.get(_values(labels, equal), ()), e.active) for labels, e in lives)
    share = count / len(lives)
    return (share, equal) if share >= _OFTEN else None


def _shared(lives: Lives, causes: Lives) -> tuple[str, ...]:
    """Return the labels that both alerts have whenever they fire."""
    names = [{name for name, _ in labels} for labels, _ in (*lives, *causes)]
    return tuple(sorted(set.intersection(*names) - ABOUT))


def _values(labels: LabelSet, names: Sequence[str]) -> tuple[str, ...]:
    found = dict(labels)
    return tuple(found.get(name, "") for name in names)


def _by_values(
    lives: Lives, names: Sequence[str]
) -> Mapping[tuple[str, ...], Sequence[tuple[int, int | None]]]:
    rows: dict[tuple[str, ...], list[tuple[int, int | None]]] = defaultdict(list)
    for labels, episode in lives:
        rows[_values(labels, names)].append((episode.active, episode.ended))
    return rows


def _fires(row: Sequence[tuple[int, int | None]], at: int) -> bool:
    """Return whether one of some firings goes on at a time, or begins just after it."""
    before = row[: bisect_right(row, at + _SLACK, key=lambda firing: firing[0])]
    return any(ended is None or ended > at for _, ended in before)
