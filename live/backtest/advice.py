"""What a replay suggests, with its evidence. The decision stays with people."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sothat.live.backtest.figures import Figures
from sothat.live.backtest.replay import Replay
from sothat.live.backtest.sweep import Trial

# Fewer firings than this tell nothing about habits.
_FEW = 3
_WORTH = 0.7
_FAIR = 0.5


@dataclass(frozen=True, slots=True)
class Advice:
    """A proposal.

    Attributes:
        verdict: ``keep``, ``raise``, ``lower``, ``longer-for``, ``shorter-for``, ``repair``,
            ``watch`` (too little happened to say) or ``blind`` (history has not what it reads).
        words: One sentence.
        evidence: The figures that it rests on, one phrase each.
        trial: The variant that is proposed, if one is.
    """

    verdict: str
    words: str
    evidence: tuple[str, ...]
    trial: Trial | None = None


def advise(replay: Replay, trials: Sequence[Trial], unseen: Sequence[str] = ()) -> Advice:
    """Return what a replay suggests.

    Args:
        replay: Of the rule.
        trials: What variants would have done, the rule as it stands among them.
        unseen: Series that it reads and history never had.
    """
    now = next(trial for trial in trials if trial.present)
    if replay.reason:
        count = len(replay.presences[None].skips.numbers)
        fact = f"{count} evaluations fail: {replay.reason}"
        return Advice("repair", "Repair the rule: Prometheus could not evaluate it", (fact,))
    if now.score and now.score.missed:
        better = _best(trials, lambda trial: _finds_more(trial, now))
        if better:
            return _proposal(replay, now, better)
    if unseen and not now.figures.fired:
        evidence = tuple(f"history has no {name}" for name in unseen)
        return Advice(
            "blind", "That it did not fire says nothing: its figures were not there", evidence
        )
    if now.figures.fired < _FEW:
        return Advice("watch", "Too few firings to judge by", _facts(now))
    better = _best(trials, lambda trial: _is_calmer(trial, now))
    if better:
        return _proposal(replay, now, better)
    return Advice("keep", "Keep it as it is: no variant tried does clearly better", _facts(now))


def _best(trials: Iterable[Trial], sound: Callable[[Trial], bool]) -> Trial | None:
    """Return the calmest of the sound variants, and of equals the first."""
    found = [trial for trial in trials if not trial.present and sound(trial)]
    return min(found, key=lambda trial: trial.figures.fired, default=None)


def _finds_more(trial: Trial, now: Trial) -> bool:
    if trial.score is None or now.score is None:
        return False
    precise = trial.score.precision or 0.0
    floor = min(_FAIR, now.score.precision or 0.0)
    return trial.score.found > now.score.found and precise >= floor


def _is_calmer(trial: Trial, now: Trial) -> bool:
    """Return whether a variant fires clearly less and still speaks of all that matters."""
    if trial.figures.fired > now.figures.fired * _WORTH:
        return False
    if trial.score is not None and now.score is not None and now.score.found:
        return trial.score.found == now.score.found
    same = trial.value == now.value  # without incidents, nobody can say which figure is too high
    return same and _speaks_of_the_same(trial.figures, now.figures)


def _speaks_of_the_same(trial: Figures, now: Figures) -> bool:
    return trial.label_sets == now.label_sets and trial.days == now.days


def _proposal(replay: Replay, now: Trial, better: Trial) -> Advice:
    verdict, words = _change(replay, now, better)
    return Advice(verdict, words, (*_facts(now), f"instead: {_fact(better)}"), better)


def _change(replay: Replay, now: Trial, better: Trial) -> tuple[str, str]:
    if better.value != now.value and replay.level and better.value is not None:
        stricter = replay.level.strictness(better.value) > replay.level.strictness(now.value or 0)
        words = f"Set the threshold to {replay.level.operator} {better.value:g}"
        return ("raise" if stricter else "lower"), words
    verdict = "longer-for" if better.lasts > now.lasts else "shorter-for"
    words = f"Set for: {shown_span(better.lasts)}"
    return verdict, words


def _facts(now: Trial) -> tuple[str, ...]:
    facts = [f"now: {_fact(now)}"]
    if now.figures.short:
        facts.append(f"{now.figures.short} firings were over within a quarter of an hour")
    if now.figures.flaps:
        facts.append(f"{now.figures.flaps} began again within a quarter of an hour")
    return tuple(facts)


def _fact(trial: Trial) -> str:
    figures = trial.figures
    text = (
        f"fires {times(figures.fired)} on {figures.label_sets} label sets and {figures.days} days"
    )
    if trial.score is None:
        return text
    return (
        f"{text}; {trial.score.hits} hits, {trial.score.false_alarms} false alarms, "
        f"{len(trial.score.missed)} missed"
    )


def times(count: int) -> str:
    """Return how often, in words."""
    return "once" if count == 1 else f"{count} times"


def shown_span(milliseconds: int) -> str:
    """Return a duration for people: its two greatest units."""
    parts, rest = [], round(milliseconds / 1000)
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts[:2]) or "0s"
