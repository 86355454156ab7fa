"""Who is on call and which clocks start, for an alert that fires."""

from dataclasses import dataclass
from datetime import datetime

from sothat.model.policy import Policy, Priority
from sothat.service_levels.contracts import deadlines, started
from sothat.service_levels.deadline import Deadline
from sothat.service_levels.on_call import OnCall, on_call


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
    due = deadlines(policy, started(priority, at), contract=contract)
    return Duty(
        team=team,
        priority=priority.value,
        channels=policy.delivered(policy.teams[team].channels[priority]),
        escalation=escalation or policy.teams[team].escalation,
        on_call=on_call(policy, team, at),
        clocks=tuple(_clock(name.value, found) for name, found in due.items()),
    )


def _clock(name: str, found: Deadline) -> Clock:
    return Clock(name, found.at, tuple(line.text for line in found.lines))
