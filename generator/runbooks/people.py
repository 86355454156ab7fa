"""Who answers an alert, by when, and who comes after them."""

from collections.abc import Iterator
from datetime import datetime

from sothat.generator.runbooks.markdown import bullets, numbered, table
from sothat.model.alert import Alert
from sothat.model.duration import format_duration
from sothat.model.policy import Policy, Priority, PriorityTerms, Rotation

_DAY = 24 * 3600


def roles_of(alert: Alert, policy: Policy) -> tuple[str, ...]:
    """Return the roles to call for an alert, in order."""
    return alert.action.escalation or policy.teams[alert.owner].escalation


def terms_table(alert: Alert, policy: Policy) -> str:
    """Return priority, deadlines and owner at a glance."""
    terms = policy.priorities[alert.action.priority]
    team = policy.teams[alert.owner]
    return table(
        (
            ("Priority", f"**{terms.priority}** – {terms.meaning}"),
            ("Acknowledge within", format_duration(terms.acknowledge)),
            ("Update every", update_text(terms)),
            ("Resolve within", format_duration(terms.resolve)),
            ("Owner", f"{team.name} – {team.description}" if team.description else team.name),
            ("Protects", alert.outcome.kpi),
        )
    )


def update_text(terms: PriorityTerms) -> str:
    """Return how often people are told."""
    return "as needed" if terms.update is None else format_duration(terms.update)


def escalation_blocks(alert: Alert, policy: Policy) -> Iterator[str]:
    """Yield the blocks of the section: roles in order, rotation, channels."""
    yield numbered(roles_of(alert, policy))
    rotations = [r for _, r in sorted(policy.rotations.items()) if r.team == alert.owner]
    lines = [_rotation(rotation, policy) for rotation in rotations]
    lines += [_channels(alert.owner, p, policy) for p in _priorities(alert.action.priority)]
    yield "Reached through:"
    yield bullets(lines)


def _priorities(own: Priority) -> tuple[Priority, ...]:
    """Return the alert's priority, and P1 that it may be raised to."""
    return tuple(dict.fromkeys((own, Priority.P1)))


def _rotation(rotation: Rotation, policy: Policy) -> str:
    if not rotation.members:
        return f"On call as `{rotation.otherwise or rotation.name}` says (`{rotation.name}`)"
    starts = datetime.fromisoformat(rotation.starts)
    zone = policy.calendars[rotation.calendar].time_zone
    at = f"{starts:%A %H:%M}" if rotation.shift % (7 * _DAY) == 0 else f"{starts:%H:%M}"
    members = ", ".join(rotation.members)
    shift = format_duration(rotation.shift)
    return f"On call in turn (`{rotation.name}`): {members}; {shift} each, from {at} {zone}"


def _channels(team: str, priority: Priority, policy: Policy) -> str:
    names = policy.teams[team].channels[priority]
    return f"{priority} reaches: " + "; ".join(_channel(name, policy) for name in names)


def _channel(name: str, policy: Policy) -> str:
    described = policy.channels[name].description if name in policy.channels else ""
    return f"`{name}` ({_lower(described)})" if described else f"`{name}`"


def _lower(text: str) -> str:
    """Return a sentence as it goes on within another; an abbreviation stays as it is."""
    return text[0].lower() + text[1:] if not text[:2].isupper() else text
