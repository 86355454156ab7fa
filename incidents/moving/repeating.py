"""Steps that a chain repeats, written out. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sothat.incidents.moving.neutral import Step

# More than any of the systems takes: ten rounds of twenty steps.
_MOST = 200


def merged(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return steps in order of time, those of one moment as one."""
    found: dict[timedelta, Step] = {}
    for step in sorted(steps, key=lambda step: step.after):
        first = found.get(step.after)
        found[step.after] = _both(first, step) if first else step
    return tuple(found.values())


def _both(one: Step, other: Step) -> Step:
    schedules = tuple(dict.fromkeys((*one.schedules, *other.schedules)))
    people = tuple(dict.fromkeys((*one.people, *other.people)))
    return replace(one, schedules=schedules, people=people)


def repeated(steps: Sequence[Step], every: timedelta, times: int) -> tuple[Step, ...]:
    """Return steps and as many repetitions of all of them, each so long after the one before."""
    rounds = min(times, _MOST // max(1, len(steps)))
    return tuple(
        replace(step, after=step.after + number * every)
        for number in range(rounds + 1)
        for step in steps
    )
