"""What people do with reviews and follow-ups, in a transaction of the store."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sothat.incidents.incident import Entry, Incident
from sothat.incidents.refusal import Refused
from sothat.incidents.reviews.assembling import draft
from sothat.incidents.reviews.content import ReviewContent
from sothat.incidents.reviews.forms import taken
from sothat.incidents.reviews.review import (
    FollowUp,
    FollowUpState,
    Review,
    ReviewState,
    edited,
    ended,
    moved,
)
from sothat.incidents.roster import moment
from sothat.incidents.store import reviewing
from sothat.incidents.store.noting import note
from sothat.incidents.times import SECOND
from sothat.incidents.transaction import Transaction

# Whoever goes on writing is not told of on the timeline again and again.
_SAME_SITTING = 600 * SECOND


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be changed of a follow-up; None: stays as it is."""

    text: str | None = None
    owner: str | None = None
    due: date | None = None
    state: FollowUpState | None = None
    note: str = ""


def begin(transaction: Transaction, incident: Incident, by: str) -> None:
    """Begin the review of an incident, with what its timeline says already.

    Raises:
        Refused: It has one, or was merged into another.
    """
    if incident.merged_into is not None:
        raise Refused(f"merged into #{incident.merged_into}: review that one")
    if reviewing.review(transaction.connection, incident.id) is not None:
        raise Refused("a review of it has been begun")
    content = draft(incident, reviewing.happened(transaction.connection, incident.id))
    now = transaction.now
    made = Review(incident.id, ReviewState.DRAFT, content, 1, now, by, now, by)
    reviewing.keep_review(transaction, made, new=True)
    note(transaction, incident.id, Entry.REVIEW, by, "review begun")


def write(
    transaction: Transaction,
    incident: Incident,
    by: str,
    content: ReviewContent,
    version: int | None,
) -> None:
    """Give a review another content.

    Raises:
        Absent: There is no review.
        Refused: It has changed since ``version``, is published, or the content contradicts itself.
    """
    before = reviewing.the_review(transaction.connection, incident.id)
    if version is not None and version != before.version:
        raise Refused(f"{before.updated_by} has changed the review meanwhile: look at it again")
    reviewing.keep_review(transaction, edited(before, content, by, transaction.now))
    if by != before.updated_by or transaction.now - before.updated_at > _SAME_SITTING:
        note(transaction, incident.id, Entry.REVIEW, by, "review worked on")


def write_section(
    transaction: Transaction, incident: Incident, by: str, section: str, fields: Mapping[str, str]
) -> None:
    """Give a section of a review what a form has sent.

    Raises:
        Absent: There is no review.
        Refused: The form says what cannot be, or somebody changed the section meanwhile.
    """
    before = reviewing.the_review(transaction.connection, incident.id)
    entries = reviewing.happened(transaction.connection, incident.id)
    content = taken(section, fields, before.content, entries)
    if content != before.content:
        write(transaction, incident, by, content, before.version)


def move(
    transaction: Transaction, incident: Incident, by: str, to: ReviewState, *, second_person: bool
) -> None:
    """Take a review to another state.

    Raises:
        Absent: There is no review.
        Refused: It cannot go there.
    """
    before = reviewing.the_review(transaction.connection, incident.id)
    after = moved(before, to, by, transaction.now, over=incident.over, second_person=second_person)
    reviewing.keep_review(transaction, after)
    words = {
        ReviewState.DRAFT: "review taken back to draft",
        ReviewState.IN_REVIEW: "review ready for others to look at",
        ReviewState.PUBLISHED: "review published",
    }
    note(transaction, incident.id, Entry.REVIEW, by, words[to])


def add(transaction: Transaction, incident: Incident, by: str, new: FollowUp) -> None:
    """Add a follow-up.

    Raises:
        Refused: Its team is none of the policy.
    """
    team = new.team or incident.team
    if new.team and new.team not in transaction.rules.policy.teams:
        raise Refused(f"the policy has no team {new.team!r:.60}")
    one = replace(new, team=team, incident=incident.id, created_at=transaction.now, created_by=by)
    number = reviewing.add_follow_up(transaction, one)
    text = f"follow-up {number} for {one.owner} by {one.due}: {one.text}"
    note(transaction, incident.id, Entry.REVIEW, by, text)


def change(
    transaction: Transaction, incident: Incident, by: str, number: int, wanted: Change
) -> None:
    """Change or end a follow-up.

    Raises:
        Absent: There is none of this number with the incident.
        Refused: It is that already.
    """
    before = reviewing.the_follow_up(transaction.connection, number)
    fields = {"text": wanted.text, "owner": wanted.owner, "due": wanted.due}
    given = {name: value for name, value in fields.items() if value is not None}
    after = replace(before, **given) if given else before  # type: ignore[arg-type]  # by name
    if wanted.due is not None and wanted.due != before.due:
        after = replace(after, reminded="")
    if wanted.state is not None:
        after = ended(after, wanted.state, by, wanted.note, transaction.now)
    if after == before:
        raise Refused(f"follow-up {number} is like that already")
    reviewing.keep_follow_up(transaction, after)
    note(transaction, incident.id, Entry.REVIEW, by, _words(before, after, wanted.note))


def _words(before: FollowUp, after: FollowUp, said: str) -> str:
    if after.state is not before.state:
        text = f"follow-up {after.id} {'open again' if after.state == 'open' else after.state}"
    else:
        text = f"follow-up {after.id}: {after.text}, {after.owner} by {after.due}"
    return f"{text}: {said.strip()}" if said.strip() else text


def today(transaction: Transaction) -> date:
    """Return the day of a transaction, in UTC."""
    return moment(transaction.now).date()
