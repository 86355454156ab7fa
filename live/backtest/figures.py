"""What a replay amounts to: how often, how long, at what hours, for whom, how restlessly."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import pairwise

from sothat.live.backtest.labelling import LabelSet
from sothat.live.backtest.lifecycle import Episode
from sothat.live.backtest.replay import Replay
from sothat.live.backtest.subject import Grid

# What begins again so soon after its end is one trouble that rang twice.
FLAP_MILLISECONDS = 15 * 60_000
_DAY = 86_400_000
_HOUR = 3_600_000
# Of 24 hours, those at which people are woken.
NIGHT = frozenset((22, 23, 0, 1, 2, 3, 4, 5))

Lives = Sequence[tuple[LabelSet, Episode]]


@dataclass(frozen=True, slots=True)
class Figures:
    """What an alert did in the time of interest; durations in milliseconds.

    Attributes:
        fired: How often a label set began to fire.
        before: How many fired at the start already.
        firing: How many fire at the end.
        pending: How often it was pending without firing.
        total: How long label sets fired, added up.
        longest: The longest firing.
        median: The firing in the middle by duration; 0 without any.
        flaps: How often one began again within a quarter of an hour of its end.
        short: How many firings were over within a quarter of an hour.
        night: How many began between 22 and 6 o'clock.
        hours: How many began in each hour of the day.
        days: How many days of the time of interest had one that began.
        label_sets: How many label sets fired.
    """

    fired: int
    before: int
    firing: int
    pending: int
    total: int
    longest: int
    median: int
    flaps: int
    short: int
    night: int
    hours: tuple[int, ...]
    days: int
    label_sets: int

    def per_week(self, grid: Grid) -> float:
        """Return how often it begins to fire in a week."""
        return self.fired * 7 * _DAY / max(grid.end - grid.start, grid.step)


def figures(lives: Lives, grid: Grid, zone: tzinfo = UTC) -> Figures:
    """Return what lives amount to.

    Args:
        lives: Of all label sets of an alert, in order of time.
        grid: The evaluations; those that warm up do not count.
        zone: Whose hours are meant.
    """
    fired = [(labels, e) for labels, e in lives if _touches(e, grid)]
    begun = [e for _, e in fired if e.fired is not None and e.fired >= grid.start]
    lengths = sorted(_within(e, grid) for _, e in fired)
    starts = [_local(e, zone) for e in begun]
    hours = Counter(start.hour for start in starts)
    return Figures(
        fired=len(begun),
        before=len(fired) - len(begun),
        firing=sum(e.ended is None for _, e in fired),
        pending=sum(e.fired is None and e.ended is not None for _, e in lives),
        total=sum(lengths),
        longest=lengths[-1] if lengths else 0,
        median=lengths[len(lengths) // 2] if lengths else 0,
        flaps=sum(_flaps(by_labels(fired).values())),
        short=sum(e.ended is not None and e.firing(grid.end) <= FLAP_MILLISECONDS for e in begun),
        night=sum(start.hour in NIGHT for start in starts),
        hours=tuple(hours[hour] for hour in range(24)),
        days=len({start.date() for start in starts}),
        label_sets=len({labels for labels, _ in fired}),
    )


def figures_of(replay: Replay, zone: tzinfo = UTC) -> Figures:
    """Return what a replay of the rule as it stands amounts to."""
    return figures(replay.episodes(), replay.grid, zone)


def by_labels(lives: Lives) -> Mapping[LabelSet, Sequence[Episode]]:
    """Return the lives of each label set, in order of time."""
    found: dict[LabelSet, list[Episode]] = defaultdict(list)
    for labels, episode in lives:
        found[labels].append(episode)
    return found


def _touches(episode: Episode, grid: Grid) -> bool:
    return episode.fired is not None and (episode.ended is None or episode.ended > grid.start)


def _within(episode: Episode, grid: Grid) -> int:
    """Return how long an episode fired in the time of interest."""
    begun = max(episode.fired or 0, grid.start)
    return (grid.end if episode.ended is None else episode.ended) - begun


def _local(episode: Episode, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp((episode.fired or 0) / 1000, zone)


def _flaps(rows: Iterable[Sequence[Episode]]) -> Iterator[int]:
    for row in rows:
        for before, after in pairwise(row):
            if before.ended is not None and after.fired is not None:
                yield int(after.fired - before.ended <= FLAP_MILLISECONDS)


def busiest(lives: Lives, grid: Grid, most: int = 5) -> list[tuple[LabelSet, int, int]]:
    """Return the label sets that fired most often, with how often and for how long."""
    fired = [(labels, e) for labels, e in lives if _touches(e, grid)]
    rows = [
        (labels, len(row), sum(_within(e, grid) for e in row))
        for labels, row in by_labels(fired).items()
    ]
    return sorted(rows, key=lambda row: (-row[1], -row[2], row[0]))[:most]


def concurrent(lives: Lives, grid: Grid, slots: int) -> list[int]:
    """Return the most label sets that fired at once, in each of so many equal parts of the time."""
    width = max(1, -(-(grid.end - grid.start + grid.step) // slots))
    changes: list[tuple[int, int]] = []
    for _, episode in lives:
        if _touches(episode, grid):
            changes.append((max(episode.fired or 0, grid.start), 1))
            if episode.ended is not None:
                changes.append((episode.ended, -1))
    # What ends at a moment does not fire then, so ends come first.
    changes.sort()
    found, level, place = [0] * slots, 0, 0
    for slot in range(slots):
        until = grid.start + (slot + 1) * width
        highest = level
        while place < len(changes) and changes[place][0] < until:
            level += changes[place][1]
            highest = max(highest, level)
            place += 1
        found[slot] = highest
    return found
