"""Whether the levels of an escalation are asked when they say: who is there, in which order."""

from collections.abc import Iterator
from itertools import pairwise

from sothat.model.policy import Level, Policy, Priority, Term
from sothat.model.problem import Problem, Severity
from sothat.service_levels.words import promised


def ladder_problems(policy: Policy) -> Iterator[Problem]:
    """Yield the levels at which no team has anybody, and those asked no sooner than the next."""
    seated = {seat.level for team in policy.teams.values() for seat in team.seats}
    for name, ladder in policy.escalation.items():
        for level in ladder:
            if level.name not in seated and not level.roles:
                yield _never(name, level)
        for before, level in pairwise(ladder):
            yield from _order(name, before, level)


def _never(ladder: str, level: Level) -> Problem:
    message = f"nobody is asked at the level '{level.name}' of the {ladder} escalation"
    hint = "give it `roles`, or a team a seat there; or leave it out"
    return Problem("level-never-reached", message, hint=hint, severity=Severity.WARNING)


def _order(ladder: str, before: Level, level: Level) -> Iterator[Problem]:
    """Yield the priorities at which a level is due before the one that it comes after."""
    for priority in Priority:
        early, late = level.after.get(priority), before.after.get(priority)
        if early and late and early.hours == late.hours and _length(early) < _length(late):
            message = (
                f"the level '{level.name}' of the {ladder} escalation is due {promised(early)} "
                f"after the page at {priority}, before '{before.name}' ({promised(late)})"
            )
            hint = "levels are asked in their order: it waits for the one before"
            yield Problem("level-out-of-order", message, hint=hint, severity=Severity.WARNING)


def _length(term: Term) -> float:
    return term.seconds or term.days * 86_400.0
