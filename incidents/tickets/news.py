"""What a look at a ticket says: what people have done there, and what is to be done there. Pure.

Both directions start from a look, never from a message alone: whatever was lost, doubled or came in
another order, what counts is how the ticket is now and how we knew it last.
"""

from dataclasses import dataclass, replace

from sothat.incidents.events import Acknowledge, Command, Comment, Reopen, Resolve
from sothat.incidents.incident import Incident, State
from sothat.incidents.tickets.linked import Facts, Linked
from sothat.incidents.tickets.mapping import Terms, standing
from sothat.incidents.tickets.marks import mark_of
from sothat.incidents.tickets.tracker import Remark, Standing, View
from sothat.incidents.times import SECOND

_MOST_TEXT = 5_000
_MOST_HEARD = 5_000
_HOUR = 3600 * SECOND
# More often than that nobody changes their mind in an hour: two machines quarrel.
_MOST_FLIPS = 6


@dataclass(frozen=True, slots=True)
class Gesture:
    """What a person has done in the ticket.

    Attributes:
        name: Of the command, as in the audit log.
        key: By which it is known again.
    """

    name: str
    event: Command
    key: str


@dataclass(frozen=True, slots=True)
class News:
    """What a look says.

    Attributes:
        ticket: As it is known now.
        gestures: What people have done, in order.
        quarrel: It is ended and opened again all the time: nothing is done about that for now.
    """

    ticket: Linked
    gestures: tuple[Gesture, ...] = ()
    quarrel: bool = False


def person(name: str, tracker: str) -> str:
    """Return how somebody of a tracker is called on timelines."""
    return f"{' '.join(name.split())[:100] or 'somebody'} ({tracker})"


def news(ticket: Linked, view: View, incident: Incident, terms: Terms, now: int) -> News:
    """Return what a look at a ticket says.

    What we wrote ourselves is none of it, and what has been heard once is not heard again.
    """
    facts = ticket.facts
    theirs = [one for one in view.remarks if not _is_ours(one, ticket.key)]
    fresh = [one for one in theirs if one.id not in facts.heard]
    comments = tuple(_comment(one, ticket) for one in fresh if one.text.strip())
    flips = tuple(at for at in facts.flips if 0 <= now - at < _HOUR)
    change = _change(ticket, view, incident, terms)
    quarrel = change is not None and len(flips) >= _MOST_FLIPS
    if change is not None and not quarrel:
        comments = (*comments, change)
        flips = (*flips, now)
    seen = facts if quarrel else _seen(facts, view, incident, terms, now)
    heard = (*facts.heard, *(one.id for one in fresh))[-_MOST_HEARD:]
    known = replace(_told(ticket, view, terms), version=view.version)
    after = replace(seen, heard=heard, flips=flips, owed=known.facts.owed)
    after = replace(after, answered=known.facts.answered)
    if _is_certain(ticket, known, seen):
        after = replace(after, unsure_until=0)
    return News(replace(known, facts=after), comments, quarrel)


def _is_certain(before: Linked, after: Linked, seen: Facts) -> bool:
    """Return whether what nobody answered for is seen to be done: there is one such at a time."""
    told = (after.told, after.facts.answered) != (before.told, before.facts.answered)
    return told or (before.facts.moving is not None and seen.moving is None)


def _is_ours(remark: Remark, key: str) -> bool:
    mark = mark_of(remark.text)
    return mark is not None and mark.key == key


def _comment(remark: Remark, ticket: Linked) -> Gesture:
    text = remark.text.strip()
    shown = text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]} …"
    by = person(remark.by, ticket.tracker)
    return Gesture("note", Comment(by, shown), f"{ticket.key} {ticket.tracker} {remark.id}"[:200])


def _change(ticket: Linked, view: View, incident: Incident, terms: Terms) -> Gesture | None:
    """Return what a change of the status means, if somebody else has made it."""
    facts = ticket.facts
    event: Command
    by = person(view.by, ticket.tracker)
    if view.over != facts.over:
        ours = facts.moving is not None and facts.ends == view.over
        if ours or view.over == incident.over:
            return None
        name, event = ("resolve", Resolve(by)) if view.over else ("reopen", Reopen(by))
    elif _taken(ticket, view, incident, terms):
        name, event = "acknowledge", Acknowledge(by)
    else:
        return None
    key = f"{ticket.key} {ticket.tracker} {name} {view.version}"
    return Gesture(name, event, key[:200])


def _taken(ticket: Linked, view: View, incident: Incident, terms: Terms) -> bool:
    """Return whether somebody has taken the ticket there, as its status says."""
    word = terms.statuses.get(State.ACKNOWLEDGED, "")
    facts = ticket.facts
    return (
        incident.state is State.OPEN
        and facts.moving is None
        and _same(view.status, word)
        and not _same(facts.status, word)
        and not _same(terms.statuses.get(State.OPEN, ""), word)
    )


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _seen(facts: Facts, view: View, incident: Incident, terms: Terms, now: int) -> Facts:
    """Return what is known of a ticket's status after a look."""
    moving, pushed = facts.moving, facts.pushed
    if moving is not None and facts.ends == view.over and _same_or_any(moving.status, view.status):
        # It has arrived, though nobody said so.
        pushed = Standing(moving.status or pushed.status, moving.priority or pushed.priority)
        moving = None
    elif view.over != facts.over and view.over == incident.over:
        # Both sides have come to the same: in which words is left to those who wrote them.
        pushed = replace(pushed, status=standing(terms, incident).status)
    if now >= facts.unsure_until:
        moving = None
    return replace(facts, status=view.status, over=view.over, moving=moving, pushed=pushed)


def _same_or_any(wanted: str, status: str) -> bool:
    return not wanted or _same(wanted, status)


def _told(ticket: Linked, view: View, terms: Terms) -> Linked:
    """Return the ticket with all that is told there, though no answer said so.

    A mark that somebody else has made says nothing of it.
    """
    found = (mark_of(one.text) for one in view.remarks)
    marks = [m for m in found if m and m.key == ticket.key and terms.sealer.genuine(m)]
    facts = ticket.facts
    last = max((mark.told for mark in marks), default=0)
    answered = max((mark.answers for mark in marks), default=0)
    done = max(0, answered - facts.answered)
    facts = replace(facts, owed=facts.owed[done:], answered=facts.answered + done)
    return replace(ticket, told=max(ticket.told, last), facts=facts)


def move_wanted(
    ticket: Linked, view: View, incident: Incident, terms: Terms, *, quarrel: bool
) -> Standing | None:
    """Return what a ticket has to be given; None: nothing.

    A status that people gave it is left alone until the incident's own state changes, unless one
    side is over and the other is not.
    """
    facts, to = ticket.facts, standing(terms, incident)
    if to == facts.refused:
        return None
    differs = not quarrel and view.over != incident.over
    status = to.status if to.status != facts.pushed.status or differs else ""
    if quarrel or _same(status, view.status):
        status = ""
    priority = to.priority if to.priority != facts.pushed.priority else ""
    return Standing(status, priority) if status or priority else None
