"""Whom a change of an incident is told to, and when. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sothat.incidents.incident import SERVICE, Entry, Incident, Note, Page, Reason, Rules
from sothat.incidents.people import User
from sothat.incidents.rehearsal import participants
from sothat.incidents.roster import Asked, Held, Roster
from sothat.incidents.times import format_time

# The ladder whose first level is whoever is on call.
TECHNICAL = "technical"
# These tell that something is over or was settled: they go to whoever was asked before.
_FOR_THE_TOLD = frozenset({Reason.RESOLVED, Reason.LAPSED, Reason.REOPENED})
# These want somebody to act: once somebody does, nobody else is to be called.
_QUIET = {Reason.RESOLVED, Reason.UNDELIVERED, Reason.ANNOUNCED, Reason.MAJOR, Reason.FOLLOW_UP}
_CALLS = frozenset(Reason) - _QUIET
# A call to the team's common channels is sent whatever came of it meanwhile: they read along.
_URGED = frozenset({Reason.ESCALATED, Reason.LAPSED, Reason.OVERDUE})


def pages(
    incident: Incident, reason: Reason, now: int, rules: Rules
) -> tuple[tuple[Page, ...], tuple[Note, ...]]:
    """Return the pages that a change causes, and notes on what is amiss with them.

    An incident of no known team goes to every team's channels: too many see it, but somebody does.
    """
    rehearsing = participants(incident.labels)
    if rehearsing is not None:
        return _rehearsed(incident, rehearsing, reason, now, rules)
    policy, priority = rules.policy, incident.priority
    team = policy.teams.get(incident.team)
    teams = [team] if team else list(policy.teams.values())
    names = dict.fromkeys(name for t in teams for name in t.channels.get(priority, ()))
    telling = _telling(incident, reason, now, rules.rota)
    found = [telling.page(name) for name in names if name not in rules.rota.duty_channels]
    doubts: list[str] = []
    if not names:
        doubts.append(f"nobody to notify: no channel for {priority} of team {incident.team}")
    elif not team:
        doubts.append("the alert names no team of the policy: every team is notified")
    if not rules.rota.duty_channels.isdisjoint(names):
        called, doubt = telling.on_call([team.name for team in teams])
        found += called
        doubts += doubt
    found = list({page.channel: page for page in found}.values())
    texts = (*doubts, *holds(found))
    notes = tuple(Note(incident.id, now, Entry.NOTE, SERVICE, text) for text in texts)
    return tuple(found), notes


def _rehearsed(
    incident: Incident, names: Iterable[str], reason: Reason, now: int, rules: Rules
) -> tuple[tuple[Page, ...], tuple[Note, ...]]:
    """Return the pages of a drill: they go to whoever takes part, and to nobody else."""
    asked = [rules.rota.known(name) for name in names]
    found = tuple(_telling(incident, reason, now, rules.rota).people(asked))
    if found:
        return found, ()
    text = "a drill: nobody who takes part can be reached, and nobody else is paged"
    return (), (Note(incident.id, now, Entry.NOTE, SERVICE, text),)


def calls(
    incident: Incident, asked: Iterable[Asked], reason: Reason, now: int, roster: Roster
) -> Iterator[Page]:
    """Yield the pages that ask people, each by the contacts they want used; in a drill its own."""
    found = _telling(incident, reason, now, roster).people(asked)
    rehearsing = participants(incident.labels)
    if rehearsing is None:
        return found
    known = {user.name for name in rehearsing for user in roster.known(name).users}
    return (page for page in found if page.recipient in known)


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


@dataclass(frozen=True, slots=True)
class _Telling:
    """One reason for which people are told of one incident at one moment.

    Attributes:
        muted: Until when a window of maintenance holds it back, if one does.
    """

    incident: Incident
    reason: Reason
    now: int
    roster: Roster
    muted: Held | None

    def page(self, channel: str, held: Held | None = None, recipient: str = "") -> Page:
        """Return a page; it waits for the later of what holds it and a window that mutes it."""
        waits = _later(self.muted, held)
        due, why = (waits.until, waits.why) if waits else (None, "")
        one = self.incident
        return Page(one.id, channel, self.reason, one.priority, self.now, due, why, recipient)

    def people(self, asked: Iterable[Asked]) -> Iterator[Page]:
        """Yield the pages to people, to each once."""
        for user in {user.name: user for one in asked for user in one.users}.values():
            for channel in user.used(self.incident.priority):
                yield self._to(user, channel)

    def on_call(self, teams: Iterable[str]) -> tuple[list[Page], list[str]]:
        """Return the pages to whoever is on call, and what is amiss with that."""
        asked = [self.roster.on_duty(team, at) for team in teams for at in self._moments()]
        found, doubts = list(self.people(asked)), []
        if not found and self.reason in _CALLS:
            why = "; ".join(one.why for one in asked if one.why) or "no contact"
            found, instead = self._instead()
            doubts.append(f"whoever is on call cannot be reached ({why}): {instead}")
        if self.reason in _FOR_THE_TOLD:
            found += self._told()
        return found, doubts

    def _moments(self) -> tuple[int, ...]:
        """Return whose duty counts: whoever was called hears of the end, not the next shift."""
        opened = self.incident.opened_at
        if self.reason is not Reason.RESOLVED:
            return (self.now,)
        return tuple({opened, self.incident.escalation.began or opened})

    def _instead(self) -> tuple[list[Page], str]:
        """Return pages to the first level of the escalation that can be reached, or at last."""
        policy, team = self.roster.policy, self.incident.team
        for level in policy.escalation.get(policy.first_ladder(team), ()):
            asked = self.roster.seated(team, level.name, self.now)
            found = list(self.people(asked))
            if found:
                who = ", ".join(one.member for one in asked if one.users)
                return found, f"{who} is asked at once"
        last = self.roster.last_resort
        return [self.page(name) for name in last], f"{', '.join(last) or 'nobody'} is told"

    def _told(self) -> Iterator[Page]:
        """Yield pages to those whom the escalation has asked."""
        for channel in self.incident.escalation.told:
            user = self.roster.user_of(channel)
            if user is not None:
                yield self._to(user, channel)

    def _to(self, user: User, channel: str) -> Page:
        held = self.roster.held(user, self.incident.priority, self.now)
        return self.page(channel, held, user.name)


def _telling(incident: Incident, reason: Reason, now: int, roster: Roster) -> _Telling:
    muted = roster.muted(incident.labels, now) if reason in _CALLS else None
    return _Telling(incident, reason, now, roster, muted)


def _later(one: Held | None, other: Held | None) -> Held | None:
    held = [each for each in (one, other) if each is not None]
    return max(held, key=lambda each: each.until, default=None)
