"""How often a test has samples and evaluations: as seldom as its durations allow."""

from collections.abc import Iterable
from dataclasses import dataclass

from sothat.generator.proving.solving.formulas import Spans

# Milliseconds, the longest first.
_STEPS = (
    *(hours * 3_600_000 for hours in (12, 6, 3, 2, 1)),
    *(minutes * 60_000 for minutes in (30, 15, 10, 5, 3, 2, 1)),
    *(seconds * 1_000 for seconds in (30, 15, 10, 5, 2, 1)),
    *(500, 200, 100),
)
_USUAL = 60_000
# So many evaluations a duration should have, and so many samples the shortest range.
_EVALUATIONS, _SAMPLES = 3, 5


@dataclass(frozen=True, slots=True)
class Pace:
    """Milliseconds from one sample, and from one evaluation, to the next."""

    samples: int
    evaluations: int

    def steps(self, duration: int) -> int:
        """Return how many evaluations a duration takes, the last one begun."""
        return -(-duration // self.evaluations)


def pace_of(spans: Spans, lasts: int, keeps: int) -> Pace | None:
    """Return the pace of a test; None where durations do not go together."""
    durations = [duration for duration in (lasts, keeps) if duration]
    most = min((d // _EVALUATIONS for d in durations), default=_USUAL)
    if spans.recorded:
        most = min(most, spans.recorded // _SAMPLES)
    every = _longest(most, (*durations, spans.offset))
    if every is None or not spans.shortest:
        return None if every is None else Pace(every, every)
    finest = min(every, spans.shortest // _SAMPLES)
    samples = _longest(finest, (every, spans.shortest, spans.offset))
    return None if samples is None else Pace(samples, every)


def _longest(most: int, multiples: Iterable[int]) -> int | None:
    """Return the longest step up to a bound that goes into all of these."""
    return next((s for s in _STEPS if s <= most and not any(m % s for m in multiples)), None)
