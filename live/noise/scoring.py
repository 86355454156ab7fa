"""How each alert, each team and each outcome fared."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from sothat.live.backtest.figures import NIGHT, Figures, figures
from sothat.live.backtest.labelling import LabelSet
from sothat.live.backtest.lifecycle import Episode
from sothat.live.backtest.truth import Score, agree, concerning, met, real_ones, score
from sothat.live.happened import Happened
from sothat.live.noise.reading import Kept, Known, Lives, known_by


@dataclass(frozen=True, slots=True)
class Answered:
    """What people did about an alert's firings.

    Attributes:
        acknowledged: Firings whose incident somebody took on.
        acted: Firings whose incident somebody did something about.
        by_itself: Firings whose incident was over without anybody doing anything.
        unknown: Firings that no incident is known for.
    """

    acknowledged: int
    acted: int
    by_itself: int
    unknown: int


@dataclass(frozen=True, slots=True)
class OfAlert:
    """One alert's figures.

    Attributes:
        answered: None where no incident service was asked.
        score: Against the real incidents of its outcome; None likewise.
    """

    known: Known
    figures: Figures
    answered: Answered | None
    score: Score | None

    @property
    def precision(self) -> float | None:
        """Return the share of its firings that somebody acted on; None where nobody knows."""
        if self.answered is None or not self.figures.fired + self.figures.before:
            return None
        return self.answered.acted / (self.figures.fired + self.figures.before)


@dataclass(frozen=True, slots=True)
class OfTeam:
    """What a team had to bear.

    Attributes:
        worst_day: How many firings began on its worst day.
    """

    team: str
    fired: int
    night: int
    worst_day: int
    incidents: int
    acted: int


@dataclass(frozen=True, slots=True)
class OfOutcome:
    """How well a customer outcome was watched over.

    Attributes:
        fired: Firings of its alerts.
        acted: Those that somebody acted on.
        real: Incidents that somebody had something to do about.
        found: Those of them that an alert of the outcome fired for.
    """

    outcome: str
    fired: int
    acted: int
    real: int
    found: int


@dataclass(frozen=True, slots=True)
class Noise:
    """All figures of a time.

    Attributes:
        incidents: None where no incident service was asked.
    """

    kept: Kept
    alerts: tuple[OfAlert, ...]
    teams: tuple[OfTeam, ...]
    outcomes: tuple[OfOutcome, ...]
    incidents: tuple[Happened, ...] | None


def noise(
    kept: Kept, known: Iterable[Known], incidents: Sequence[Happened] | None, zone: tzinfo = UTC
) -> Noise:
    """Return how alerts, teams and outcomes fared.

    Args:
        kept: What fired.
        known: The alerts that are loaded; one that fired and no longer is, is told by its labels.
        incidents: What happened; None where nobody knows.
        zone: Whose hours of the day are meant.
    """
    loaded = {one.name: one for one in known}
    for name, lives in kept.lives.items():
        loaded.setdefault(name, known_by(name, dict(lives[0][0])))
    alerts = tuple(_of_alert(loaded[name], kept, incidents, zone) for name in sorted(loaded))
    return Noise(
        kept=kept,
        alerts=alerts,
        teams=tuple(_teams(alerts, kept, incidents or (), zone)),
        outcomes=tuple(_outcomes(alerts, kept, incidents or ())),
        incidents=None if incidents is None else tuple(incidents),
    )


def _of_alert(
    known: Known, kept: Kept, incidents: Sequence[Happened] | None, zone: tzinfo
) -> OfAlert:
    lives = kept.lives.get(known.name, ())
    answered = fared = None
    if incidents is not None:
        answered = _answered(known.name, lives, incidents)
        real = concerning(real_ones(incidents), known.name, known.outcome)
        fared = score(lives, real, kept.grid)
    return OfAlert(known, figures(lives, kept.grid, zone), answered, fared)


def _answered(name: str, lives: Lives, incidents: Sequence[Happened]) -> Answered:
    own = [one for one in incidents if name in one.alerts]
    found = [_incident(labels, episode, own) for labels, episode in lives]
    there = [one for one in found if one is not None]
    return Answered(
        acknowledged=sum(one.acknowledged is not None for one in there),
        acted=sum(one.acted for one in there),
        by_itself=sum(one.by_itself and not one.acted for one in there),
        unknown=len(found) - len(there),
    )


def _incident(labels: LabelSet, episode: Episode, own: Sequence[Happened]) -> Happened | None:
    """Return the incident that a firing belongs to: of those it may, the last that was opened."""
    found = [one for one in own if met(episode, one) and agree(labels, one)]
    return max(found, key=lambda one: one.opened, default=None)


def _teams(
    alerts: Sequence[OfAlert], kept: Kept, incidents: Sequence[Happened], zone: tzinfo
) -> Iterable[OfTeam]:
    starts: dict[str, list[datetime]] = defaultdict(list)
    acted: dict[str, int] = defaultdict(int)
    for one in alerts:
        team = one.known.team
        starts[team] += list(_starts(kept.lives.get(one.known.name, ()), kept, zone))
        acted[team] += one.answered.acted if one.answered else 0
    for team in sorted(starts):
        days = _counts(at.date().isoformat() for at in starts[team])
        yield OfTeam(
            team=team,
            fired=len(starts[team]),
            night=sum(at.hour in NIGHT for at in starts[team]),
            worst_day=max(days.values(), default=0),
            incidents=sum(one.team == team and _within(one, kept) for one in incidents),
            acted=acted[team],
        )


def _starts(lives: Lives, kept: Kept, zone: tzinfo) -> Iterable[datetime]:
    for _, episode in lives:
        if episode.fired is not None and episode.fired >= kept.grid.start:
            yield datetime.fromtimestamp(episode.fired / 1000, zone)


def _outcomes(
    alerts: Sequence[OfAlert], kept: Kept, incidents: Sequence[Happened]
) -> Iterable[OfOutcome]:
    of: dict[str, list[OfAlert]] = defaultdict(list)
    for one in alerts:
        of[one.known.outcome].append(one)
    for outcome in sorted(filter(None, of)):
        real = [i for i in real_ones(incidents) if i.outcome == outcome and _within(i, kept)]
        lives = [life for one in of[outcome] for life in kept.lives.get(one.known.name, ())]
        yield OfOutcome(
            outcome=outcome,
            fired=sum(one.figures.fired for one in of[outcome]),
            acted=sum(one.answered.acted for one in of[outcome] if one.answered),
            real=len(real),
            found=len(real) - len(score(lives, real, kept.grid).missed),
        )


def _within(incident: Happened, kept: Kept) -> bool:
    return kept.grid.start <= incident.opened <= kept.grid.end


def _counts(texts: Iterable[str]) -> Mapping[str, int]:
    found: dict[str, int] = defaultdict(int)
    for text in texts:
        found[text] += 1
    return found
