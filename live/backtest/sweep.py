"""What another threshold or another ``for`` would have done, from the same answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from sothat.live.backtest.figures import Figures, figures
from sothat.live.backtest.replay import Replay
from sothat.live.backtest.truth import Real, Score, score

_MINUTE = 60_000
_STEPS = (0, 1, 2, 5, 10, 15, 30, 60, 120, 360)
_MOST_FACTOR = 4


@dataclass(frozen=True, slots=True)
class Trial:
    """One variant of the rule.

    Attributes:
        value: The threshold's number; None: as it stands.
        lasts: Milliseconds of ``for``.
        score: Against real incidents; None where none are known.
        present: Whether it is the rule as it stands.
    """

    value: float | None
    lasts: int
    figures: Figures
    score: Score | None
    present: bool


def holds(lasts: int) -> tuple[int, ...]:
    """Return the values of ``for`` that are tried, in milliseconds: half to four times, and 0."""
    most = max(lasts * _MOST_FACTOR, 15 * _MINUTE)
    around = {lasts, lasts // 2, lasts * 2, lasts * _MOST_FACTOR}
    nice = {step * _MINUTE for step in _STEPS if step * _MINUTE <= most}
    return tuple(sorted(around | nice))


def trials(replay: Replay, real: Sequence[Real] | None, zone: tzinfo = UTC) -> list[Trial]:
    """Return what each threshold with the present ``for``, and each ``for``, would have done."""
    return [
        _trial(replay, value, lasts, real, zone)
        for value, lasts in dict.fromkeys(_variants(replay))
    ]


def _variants(replay: Replay) -> Iterator[tuple[float | None, int]]:
    present = replay.level.value if replay.level else None
    for value in replay.presences:
        if value is not None:
            yield value, replay.subject.lasts
    for lasts in holds(replay.subject.lasts):
        yield present, lasts


def _trial(
    replay: Replay, value: float | None, lasts: int, real: Sequence[Real] | None, zone: tzinfo
) -> Trial:
    lives = replay.episodes(value, lasts)
    present = replay.level.value if replay.level else None
    return Trial(
        value=value,
        lasts=lasts,
        figures=figures(lives, replay.grid, zone),
        score=None if real is None else score(lives, real, replay.grid),
        present=value == present and lasts == replay.subject.lasts,
    )
