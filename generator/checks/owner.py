"""An owner that the policy does not know: nobody would be called."""

from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Problem


def find(draft: Draft) -> Iterator[Problem]:
    """Yield each alert whose owner is no team of the policy."""
    teams = draft.catalogue.policy.teams
    if not teams:  # the policy itself is missing or misshapen, and reported
        return
    for alert in draft.catalogue.alerts:
        if alert.owner not in teams:
            hint = did_you_mean(alert.owner, teams, otherwise=f"teams: {', '.join(teams)}")
            yield draft.problem("unknown-team", f"no team '{alert.owner}'", alert, hint=hint)


CHECK = Check(codes=("unknown-team",), find=find, binding=True)
