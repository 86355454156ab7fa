"""Who is on call and which clocks start, for an alert that fires."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from sothat.model.policy import Calendar, Contract, Hours, Policy, Priority, Term
from sothat.service_levels.clocks import deadline
from sothat.service_levels.lookup import named
from sothat.service_levels.on_call import OnCall, on_call

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ALWAYS = Hours(_WEEK, "00:00", "24:00", holidays=True)
_NOWHERE = Calendar("UTC", "", "", "UTC", MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that starts when the alert fires.

    Attributes:
        name: What has to happen until then: ``acknowledge``, ``update``, ``resolve``; of a
            contract ``response`` and ``resolution``.
        due: In UTC.
        lines: Why it is due then, in plain words.
    """

    name: str
    due: datetime
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Duty:
    """Who answers for an alert, and until when.

    Attributes:
        channels: Where the incident service calls the team, by priority.
        escalation: Roles, in turn.
        on_call: Who has the duty; None: a gap, or a team without a rotation.
    """

    team: str
    priority: str
    channels: tuple[str, ...]
    escalation: tuple[str, ...]
    on_call: OnCall | None
    clocks: tuple[Clock, ...]


def duty_of(
    policy: Policy,
    team: str,
    priority: Priority,
    at: datetime,
    *,
    escalation: tuple[str, ...] = (),
    contract: str = "",
) -> Duty:
    """Return who answers for an alert of a team and a priority, and until when.

    Args:
        policy: The policy; it has the team.
        team: Name of the team.
        priority: The alert's.
        at: When it fires, aware of its zone.
        escalation: The alert's own; empty: the team's.
        contract: Name of the contract whose terms count besides; empty for none.

    Raises:
        Unusable: There is no such contract, or a rotation or calendar cannot be used.
    """
    clocks = [*_promised(policy, priority, at)]
    if contract:
        found = named(policy.contracts, "contracts", contract)
        clocks += _contracted(policy, found, priority, at)
    return Duty(
        team=team,
        priority=priority.value,
        channels=policy.teams[team].channels[priority],
        escalation=escalation or policy.teams[team].escalation,
        on_call=on_call(policy, team, at),
        clocks=tuple(clocks),
    )


def _promised(policy: Policy, priority: Priority, at: datetime) -> Iterator[Clock]:
    for name, term in policy.priorities[priority].clocks.items():
        yield _clock(policy, name, term, at, _hours(policy, term))


def _contracted(
    policy: Policy, contract: Contract, priority: Priority, at: datetime
) -> Iterator[Clock]:
    for name, terms in (("response", contract.response), ("resolution", contract.resolution)):
        term = terms[priority]
        hours = _hours(policy, term)
        served = replace(hours, holidays=hours.holidays or priority in contract.holidays_for)
        yield _clock(policy, name, term, at, served)


def _clock(policy: Policy, name: str, term: Term, at: datetime, hours: Hours) -> Clock:
    shown = term if term.hours else replace(term, hours="all")
    found = deadline(shown, _calendar(policy), at, hours=hours)
    return Clock(name, found.at, tuple(line.text for line in found.lines))


def _hours(policy: Policy, term: Term) -> Hours:
    return named(policy.hours, "hours", term.hours) if term.hours else _ALWAYS


def _calendar(policy: Policy) -> Calendar:
    """Return the calendar in which clocks count that no client's is known for."""
    if policy.calendar:
        return policy.calendars[policy.calendar]
    return next(iter(policy.calendars.values())) if len(policy.calendars) == 1 else _NOWHERE
