"""A backtest for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sothat.live.backtest.asking import Tally
from sothat.live.backtest.figures import Figures
from sothat.live.backtest.labelling import LabelSet
from sothat.live.backtest.lifecycle import Episode
from sothat.live.backtest.run import Finding, Refused
from sothat.live.backtest.sweep import Trial
from sothat.live.backtest.truth import Score


def as_data(found: Sequence[Finding | Refused], tally: Tally) -> dict[str, Any]:
    """Return a backtest as JSON's types; times are RFC 3339, durations seconds."""
    return {
        "alerts": [_finding(one) for one in found if isinstance(one, Finding)],
        "refused": [
            {"alert": one.subject.name, "code": problem.code, "message": problem.message}
            for one in found
            if isinstance(one, Refused)
            for problem in one.problems
        ],
        "load": {
            "questions": tally.questions,
            "halved": tally.smaller,
            "server_seconds": round(tally.seconds, 3),
            "points": tally.points,
        },
    }


def _finding(one: Finding) -> dict[str, Any]:
    grid = one.replay.grid
    return {
        "alert": one.subject.name,
        "expr": one.subject.expr,
        "start": _moment(grid.start),
        "end": _moment(grid.end),
        "interval_seconds": grid.step / 1000,
        "exact_moments": one.exact,
        "expanded": list(one.expanded),
        "unseen": list(one.unseen),
        "figures": figures_data(one.figures),
        "per_week": round(one.figures.per_week(grid), 3),
        "incidents": score_data(one.score),
        "firings": [
            _firing(labels, episode)
            for labels, episode in one.replay.episodes()
            if episode.fired is not None
        ],
        "trials": [_trial(trial) for trial in one.trials],
        "advice": {
            "verdict": one.advice.verdict,
            "words": one.advice.words,
            "evidence": list(one.advice.evidence),
            "trial": _trial(one.advice.trial) if one.advice.trial else None,
        },
    }


_SPANS = ("total", "longest", "median")


def figures_data(figures: Figures) -> dict[str, Any]:
    """Return figures as JSON's types; durations are seconds."""
    plain = asdict(figures)
    spans = {f"{name}_seconds": plain.pop(name) / 1000 for name in _SPANS}
    return {**plain, "hours": list(figures.hours), **spans}


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "threshold": trial.value,
        "for_seconds": trial.lasts / 1000,
        "present": trial.present,
        "fired": trial.figures.fired,
        "short": trial.figures.short,
        "total_seconds": trial.figures.total / 1000,
        "incidents": score_data(trial.score),
    }


def score_data(score: Score | None) -> dict[str, Any] | None:
    """Return a score as JSON's types."""
    if score is None:
        return None
    shares = {"precision": score.precision, "recall": score.recall}
    return {**asdict(score), "missed": list(score.missed), **shares}


def _firing(labels: LabelSet, episode: Episode) -> dict[str, Any]:
    return {
        "labels": dict(labels),
        "active_at": _moment(episode.active),
        "fired_at": _moment(episode.fired),
        "resolved_at": _moment(episode.ended),
    }


def _moment(at: int | None) -> str | None:
    if at is None:
        return None
    return datetime.fromtimestamp(at / 1000, UTC).isoformat().replace("+00:00", "Z")
