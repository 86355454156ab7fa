"""Firings held against real incidents: hits, false alarms, and what was missed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sothat.live.backtest.labelling import LabelSet
from sothat.live.backtest.lifecycle import Episode
from sothat.live.backtest.subject import Grid
from sothat.live.happened import Happened

# A symptom shows before anybody opens an incident for it.
_LEAD = 30 * 60_000
# These say what an alert is, not where it fires.
ABOUT = frozenset(
    ("alertname", "priority", "severity", "kind", "domain", "team", "outcome", "tier")
)

Real = Happened
Lives = Sequence[tuple[LabelSet, Episode]]


@dataclass(frozen=True, slots=True)
class Score:
    """How an alert fared.

    Attributes:
        hits: Firings while a real incident of its outcome went on, or shortly before it.
        false_alarms: Firings without one.
        found: Real incidents that it fired for.
        missed: Numbers of the real incidents that it did not fire for.
    """

    hits: int
    false_alarms: int
    found: int
    missed: tuple[int, ...]

    @property
    def precision(self) -> float | None:
        """Return the share of the firings that were right; None without any."""
        fired = self.hits + self.false_alarms
        return self.hits / fired if fired else None

    @property
    def recall(self) -> float | None:
        """Return the share of the real incidents that it fired for; None without any."""
        real = self.found + len(self.missed)
        return self.found / real if real else None


def real_ones(incidents: Iterable[Happened]) -> tuple[Happened, ...]:
    """Return the incidents that somebody had something to do about."""
    return tuple(one for one in incidents if one.acted)


def concerning(real: Iterable[Real], name: str, outcome: str) -> tuple[Real, ...]:
    """Return the incidents that an alert should fire for: of its outcome, or with it in them."""
    return tuple(one for one in real if name in one.alerts or (outcome and one.outcome == outcome))


def score(lives: Lives, real: Sequence[Real], grid: Grid) -> Score:
    """Return how firings fared.

    Args:
        lives: Of an alert.
        real: The incidents that it should fire for.
        grid: The evaluations.
    """
    matched: set[int] = set()
    hits = false_alarms = 0
    for labels, episode in lives:
        if episode.fired is None:
            continue
        found = {one.number for one in real if met(episode, one) and agree(labels, one)}
        matched |= found
        hits += bool(found)
        false_alarms += not found
    within = [one for one in real if grid.start <= one.opened <= grid.end]
    missed = tuple(one.number for one in within if one.number not in matched)
    return Score(hits, false_alarms, len(within) - len(missed), missed)


def met(episode: Episode, one: Real) -> bool:
    """Return whether a firing falls into an incident's time, or shortly before it."""
    starts_in_time = one.ended is None or (episode.fired or 0) <= one.ended
    return starts_in_time and (episode.ended is None or episode.ended >= one.opened - _LEAD)


def agree(labels: LabelSet, one: Real) -> bool:
    """Return whether nothing that both name is different: the site, the device."""
    return all(one.labels.get(name, value) == value for name, value in labels if name not in ABOUT)
