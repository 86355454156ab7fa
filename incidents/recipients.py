"""Whom a change of an incident is told to, and when. Pure."""

from collections.abc import Iterable, Iterator

from sothat.incidents.incident import SERVICE, Entry, Incident, Note, Page, Reason, Rules
from sothat.incidents.people import User
from sothat.incidents.roster import Asked, Held, Roster
from sothat.incidents.times import format_time

# The ladder whose first level is whoever is on call.
TECHNICAL = "technical"
# These tell that something is over or was settled: they go to whoever was asked before.
_FOR_THE_TOLD = frozenset({Reason.RESOLVED, Reason.LAPSED, Reason.REOPENED})
# These want somebody to act: once somebody does, nobody else is to be called.
_CALLS = frozenset(Reason) - {Reason.RESOLVED, Reason.UNDELIVERED}
# A call to the team's common channels is sent whatever came of it meanwhile: they read along.
_URGED = frozenset({Reason.ESCALATED, Reason.LAPSED, Reason.OVERDUE})


def pages(
    incident: Incident, reason: Reason, now: int, rules: Rules
) -> tuple[tuple[Page, ...], tuple[Note, ...]]:
    """Return the pages that a change causes, and notes on what is amiss with them.

    An incident of no known team goes to every team's channels: too many see it, but somebody does.
    """
    policy = rules.policy
    roster = rules.rota
    team = policy.teams.get(incident.team)
    priority = incident.priority
    teams = [team] if team else list(policy.teams.values())
    names = dict.fromkeys(name for t in teams for name in t.channels.get(priority, ()))
    muted = _muted(incident, reason, now, roster)
    found = [
        _page(incident, name, reason, now, muted)
        for name in names
        if name not in roster.duty_channels
    ]
    doubts: list[str] = []
    if not names:
        doubts.append(f"nobody to notify: no channel for {priority} of team {incident.team}")
    elif not team:
        doubts.append("the alert names no team of the policy: every team is notified")
    if not roster.duty_channels.isdisjoint(names):
        moments = _moments_of(incident, reason, now)
        asked = [roster.on_duty(t.name, at) for t in teams for at in moments]
        called = list(calls(incident, asked, reason, now, roster))
        if not called and reason in _CALLS:
            why = "; ".join(one.why for one in asked if one.why)
            called, text = _instead(incident, reason, now, roster)
            doubts.append(f"whoever is on call cannot be reached ({why or 'no contact'}): {text}")
        found += called
        if reason in _FOR_THE_TOLD:
            found += _told(incident, reason, now, roster)
    found = list({page.channel: page for page in found}.values())
    doubts += holds(found)
    notes = tuple(Note(incident.id, now, Entry.NOTE, SERVICE, text) for text in doubts)
    return tuple(found), notes


def calls(
    incident: Incident, asked: Iterable[Asked], reason: Reason, now: int, roster: Roster
) -> Iterator[Page]:
    """Yield the pages that ask people, each by the contacts they want used."""
    muted = _muted(incident, reason, now, roster)
    for user in dict.fromkeys(user.name for one in asked for user in one.users):
        yield from _to_user(incident, roster.people.users[user], reason, now, roster, muted)


def holds(pages: Iterable[Page]) -> Iterator[str]:
    """Yield a sentence for each reason for which pages wait."""
    waiting: dict[tuple[str, int], list[str]] = {}
    for page in pages:
        if page.due is not None:
            waiting.setdefault((page.held, page.due), []).append(page.channel)
    for (why, due), channels in waiting.items():
        yield f"{', '.join(channels)}: held until {format_time(due)} by {why}"


def moot(incident: Incident, reason: Reason, *, personal: bool, held: str) -> str:
    """Return why a page that waits is not to be sent any more; empty if it is.

    Whoever claims a page asks this in the transaction of the claim: what was settled before the
    claim calls nobody.

    Args:
        incident: As it is now.
        reason: The page's.
        personal: Whether it goes to one person's contact, rather than to a common channel.
        held: Why it waited, if it did; a digest tells of everything.
    """
    if held == "digest" or reason not in _CALLS or not (personal or held or reason in _URGED):
        return ""
    if incident.over:
        return f"resolved by {incident.resolved_by or SERVICE} before it was sent"
    if incident.acknowledged_at is not None:
        return f"acknowledged by {incident.acknowledged_by} before it was sent"
    return ""


def _to_user(
    incident: Incident, user: User, reason: Reason, now: int, roster: Roster, muted: Held | None
) -> Iterator[Page]:
    held = _later(muted, roster.held(user, incident.priority, now))
    for channel in user.used(incident.priority):
        yield _page(incident, channel, reason, now, held, user.name)


def _instead(
    incident: Incident, reason: Reason, now: int, roster: Roster
) -> tuple[list[Page], str]:
    """Return pages to the first level of the escalation that can be reached, or the last resort."""
    for level in roster.policy.escalation.get(TECHNICAL, ()):
        asked = roster.seated(incident.team, level.name, now)
        found = list(calls(incident, asked, reason, now, roster))
        if found:
            return found, f"{', '.join(one.member for one in asked if one.users)} is asked at once"
    last = [_page(incident, name, reason, now, None) for name in roster.last_resort]
    return last, f"{', '.join(roster.last_resort) or 'nobody'} is told"


def _told(incident: Incident, reason: Reason, now: int, roster: Roster) -> Iterator[Page]:
    """Yield pages to those whom the escalation has asked."""
    for channel in incident.escalation.told:
        user = roster.user_of(channel)
        if user is not None:
            held = roster.held(user, incident.priority, now)
            yield _page(incident, channel, reason, now, held, user.name)


def _page(
    incident: Incident,
    channel: str,
    reason: Reason,
    now: int,
    held: Held | None,
    recipient: str = "",
) -> Page:
    due, why = (held.until, held.why) if held else (None, "")
    return Page(incident.id, channel, reason, incident.priority, now, due, why, recipient)


def _muted(incident: Incident, reason: Reason, now: int, roster: Roster) -> Held | None:
    return roster.muted(incident.labels, now) if reason in _CALLS else None


def _later(one: Held | None, other: Held | None) -> Held | None:
    held = [each for each in (one, other) if each is not None]
    return max(held, key=lambda each: each.until, default=None)


def _moments_of(incident: Incident, reason: Reason, now: int) -> tuple[int, ...]:
    """Return whose duty counts: the end is told to whoever was called, not to the next shift."""
    if reason is not Reason.RESOLVED:
        return (now,)
    return tuple({incident.opened_at, incident.escalation.began or incident.opened_at})
