"""The compiled policy: priorities with their clocks, teams, and all that they refer to."""

from dataclasses import replace
from pathlib import Path

from sothat.incidents.clockwork import Clockwork
from sothat.model.policy import Policy
from sothat.model.problem import Position, Unusable
from sothat.service_levels.policy_file import read_policy


def load_policy(path: Path) -> Policy:
    """Read the ``policy.json`` that the compiler wrote, and try all its clocks.

    Raises:
        Unusable: It cannot be read or is not a policy; one problem for each finding.
    """
    policy = read_policy(path)
    try:
        Clockwork(policy).try_all()
    except Unusable as error:
        position = Position(str(path))
        raise Unusable([replace(one, position=position) for one in error.problems]) from error
    return policy


def channel_names(policy: Policy) -> tuple[str, ...]:
    """Return the names of all channels that the policy uses, sorted."""
    return tuple(
        sorted(
            {c for team in policy.teams.values() for names in team.channels.values() for c in names}
        )
    )
