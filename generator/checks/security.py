"""A security alert that reaches nobody who is trained for it."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.alert import Alert
from sothat.model.policy import Policy
from sothat.model.problem import Problem

DUTY = "security"


def find(draft: Draft) -> Iterator[Problem]:
    """Yield security alerts whose owner lacks the duty, without a role of a team that has it."""
    policy = draft.catalogue.policy
    for alert in draft.catalogue.alerts:
        team = policy.teams.get(alert.owner)
        if alert.kind == DUTY and team and DUTY not in team.duties and not _calls(alert, policy):
            message = f"{alert.name} reaches no team with the duty '{DUTY}'"
            hint = (
                f"name such a team as owner, or one of its roles in 'escalation' of the DO; "
                f"a team of the policy has it by duties: [{DUTY}]"
            )
            yield draft.problem("security-without-team", message, alert, hint=hint)


def _calls(alert: Alert, policy: Policy) -> bool:
    trained = {role for t in policy.teams.values() if DUTY in t.duties for role in t.escalation}
    return bool(trained & set(alert.action.escalation))


CHECK = Check(codes=("security-without-team",), find=find)
