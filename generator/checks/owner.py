"""An owner that the policy does not know: nobody would be called."""

from collections import defaultdict
from collections.abc import Iterator

from sothat.generator.checked import Check
from sothat.generator.draft import Draft
from sothat.model.alert import Alert
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Position, Problem


def find(draft: Draft) -> Iterator[Problem]:
    """Yield each place that names an owner who is no team of the policy.

    A place can own many alerts, such as the head of a file or a line of a pack: it is told once.
    So is a team of the catalogues below, whose files are not the ones to be changed.
    """
    teams = draft.catalogue.policy.teams
    if not teams:  # the policy itself is missing or misshapen, and reported
        return
    owned = defaultdict[tuple[str, Position | None], list[Alert]](list)
    for alert in draft.catalogue.alerts:
        if alert.owner not in teams:
            place = draft.place_of(alert, "owner")
            key = None if place.file in draft.below else place
            owned[alert.owner, key].append(alert)
    for (owner, position), alerts in owned.items():
        known = f"teams: {', '.join(teams)}"
        hint = did_you_mean(owner, teams, otherwise=known)
        if position is None:
            hint = f"say in the pack who stands for it: 'owners: {{{owner}: …}}'; {known}"
        message = f"no team '{owner}'"
        if len(alerts) > 1:
            message += f": nobody would be called for {alerts[0].name} and {len(alerts) - 1} more"
        at = position or draft.place_of(alerts[0], "owner")
        yield draft.problem("unknown-team", message, alerts[0], hint=hint, at=at)


CHECK = Check(codes=("unknown-team",), find=find, binding=True)
