"""Gestures carried out: once each, on record, and with a sentence for whoever made them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sothat.incidents import events
from sothat.incidents.access.scope import EVERYTHING, Scope
from sothat.incidents.commands import NoSuchIncident, carry_out
from sothat.incidents.conversation.gestures import (
    ACKNOWLEDGE,
    ESCALATE,
    NOTE,
    RESOLVE,
    Gesture,
    Outcome,
)
from sothat.incidents.directory import Directory
from sothat.incidents.incident import Incident
from sothat.incidents.people import User
from sothat.incidents.roles import Caller, Role
from sothat.incidents.store import browsing
from sothat.incidents.store.audit import REFUSED, digest_of_key, last_done, record
from sothat.incidents.tallies import answered_back
from sothat.incidents.timeline import over_words, taken_words
from sothat.incidents.times import SECOND
from sothat.incidents.transaction import Transaction
from sothat.incidents.web.models import LARGEST_ID
from sothat.incidents.web.orders import deed, recorded

_EVENTS: dict[str, Callable[[str, str], events.Command]] = {
    ACKNOWLEDGE: events.Acknowledge,
    ESCALATE: events.Escalate,
    RESOLVE: events.Resolve,
    NOTE: events.Comment,
}
_HELP = "say 'ack 12', 'resolve 12', 'escalate 12' or 'note 12 …', with the incident's number"
# Whoever escalates twice within this time has pressed twice.
_A_MOMENT = 60 * SECOND
_DONE = {
    ESCALATE: "the next level is asked",
    NOTE: "noted",
}


@dataclass(frozen=True, slots=True)
class Way:
    """How a gesture came.

    Attributes:
        channel: By which it came.
        person: Who made it, if that is known otherwise than by what the provider calls them.
    """

    channel: str
    person: str = ""


def perform(transaction: Transaction, gesture: Gesture, way: Way, directory: Directory) -> Outcome:
    """Carry a gesture out, or find that it has been.

    A button that is pressed twice, on whatever replicas, is one action and one record: the second
    finds the key of the first, or the incident as it was wanted by the same person.
    """
    outcome = _performed(transaction, gesture, way, directory)
    transaction.tallies[answered_back("done" if outcome.done else "refused")] += 1
    return outcome


def _performed(
    transaction: Transaction, gesture: Gesture, way: Way, directory: Directory
) -> Outcome:
    user = directory.known_as(gesture.who) or directory.people.users.get(way.person)
    person = way.person or (user.name if user else "")
    scope = _scope(transaction, user)
    caller = Caller(person or gesture.who, Role.RESPONDER, personal=bool(person), scope=scope)
    if not person:
        return _refused(transaction, gesture, caller, way, "you are not among the contacts here")
    before = _incident(transaction, gesture, scope)
    if gesture.command not in _EVENTS or gesture.incident is None:
        return Outcome(gesture, done=False, text=f"Not understood: {_HELP}.")
    if _is_done(transaction, gesture, caller, before):
        return Outcome(gesture, done=True, text=_sentence(before, gesture.command))
    return _carried_out(transaction, gesture, caller, way, before)


def _scope(transaction: Transaction, user: User | None) -> Scope:
    """Return what there is for a person; a channel that several read is the house's own."""
    if user is None:
        return EVERYTHING
    return replace(user.sees, client_label=transaction.rules.client_label)


def _carried_out(
    transaction: Transaction,
    gesture: Gesture,
    caller: Caller,
    way: Way,
    before: Incident | None,
) -> Outcome:
    number = gesture.incident or 0
    asked = {"note": gesture.text, "via": way.channel}
    event = _EVENTS[gesture.command](caller.name, gesture.text)
    done = deed(caller, gesture.command, number, asked, _key(gesture))
    if number > LARGEST_ID:
        return _refused(transaction, gesture, caller, way, f"there is no incident {number}")

    def work(inner: Transaction) -> None:
        if before is None:
            # Not there, or not for them: to whoever asks that is the same.
            raise NoSuchIncident(f"there is no incident {number}")
        carry_out(inner, number, event)

    refusal = recorded(transaction, done, work)
    if refusal is not None:
        return Outcome(gesture, done=False, text=f"Nothing changed: {refusal}.")
    after = _incident(transaction, gesture, caller.scope)
    return Outcome(gesture, done=True, text=_sentence(after, gesture.command))


def _refused(
    transaction: Transaction, gesture: Gesture, caller: Caller, way: Way, why: str
) -> Outcome:
    number = gesture.incident if (gesture.incident or 0) <= LARGEST_ID else None
    done = deed(caller, gesture.command or "unknown", number, {"via": way.channel})
    record(transaction, done, REFUSED, reason=why)
    return Outcome(gesture, done=False, text=f"Nothing changed: {why}.")


def _is_done(
    transaction: Transaction, gesture: Gesture, caller: Caller, incident: Incident | None
) -> bool:
    """Return whether what somebody wants has been done: most likely it is a repetition."""
    connection, key = transaction.connection, _key(gesture)
    if key and digest_of_key(connection, caller, key) is not None:
        return True
    if incident is None:
        return False
    match gesture.command:
        case "acknowledge":
            return not incident.over and incident.acknowledged_by == caller.name
        case "resolve":
            return incident.over and incident.resolved_by == caller.name
        case "escalate":
            since = transaction.now - _A_MOMENT
            return last_done(connection, incident.id, gesture.command) > since
    return False


def _key(gesture: Gesture) -> str:
    """Return by what a repetition is known: a provider's number may stand for several wishes."""
    return f"{gesture.key} {gesture.command} {gesture.incident}" if gesture.key else ""


def _incident(transaction: Transaction, gesture: Gesture, scope: Scope) -> Incident | None:
    number = gesture.incident
    if number is None or number > LARGEST_ID:
        return None
    return browsing.incident(transaction.connection, number, scope)


def _sentence(incident: Incident | None, command: str) -> str:
    if incident is None:
        return "Done."
    title = f"#{incident.id} {incident.promise.title}"
    if command in _DONE:
        return f"{title}: {_DONE[command]}."
    if incident.over:
        return f"{title}: {over_words(incident)}."
    return f"{title}: {taken_words(incident)}."
