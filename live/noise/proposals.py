"""What would make it quieter without making it blind, each with its evidence."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

from sothat.live.noise.overlaps import Overlap, overlaps
from sothat.live.noise.scoring import Noise, OfAlert

_FEW = 3
_SEVERAL = 5
_MOST = 0.6
_OFTEN = 0.3
_RARELY = 0.2


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing to change.

    Attributes:
        alert: Which alert it is about.
        verb: ``raise``, ``longer-for``, ``keep-firing``, ``inhibit``, ``merge``, ``delete`` or
            ``test``.
        words: One sentence.
        evidence: The figures that it rests on.
        spares: How many firings it concerns: what it may spare.
    """

    alert: str
    verb: str
    words: str
    evidence: str
    spares: int


def proposals(noise: Noise) -> list[Proposal]:
    """Return what to change, what spares the most first."""
    found = [proposal for one in noise.alerts for proposal in _of_alert(one)]
    found += [_of_overlap(pair) for pair in overlaps(noise.kept)]
    return sorted(found, key=lambda one: (-one.spares, one.alert, one.verb))


def _of_alert(one: OfAlert) -> Iterator[Proposal]:
    """Yield at most one proposal about the rule itself, the weightiest that holds."""
    for judge in _JUDGES:
        if proposal := judge(one):
            yield proposal
            return


def _useless(one: OfAlert) -> Proposal | None:
    answered = one.answered
    if answered is None or one.figures.fired < _SEVERAL:
        return None
    if answered.acknowledged or answered.acted:
        return None
    return Proposal(
        one.known.name,
        "delete",
        "Delete it, or make a board's panel of it: nobody ever did anything about it",
        f"fired {one.figures.fired} times, never acknowledged, never acted on",
        one.figures.fired,
    )


def _flapping(one: OfAlert) -> Proposal | None:
    if one.figures.fired < _FEW or one.figures.flaps < one.figures.fired * _OFTEN:
        return None
    return Proposal(
        one.known.name,
        "keep-firing",
        "Keep it firing for a quarter of an hour: one trouble rings several times",
        f"{one.figures.flaps} of {one.figures.fired} firings began within a quarter of an hour "
        "of the end of the one before",
        one.figures.flaps,
    )


def _brief(one: OfAlert) -> Proposal | None:
    if one.figures.fired < _FEW or one.figures.short < one.figures.fired * _MOST:
        return None
    if one.answered and one.answered.acted > one.figures.fired * _RARELY:
        return None
    return Proposal(
        one.known.name,
        "longer-for",
        f"Give it a longer for: sothat backtest {one.known.name} says how long",
        f"{one.figures.short} of {one.figures.fired} firings were over within a quarter of an hour"
        + (f", {one.answered.acted} were acted on" if one.answered else ""),
        one.figures.short,
    )


def _imprecise(one: OfAlert) -> Proposal | None:
    precision, answered = one.precision, one.answered
    if precision is None or answered is None or one.figures.fired < _SEVERAL:
        return None
    if precision >= _RARELY:
        return None
    return Proposal(
        one.known.name,
        "raise",
        f"Raise its threshold: sothat backtest {one.known.name} says how far",
        f"{answered.acted} of {one.figures.fired} firings were acted on, "
        f"{answered.by_itself} were over by themselves",
        one.figures.fired - answered.acted,
    )


def _silent(one: OfAlert) -> Proposal | None:
    if one.figures.fired or one.figures.before:
        return None
    missed = len(one.score.missed) if one.score else 0
    if not missed:
        return None
    return Proposal(
        one.known.name,
        "test",
        f"Test it, or lower its threshold: sothat backtest {one.known.name}",
        f"did not fire while {missed} real incidents of its outcome went on",
        0,
    )


# In order of weight: of the first that holds the others would only say the same again.
_JUDGES: tuple[Callable[[OfAlert], Proposal | None], ...] = (
    _useless,
    _flapping,
    _brief,
    _imprecise,
    _silent,
)
_WORDS = MappingProxyType(
    {
        True: ("merge", "Merge it with {cause}: they fire together, whichever comes first"),
        False: ("inhibit", "Let {cause} inhibit it{equal}"),
    }
)


def _of_overlap(pair: Overlap) -> Proposal:
    verb, words = _WORDS[pair.mutual]
    equal = f", for equal {', '.join(pair.equal)}" if pair.equal else ""
    return Proposal(
        pair.alert,
        verb,
        words.format(cause=pair.cause, equal=equal),
        f"{pair.share:.0%} of its {pair.count} firings began while {pair.cause} fired",
        round(pair.share * pair.count),
    )
