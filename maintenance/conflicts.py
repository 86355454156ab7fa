"""What is wrong with a plan: short notice, overlaps, freezes, nobody there, outside its window."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from sothat.maintenance.notice import announce_by, is_kept
from sothat.maintenance.plan import Plan, Sort, Work
from sothat.maintenance.standing import ENDED, Standing
from sothat.model.policy import Policy
from sothat.model.problem import Unusable
from sothat.service_levels.intervals import Interval, without
from sothat.service_levels.maintenance import windows
from sothat.service_levels.on_call import on_call


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a work.

    Attributes:
        code: Of the problem.
        work: Id of the work.
        message: What is wrong, one sentence without a full stop.
        hint: What to do.
    """

    code: str
    work: str
    message: str
    hint: str


def findings(
    plan: Plan, standings: Sequence[Standing], policy: Policy, now: datetime
) -> tuple[Finding, ...]:
    """Return what is wrong with the works that are not over.

    Raises:
        Unusable: The plan names what the policy does not have.
    """
    open_ = [one for one in standings if one.state not in ENDED and one.work.interval.end > now]
    found = [finding for one in open_ for finding in _of(plan, one, policy, now)]
    found += _overlaps([one.work for one in open_])
    return tuple(found)


def unknown_names(plan: Plan, policy: Policy) -> Iterator[Finding]:
    """Yield what the plan names and the policy does not have."""
    for work in plan.works:
        asked: list[tuple[str, str, Collection[str]]] = [("team", work.owner, policy.teams)]
        asked += [("client", name, policy.clients) for name in work.clients]
        asked += [("window", work.window, policy.maintenance)] if work.window else []
        for what, name, known in asked:
            if name not in known:
                hint = f"the policy has: {', '.join(sorted(known)) or 'none'}"
                yield Finding("unknown-reference", work.id, f"there is no {what} '{name}'", hint)


def _of(plan: Plan, one: Standing, policy: Policy, now: datetime) -> Iterator[Finding]:
    yield from _notice(plan, one, policy, now)
    yield from _outside(one.work, policy)
    yield from _frozen(plan, one.work)
    yield from _alone(one.work, policy)


def _notice(plan: Plan, one: Standing, policy: Policy, now: datetime) -> Iterator[Finding]:
    work, by = one.work, announce_by(one.work, policy, plan.calendar)
    if work.sort is Sort.EMERGENCY or is_kept(one, by) or (one.announced is None and now <= by):
        return
    told = f"was announced at {_shown(one.announced)}" if one.announced else "is not announced"
    message = f"{work.id} {told}, and had to be by {_shown(by)}"
    yield Finding("notice-too-short", work.id, message, "move it, or agree with its clients")


def _outside(work: Work, policy: Policy) -> Iterator[Finding]:
    if not work.window:
        return
    inside = [one for one in windows(policy, work.interval) if one.name == work.window]
    if without([work.interval], [one.interval for one in inside]):
        message = f"{work.id} does not lie within the window '{work.window}'"
        hint = "sothat maintenance windows shows when it is; or leave 'window' out"
        yield Finding("outside-window", work.id, message, hint)


def _frozen(plan: Plan, work: Work) -> Iterator[Finding]:
    if work.sort is Sort.EMERGENCY:
        return
    for freeze in plan.freezes:
        if _touch(freeze.interval, work.interval):
            message = f"{work.id} lies in a freeze: {freeze.reason}"
            yield Finding("work-in-freeze", work.id, message, "move it behind the freeze")


def _alone(work: Work, policy: Policy) -> Iterator[Finding]:
    """Yield that nobody of the owner's rotation is there; a team without one is never asked for."""
    if not any(rotation.team == work.owner for rotation in policy.rotations.values()):
        return
    for moment in (work.interval.start, work.interval.end):
        try:
            there = on_call(policy, work.owner, moment)
        except Unusable:
            there = None
        if there is None:
            message = f"nobody of {work.owner} is on call at {_shown(moment)}, during {work.id}"
            yield Finding("nobody-on-call", work.id, message, "add an override, or move it")
            return


def _overlaps(works: Sequence[Work]) -> Iterator[Finding]:
    for one, other in combinations(sorted(works, key=lambda work: work.interval), 2):
        if _touch(one.interval, other.interval) and _meet(one, other):
            message = f"{other.id} works on what {one.id} works on, at the same time"
            yield Finding("works-overlap", other.id, message, "move one of the two")


def _touch(one: Interval, other: Interval) -> bool:
    return one.start < other.end and other.start < one.end


def _meet(one: Work, other: Work) -> bool:
    """Return whether some alert could carry the labels of both."""
    return any(
        all(set(a[name]) & set(b[name]) for name in a.keys() & b.keys())
        for a in one.affects
        for b in other.affects
        if a.keys() & b.keys()
    )


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
