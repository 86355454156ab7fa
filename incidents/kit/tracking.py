"""What every ticket system has to do, tried against a provider that does it."""

from sothat.incidents.kit.overhearing import ContractBroken
from sothat.incidents.tickets.marks import Mark, mark_of, marked
from sothat.incidents.tickets.tracker import Draft, Standing, Ticket, Tracker, View

_WORDS = "A first line\n\nand *another* one <b>\N{SNOWMAN}</b>"


def draft(key: str = "sothat-18882e06cb0b8000-7", **change: object) -> Draft:
    """Return a ticket to try a tracker with; everything but its queue is filled in."""
    given: dict[str, object] = {
        "key": key,
        "since": 1_767_600_000_000_000_000,
        "title": "[P1] A device does not answer",
        "text": marked("SO THAT: rooms stay warm", Mark(key), hidden=True),
        "queue": "",
        "team": "building-operations",
        "standing": Standing("", ""),
        **change,
    }
    return Draft(**given)  # type: ignore[arg-type]


def check_finding(tracker: Tracker, wanted: Draft) -> Ticket:
    """Check that a ticket is found by its key once it is made, and not before; return it.

    Raises:
        ContractBroken: It is not.
    """
    if tracker.find(wanted.key, wanted.since) is not None:
        raise ContractBroken("a ticket is found before it is made")
    made = tracker.create(wanted)
    if tracker.find(wanted.key, wanted.since) != made:
        raise ContractBroken("the ticket that was made is not the one that is found")
    if tracker.find(f"{wanted.key}1", wanted.since) is not None:
        raise ContractBroken("another ticket is found by a key that begins with this one")
    if not (made.reference and made.name and made.url):
        raise ContractBroken(f"a ticket needs a reference, a name and a URL: {made}")
    return made


def check_commenting(tracker: Tracker, ticket: Ticket, key: str, *, hidden: bool) -> None:
    """Check that a comment is seen once, as it was written, and known as ours.

    Raises:
        ContractBroken: It is not.
    """
    before = len(_ours(tracker.look(ticket.reference), key, 1))
    tracker.comment(ticket.reference, marked(_WORDS, Mark(key, 41, 1), hidden=hidden))
    after = _ours(tracker.look(ticket.reference), key, 1)
    if len(after) != before + 1 or not after[-1].startswith(_WORDS):
        raise ContractBroken(f"a comment is not seen as it was written: {after}")


def check_moving(tracker: Tracker, ticket: Ticket, status: str, *, over: bool) -> None:
    """Check that a status is seen once it is given, and that a change has another version.

    Raises:
        ContractBroken: It is not.
    """
    before = tracker.look(ticket.reference)
    tracker.move(ticket.reference, Standing(status), Standing(before.status))
    after = tracker.look(ticket.reference)
    if after.status.casefold() != status.casefold() or after.over is not over:
        raise ContractBroken(f"after a move to {status}, which is {over=}: {after}")
    if after.version == before.version:
        raise ContractBroken("a change that leaves the version as it was is never heard of")


def check_changes(tracker: Tracker, ticket: Ticket, since: int) -> None:
    """Check that a ticket that has changed is told of, in the version that a look shows.

    Raises:
        ContractBroken: It is not.
    """
    told = {one.reference: one.version for one in tracker.changes(since).touched}
    version = tracker.look(ticket.reference).version
    if told.get(ticket.reference) != version:
        raise ContractBroken(f"changed to {version}, told of: {told}")


def _ours(view: View, key: str, answers: int) -> list[str]:
    found = ((mark_of(one.text), one.text) for one in view.remarks)
    return [text for mark, text in found if mark and (mark.key, mark.answers) == (key, answers)]
