"""Whether everybody whom a policy asks can be reached, and whoever can be is ever asked. Pure."""

from collections.abc import Iterator

from sothat.incidents.people import People
from sothat.model.guessing import did_you_mean
from sothat.model.policy import Policy, Priority
from sothat.model.problem import Problem, Severity

# An incident of these wakes people.
_URGENT = (Priority.P1, Priority.P2)


def contact_problems(policy: Policy, people: People) -> tuple[Problem, ...]:
    """Return what keeps a policy from reaching people.

    Returns:
        Errors for whoever is on call without a contact, warnings for levels of the escalation
        that are passed over, and for users whom nobody asks.
    """
    return (*_on_call(policy, people), *_seats(policy, people), *_unused(policy, people))


def _on_call(policy: Policy, people: People) -> Iterator[Problem]:
    for rotation in policy.rotations.values():
        members = [*rotation.members, *(override.member for override in rotation.overrides)]
        for member in dict.fromkeys(members):
            where = f"is on call by the rotation '{rotation.name}'"
            yield from _reachable(policy, people, member, where, Severity.ERROR)


def _seats(policy: Policy, people: People) -> Iterator[Problem]:
    """Yield the roles above those on call that cannot be reached; the first level is theirs."""
    technical = policy.escalation.get("technical", ())
    first = technical[0].name if technical else ""
    for team in policy.teams.values():
        rotating = any(rotation.team == team.name for rotation in policy.rotations.values())
        for seat in team.seats:
            if seat.role and not (rotating and seat.level == first):
                where = f"is asked at the level '{seat.level}' of '{team.name}'"
                yield from _reachable(policy, people, seat.role, where, Severity.WARNING)
    for ladder in policy.escalation.values():
        for level in ladder:
            for role in level.roles:
                where = f"is asked at the level '{level.name}'"
                yield from _reachable(policy, people, role, where, Severity.WARNING)


def _reachable(
    policy: Policy, people: People, member: str, where: str, severity: Severity
) -> Iterator[Problem]:
    users = people.known_as(member)
    if not users:
        roles = [role for user in people.users.values() for role in user.roles]
        hint = did_you_mean(member, roles, otherwise="give the role to a user")
        message = f"'{member}' {where}, and no user has that role"
        yield Problem("no-contact-method", message, hint=hint, severity=severity)
        return
    for priority in _URGENT:
        if priority in policy.priorities and not any(user.used(priority) for user in users):
            message = f"'{member}' {where}, and wants no messages of {priority}"
            hint = f"name a contact under `notify: {priority}`"
            yield Problem("no-contact-method", message, hint=hint, severity=severity)


def _unused(policy: Policy, people: People) -> Iterator[Problem]:
    asked = set(_asked(policy))
    for user in people.users.values():
        for role in user.roles:
            if role not in asked and user.name not in asked:
                hint = did_you_mean(role, sorted(asked), otherwise="add it to a rotation or seat")
                message = f"nobody asks '{role}', a role of the user '{user.name}'"
                yield Problem("contact-unused", message, hint=hint, severity=Severity.WARNING)


def _asked(policy: Policy) -> Iterator[str]:
    """Yield all roles that a policy asks."""
    for rotation in policy.rotations.values():
        yield from rotation.members
        yield from (override.member for override in rotation.overrides)
    for team in policy.teams.values():
        yield from (seat.role for seat in team.seats if seat.role)
    for ladder in policy.escalation.values():
        for level in ladder:
            yield from level.roles
