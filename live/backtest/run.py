"""A whole backtest: each alert asked for, replayed, tried in variants, held against incidents."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from sothat.live.backtest.advice import Advice, advise
from sothat.live.backtest.asking import Asker
from sothat.live.backtest.coverage import Coverage
from sothat.live.backtest.figures import Figures, figures_of
from sothat.live.backtest.offset import offset_of
from sothat.live.backtest.recorded import expanded
from sothat.live.backtest.replay import Replay, replay
from sothat.live.backtest.rulebook import Rulebook
from sothat.live.backtest.subject import Grid, Subject, grid_of
from sothat.live.backtest.sweep import Trial, holds, trials
from sothat.live.backtest.truth import Real, Score, concerning, score
from sothat.model.problem import Problem, Unusable
from sothat.runtime.prometheus_answers import RuleGroup

# What Prometheus itself takes where nobody says.
DEFAULT_INTERVAL = 60_000


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a backtest; times in milliseconds since the epoch.

    Attributes:
        interval: Milliseconds between evaluations; 0: as the server or the rule has it.
        sweep: Whether other thresholds and ``for`` are tried.
        parallel: How many questions at most are with the server at once.
        zone: Whose hours of the day are meant.
    """

    start: int
    end: int
    interval: int = 0
    sweep: bool = True
    parallel: int = 2
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one alert.

    Attributes:
        subject: As it is written.
        expanded: Recorded series in whose place their rules were put.
        unseen: Series that it reads and history never had.
        score: Against real incidents; None where none were asked for.
        trials: The variants, the rule as it stands among them.
        exact: Whether the very moments of the server's own evaluations were taken.
    """

    subject: Subject
    replay: Replay
    figures: Figures
    trials: tuple[Trial, ...]
    advice: Advice
    score: Score | None
    expanded: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """An alert that could not be replayed, and why."""

    subject: Subject
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Backtest:
    """What all alerts of a run share.

    Attributes:
        groups: The groups that the server has loaded.
        real: The real incidents of the time; None: nobody knows them.
    """

    book: Rulebook
    asker: Asker
    coverage: Coverage
    groups: Sequence[RuleGroup]
    request: Request
    real: Sequence[Real] | None = None

    def run(self, subjects: Sequence[Subject]) -> Iterator[Finding | Refused]:
        """Yield what became of each alert, in the order given."""
        with ThreadPoolExecutor(self.request.parallel, thread_name_prefix="backtest") as threads:
            yield from threads.map(self.one, subjects)

    def one(self, subject: Subject) -> Finding | Refused:
        """Return what became of one alert."""
        try:
            return self._found(subject)
        except Unusable as error:
            problems = (
                replace(p, rule=p.rule or subject.name, position=p.position or subject.position)
                for p in error.problems
            )
            return Refused(subject, tuple(problems))

    def _found(self, subject: Subject) -> Finding:
        lacking = self.coverage.lacking(subject.expr)
        expr = expanded(subject.expr, self.book.recordings, lacking)
        grid, exact = self._grid(subject)
        done = replay(replace(subject, expr=expr), grid, self.asker, sweep=self.request.sweep)
        return self._judged(subject, done, lacking, exact=exact)

    def _judged(
        self, subject: Subject, done: Replay, lacking: frozenset[str], *, exact: bool
    ) -> Finding:
        real = self._real(subject)
        tried = tuple(trials(done, real, self.request.zone))
        unseen = self.coverage.unseen(done.subject.expr)
        used = tuple(sorted(lacking))
        return Finding(
            subject=subject,
            replay=done,
            figures=figures_of(done, self.request.zone),
            trials=tried if self.request.sweep else (),
            advice=advise(done, tried, unseen),
            score=None if real is None else score(done.episodes(), real, done.grid),
            expanded=used,
            unseen=unseen,
            exact=exact,
        )

    def _real(self, subject: Subject) -> Sequence[Real] | None:
        if self.real is None:
            return None
        return concerning(self.real, subject.name, subject.labels.get("outcome", ""))

    def _grid(self, subject: Subject) -> tuple[Grid, bool]:
        group = self._group(subject)
        loaded = round(group.interval * 1000) if group else 0
        step = self.request.interval or loaded or subject.interval or DEFAULT_INTERVAL
        offset = offset_of(group) if group and step == loaded else None
        warm = max(holds(subject.lasts) if self.request.sweep else (subject.lasts,))
        grid = grid_of(
            self.request.start,
            self.request.end,
            step,
            offset=offset or 0,
            warm=warm + subject.keeps + step,
        )
        return grid, offset is not None

    def _group(self, subject: Subject) -> RuleGroup | None:
        """Return the group in which the server has the alert."""
        having = [g for g in self.groups if any(r.name == subject.name for r in g.rules)]
        named = [g for g in having if g.name == subject.group]
        return next(iter((*named, *having)), None)


def totals(findings: Sequence[Finding]) -> Mapping[str, int]:
    """Return what all alerts together did."""
    return {
        "alerts": len(findings),
        "fired": sum(one.figures.fired for one in findings),
        "quiet": sum(not one.figures.fired and not one.figures.before for one in findings),
        "blind": sum(bool(one.unseen) for one in findings),
        "night": sum(one.figures.night for one in findings),
    }
