"""The week's noise for people."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sothat.live.backtest.advice import shown_span
from sothat.live.bars import bars
from sothat.live.noise.proposals import Proposal
from sothat.live.noise.scoring import Noise, OfAlert
from sothat.live.tables import table

_ALERT = ("alert", "team", "fired", "flaps", "short", "night", "in all")
_ANSWERED = ("ack'd", "acted", "by itself", "precision", "recall")


def report(noise: Noise, proposals: Sequence[Proposal]) -> Iterator[str]:
    """Yield all figures of a time, and what to change."""
    grid = noise.kept.grid
    yield f"{_time(grid.start)} to {_time(grid.end)}"
    loud = sorted(
        (one for one in noise.alerts if one.figures.fired or one.figures.before),
        key=lambda one: (-one.figures.fired, one.known.name),
    )
    yield from _alerts(loud, noise)
    yield from _teams(noise)
    yield from _outcomes(noise)
    yield from _quiet(noise)
    yield from _proposals(proposals)


def _alerts(loud: Sequence[OfAlert], noise: Noise) -> Iterator[str]:
    if not loud:
        yield "no alert fired"
        return
    known = noise.incidents is not None
    yield ""
    yield from table((*_ALERT, *(_ANSWERED if known else ())), [_row(one) for one in loud])
    hours = [sum(one.figures.hours[hour] for one in loud) for hour in range(24)]
    yield ""
    yield f"by hour of the day |{bars(hours)}| 0 to 23 o'clock"
    if not known:
        yield "what people did is not known: name the incident service with --incidents"


def _row(one: OfAlert) -> tuple[object, ...]:
    figures, answered = one.figures, one.answered
    row: tuple[object, ...] = (
        one.known.name,
        one.known.team or "-",
        figures.fired,
        figures.flaps,
        figures.short,
        figures.night,
        shown_span(figures.total),
    )
    if answered is None:
        return row
    recall = one.score.recall if one.score else None
    shares = (_share(one.precision), _share(recall))
    return (*row, answered.acknowledged, answered.acted, answered.by_itself, *shares)


def _teams(noise: Noise) -> Iterator[str]:
    rows = [
        (one.team or "-", one.fired, one.night, one.worst_day, one.incidents, one.acted)
        for one in noise.teams
        if one.fired or one.incidents
    ]
    if rows:
        yield ""
        yield from table(("team", "fired", "night", "worst day", "incidents", "acted"), rows)


def _outcomes(noise: Noise) -> Iterator[str]:
    rows = [
        (
            one.outcome,
            one.fired,
            one.real,
            _share(one.acted / one.fired if one.fired else None),
            _share(one.found / one.real if one.real else None),
        )
        for one in noise.outcomes
        if one.fired or one.real
    ]
    if rows and noise.incidents is not None:
        yield ""
        yield from table(("outcome", "fired", "real incidents", "precision", "recall"), rows)


def _quiet(noise: Noise) -> Iterator[str]:
    quiet = sum(not one.figures.fired and not one.figures.before for one in noise.alerts)
    yield ""
    yield f"never fired: {quiet} of {len(noise.alerts)} alerts"


def _proposals(proposals: Sequence[Proposal]) -> Iterator[str]:
    yield ""
    yield "proposals" if proposals else "nothing to propose"
    for one in proposals:
        yield f"  {one.alert}: {one.words}"
        yield f"    {one.evidence}"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%MZ")
