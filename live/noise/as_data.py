"""The week's noise for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sothat.live.backtest.as_data import figures_data, score_data
from sothat.live.noise.proposals import Proposal
from sothat.live.noise.scoring import Noise, OfAlert


def as_data(noise: Noise, proposals: Sequence[Proposal]) -> dict[str, Any]:
    """Return all figures as JSON's types; times are RFC 3339, durations seconds."""
    grid = noise.kept.grid
    return {
        "start": _moment(grid.start),
        "end": _moment(grid.end),
        "interval_seconds": grid.step / 1000,
        "alerts": [of_alert(one) for one in noise.alerts],
        "never_fired": [
            one.known.name
            for one in noise.alerts
            if not one.figures.fired and not one.figures.before
        ],
        "teams": [asdict(one) for one in noise.teams],
        "outcomes": [asdict(one) for one in noise.outcomes],
        "proposals": [asdict(one) for one in proposals],
    }


def of_alert(one: OfAlert) -> dict[str, Any]:
    """Return the figures of one alert as JSON's types."""
    return {
        "alert": one.known.name,
        **{name: getattr(one.known, name) for name in ("team", "outcome", "priority")},
        **figures_data(one.figures),
        "answered": asdict(one.answered) if one.answered else None,
        "precision": one.precision,
        "incidents": score_data(one.score),
    }


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat().replace("+00:00", "Z")
