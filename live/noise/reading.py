"""Firings as Prometheus itself has kept them: the series ``ALERTS``."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sothat.generator.conventions import SHADOW_LABEL
from sothat.live.backtest.asking import Asker
from sothat.live.backtest.labelling import LabelSet
from sothat.live.backtest.lifecycle import Episode, Run
from sothat.live.backtest.replay import rows_of
from sothat.live.backtest.subject import Grid, Labels
from sothat.runtime.prometheus_answers import RuleGroup

# What is on trial disturbed nobody; it is looked at apart.
_HEARD = f'ALERTS{{alertstate="firing",{SHADOW_LABEL}=""}}'
_ON_TRIAL = f'ALERTS{{alertstate="firing",{SHADOW_LABEL}="true"}}'
_NO_LABELS = frozenset(("__name__", "alertstate"))

Lives = Sequence[tuple[LabelSet, Episode]]


# What Prometheus itself takes where nobody says.
_DEFAULT = 60_000


@dataclass(frozen=True, slots=True)
class Known:
    """An alert as the server has it loaded: what its rule says of it."""

    name: str
    team: str
    outcome: str
    priority: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What Prometheus has kept of a time.

    Attributes:
        lives: Of each alert by name, in order of time; what was pending is not told.
    """

    grid: Grid
    lives: Mapping[str, Lives]


def firings(asker: Asker, grid: Grid, *, shadow: bool = False) -> Kept:
    """Return all firings of a time that somebody could hear, or those of alerts on trial.

    Raises:
        PrometheusFailed: The server does not tell.
    """
    runs: dict[LabelSet, list[Run]] = defaultdict(list)
    for piece in asker.pieces(_ON_TRIAL if shadow else _HEARD, grid):
        for row in piece.rows:
            labels = tuple(sorted((k, v) for k, v in row.labels.items() if k not in _NO_LABELS))
            for first, last in rows_of(row.numbers):
                _append(runs[labels], first, last)
    found: dict[str, list[tuple[LabelSet, Episode]]] = defaultdict(list)
    for labels, several in runs.items():
        name = dict(labels).get("alertname", "")
        found[name] += [(labels, _episode(run, grid)) for run in several]
    in_order = {name: sorted(lives, key=_place) for name, lives in found.items()}
    return Kept(grid, in_order)


def _append(runs: list[Run], first: int, last: int) -> None:
    """Add a run; one that goes on where the piece before it ended is the same."""
    if runs and runs[-1][1] + 1 == first:
        first = runs.pop()[0]
    runs.append((first, last))


def _episode(run: Run, grid: Grid) -> Episode:
    first, last = run
    begun = grid.at(first)
    return Episode(begun, begun, grid.at(last + 1) if last + 1 < grid.count else None)


def _place(life: tuple[LabelSet, Episode]) -> tuple[int, LabelSet]:
    return life[1].active, life[0]


def known_by(name: str, labels: Labels) -> Known:
    """Return what labels say of an alert."""
    return Known(
        name, labels.get("team", ""), labels.get("outcome", ""), labels.get("priority", "")
    )


def loaded(groups: Iterable[RuleGroup]) -> Iterator[Known]:
    """Yield the alerts that a server has loaded, but for those on trial."""
    for group in groups:
        for rule in group.rules:
            if rule.kind == "alerting" and SHADOW_LABEL not in rule.labels:
                yield known_by(rule.name, rule.labels)


def finest(groups: Iterable[RuleGroup]) -> int:
    """Return the shortest interval of all groups with alerts, in milliseconds."""
    having = [g for g in groups if any(rule.kind == "alerting" for rule in g.rules)]
    return min((round(g.interval * 1000) for g in having if g.interval), default=_DEFAULT)
