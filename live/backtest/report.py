"""A backtest for people: a table of all alerts, and a page for each that matters."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sothat.live.backtest.advice import shown_span
from sothat.live.backtest.asking import Tally
from sothat.live.backtest.figures import busiest, concurrent
from sothat.live.backtest.labelling import LabelSet, shown, without_rule
from sothat.live.backtest.run import Finding, Refused, totals
from sothat.live.backtest.sweep import Trial
from sothat.live.bars import bars
from sothat.live.tables import table
from sothat.model.problem import render

_SLOTS = 60
_HEAD = ("alert", "fired", "a week", "sets", "in all", "longest", "flaps", "night", "advice")
_WITH_INCIDENTS = ("hit", "false", "missed")


def overview(found: Sequence[Finding | Refused]) -> Iterator[str]:
    """Yield a table of all alerts, the busiest first, and those that could not be replayed."""
    findings = [one for one in found if isinstance(one, Finding)]
    scored = any(one.score for one in findings)
    busy = sorted(findings, key=lambda one: (-one.figures.fired, one.subject.name))
    loud = [one for one in busy if one.figures.fired or one.figures.before]
    if loud:
        head = (*_HEAD[:-1], *(_WITH_INCIDENTS if scored else ()), _HEAD[-1])
        yield from table(head, [_row(one, scored=scored) for one in loud])
        yield ""
    yield from _sums(findings)
    for one in found:
        if isinstance(one, Refused):
            yield from ("", *(render(problem) for problem in one.problems))


def _sums(findings: Sequence[Finding]) -> Iterator[str]:
    sums = totals(findings)
    yield (
        f"{sums['alerts']} alerts replayed: fired {sums['fired']} times, {sums['night']} at night; "
        f"{sums['quiet']} stayed quiet, {sums['blind']} lack series in this history"
    )


def _row(one: Finding, *, scored: bool) -> tuple[object, ...]:
    figures = one.figures
    score: tuple[object, ...] = ()
    if scored:
        score = ("", "", "")
        if one.score:
            score = (one.score.hits, one.score.false_alarms, len(one.score.missed))
    return (
        one.subject.name,
        figures.fired,
        round(figures.per_week(one.replay.grid), 1),
        figures.label_sets,
        shown_span(figures.total),
        shown_span(figures.longest),
        figures.flaps,
        figures.night,
        *score,
        one.advice.verdict,
    )


def page(one: Finding) -> Iterator[str]:
    """Yield all that is known of one alert."""
    yield from _title(one)
    yield from _notes(one)
    yield from _counts(one)
    yield from _plots(one)
    yield from _sets(one)
    yield from _score(one)
    yield from _sweeps(one)
    yield f"  advice     {one.advice.words}"
    for fact in one.advice.evidence:
        yield f"             - {fact}"


def _title(one: Finding) -> Iterator[str]:
    grid, subject = one.replay.grid, one.subject
    yield f"{subject.name}  {subject.position}" if subject.position else subject.name
    yield f"  {' '.join(subject.expr.split())}"
    exact = "at the server's own moments" if one.exact else "at multiples of it"
    yield (
        f"  for {shown_span(subject.lasts)}, keep firing for {shown_span(subject.keeps)}; "
        f"{_time(grid.start)} to {_time(grid.end)}, every {shown_span(grid.step)} {exact}"
    )


def _counts(one: Finding) -> Iterator[str]:
    figures = one.figures
    yield (
        f"  fired      {figures.fired} ({figures.per_week(one.replay.grid):.1f} a week) on "
        f"{figures.days} days, {figures.label_sets} label sets; "
        f"{figures.before} since before, {figures.firing} still"
    )
    yield (
        f"  how long   {shown_span(figures.total)} in all, median {shown_span(figures.median)}, "
        f"longest {shown_span(figures.longest)}"
    )
    yield (
        f"  restless   {figures.flaps} flaps, {figures.short} short, "
        f"{figures.pending} pending without firing"
    )


def _notes(one: Finding) -> Iterator[str]:
    if one.expanded:
        yield f"  not recorded then, by their rules: {', '.join(one.expanded)}"
    if one.unseen:
        yield f"  never in this history: {', '.join(one.unseen)}"


def _plots(one: Finding) -> Iterator[str]:
    figures = one.figures
    if figures.fired:
        yield f"  by hour    |{bars(figures.hours)}| 0 to 23 o'clock, {figures.night} at night"
    levels = concurrent(one.replay.episodes(), one.replay.grid, _SLOTS)
    if any(levels):
        yield f"  over time  |{bars(levels)}| at most {max(levels)} at once"


def _sets(one: Finding) -> Iterator[str]:
    title = "  busiest    "
    rows = busiest(one.replay.episodes(), one.replay.grid)
    common = _common([labels for labels, _, _ in rows])
    for labels, count, total in rows:
        own = tuple(pair for pair in labels if pair not in common)
        yield f"{title}{count} x, {shown_span(total)}  {shown(without_rule(own, one.subject))}"
        title = " " * len(title)


def _common(several: Sequence[LabelSet]) -> frozenset[tuple[str, str]]:
    """Return the labels that tell none of several label sets from another."""
    if len(several) < 2:  # noqa: PLR2004 – one alone is told by all that it has
        return frozenset()
    return frozenset(several[0]).intersection(*several[1:])


def _score(one: Finding) -> Iterator[str]:
    score = one.score
    if score is None:
        return
    missed = f" ({', '.join(f'#{number}' for number in score.missed[:5])})" if score.missed else ""
    yield (
        f"  incidents  {score.hits} hits, {score.false_alarms} false alarms, "
        f"{len(score.missed)} missed{missed}; "
        f"precision {_share(score.precision)}, recall {_share(score.recall)}"
    )


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _sweeps(one: Finding) -> Iterator[str]:
    """Yield what variants would have done, as far as they differ."""
    if not one.figures.fired and not any(trial.figures.fired for trial in one.trials):
        return
    level, held = one.replay.level, one.subject.lasts
    if level:
        rows = [t for t in one.trials if t.value is not None and t.lasts == held]
        yield from _sweep("threshold", [(f"{level.operator} {t.value:g}", t) for t in rows])
    present = level.value if level else None
    rows = [trial for trial in one.trials if trial.value == present]
    yield from _sweep("for", [(shown_span(t.lasts), t) for t in rows])


def _sweep(title: str, rows: Sequence[tuple[str, Trial]]) -> Iterator[str]:
    width = max((len(text) for text, _ in rows), default=0)
    for text, trial in rows:
        score = trial.score
        against = f", {score.hits} hits, {len(score.missed)} missed" if score else ""
        mark = "*" if trial.present else " "
        yield (
            f"  {title:<10} {mark} {text:>{width}}  fires {trial.figures.fired:>4}, "
            f"{trial.figures.short:>3} short, {shown_span(trial.figures.total)} in all{against}"
        )
        title = ""


def load(tally: Tally, seconds: float) -> str:
    """Return what the run cost the server."""
    return (
        f"asked {tally.questions} questions in {seconds:.1f} s, {tally.points} points; "
        f"{tally.smaller} were too much and asked in halves"
    )


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
