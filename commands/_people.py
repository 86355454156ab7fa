"""People of a file for commands: who is asked at each level, and what keeps them out of reach."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sothat.commands._rota import of_team
from sothat.incidents.channels import contact_schema, notifiers
from sothat.incidents.contact_lint import contact_problems
from sothat.incidents.people import People, people_in, people_schema
from sothat.incidents.recipients import TECHNICAL
from sothat.incidents.roster import Asked, Roster, nanoseconds
from sothat.model.policy import Level, Policy
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import load_document
from sothat.runtime.schema import validate
from sothat.service_levels.words import promised


def read_people(path: Path) -> People:
    """Return the people of a file; their secrets are not looked at.

    Raises:
        Unusable: The file cannot be used; one problem for each finding.
    """
    document = load_document(path)
    problems = validate(document, people_schema(contact_schema(notifiers())))
    if problems:
        raise Unusable(problems)
    return people_in(document)


def findings(policy: Policy, people: People, team: str) -> tuple[Problem, ...]:
    """Return what keeps a policy from reaching people; of one team, or of all."""
    if not team:
        return contact_problems(policy, people)
    found = contact_problems(of_team(policy, team), people)
    # Whoever is in another team is of use there.
    return tuple(problem for problem in found if problem.code != "contact-unused")


def ladder_of(policy: Policy, people: People, team: str, at: datetime) -> Iterator[str]:
    """Yield a line for each level of a team's escalation: when, who, and by which contacts."""
    for ladder, level, asked in _levels(policy, people, team, at):
        when = ", ".join(f"{p} {promised(term)}" for p, term in level.after.items())
        yield f"  {ladder} {level.name} ({when}): {'; '.join(map(_who, asked)) or 'nobody'}"


def ladder_data(policy: Policy, people: People, team: str, at: datetime) -> list[dict[str, Any]]:
    """Return the same as plain data."""
    return [
        {
            "ladder": ladder,
            "level": level.name,
            "after": {str(p): promised(term) for p, term in level.after.items()},
            "asked": [
                {"member": one.member, "users": [u.name for u in one.users], "problem": one.why}
                for one in asked
            ],
        }
        for ladder, level, asked in _levels(policy, people, team, at)
    ]


def _levels(
    policy: Policy, people: People, team: str, at: datetime
) -> Iterator[tuple[str, Level, tuple[Asked, ...]]]:
    roster, moment = Roster(policy, people), nanoseconds(at)
    for ladder, levels in policy.ladders_of(team).items():
        for number, level in enumerate(levels):
            asked = roster.seated(team, level.name, moment)
            first = ladder == TECHNICAL and number == 0
            if first and not any(one.users for one in asked):
                asked = (roster.on_duty(team, moment),)
            yield ladder, level, asked


def _who(asked: Asked) -> str:
    contacts = [f"{user.name} by {', '.join(user.contacts)}" for user in asked.users]
    return f"{asked.member} – {' and '.join(contacts)}" if contacts else asked.why
