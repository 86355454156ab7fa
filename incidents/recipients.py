"""Whom a change of an incident is told to. Pure."""

from sothat.incidents.incident import SERVICE, Entry, Incident, Note, Page, Reason, Rules


def pages(
    incident: Incident, reason: Reason, now: int, rules: Rules
) -> tuple[tuple[Page, ...], tuple[Note, ...]]:
    """Return the pages that a change causes, and notes on what is amiss with them.

    An incident of no known team goes to every team's channels: too many see it, but somebody does.
    """
    policy = rules.policy
    team = policy.teams.get(incident.team)
    priority = incident.priority
    teams = [team] if team else list(policy.teams.values())
    names = dict.fromkeys(name for t in teams for name in t.channels.get(priority, ()))
    found = tuple(Page(incident.id, name, reason, priority, now) for name in names)
    doubt = ""
    if not names:
        doubt = f"nobody to notify: no channel for {priority} of team {incident.team}"
    elif not team:
        doubt = "the alert names no team of the policy: every team is notified"
    return found, (Note(incident.id, now, Entry.NOTE, SERVICE, doubt),) if doubt else ()
