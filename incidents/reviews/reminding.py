"""Follow-ups are reminded of: before they are due, and then once a week, until they are ended."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from sothat.incidents.incident import SERVICE, Entry, Incident, Page, Reason
from sothat.incidents.reviews.desk import today
from sothat.incidents.reviews.review import FollowUp
from sothat.incidents.settings.reviews import ReviewRules
from sothat.incidents.store import browsing, reviewing
from sothat.incidents.store.noting import note, send
from sothat.incidents.times import SECOND
from sothat.incidents.transaction import Transaction
from sothat.model.policy import Priority

_AT_ONCE = 50
_AGAIN = timedelta(days=7)
# A follow-up wakes nobody: it is sent as what is least urgent, which quiet hours and digests hold.
_PRIORITY = Priority.P4


def remind(transaction: Transaction, rules: ReviewRules) -> None:
    """Remind the owners of the follow-ups for which it is time."""
    day = today(transaction)
    ahead = timedelta(days=min(rules.remind_before // (86_400 * SECOND), 366))
    before = day - _AGAIN + timedelta(days=1)
    connection = transaction.connection
    for one in reviewing.due_for_reminder(connection, day + ahead, before, day, _AT_ONCE):
        incident = browsing.incident(connection, one.incident)
        reviewing.keep_follow_up(transaction, replace(one, reminded=day.isoformat()))
        if incident is not None:
            _tell(transaction, incident, one, day)


def _tell(transaction: Transaction, incident: Incident, one: FollowUp, day: date) -> None:
    pages = tuple(_pages(transaction, incident, one))
    how = "is overdue since" if one.overdue(day) else "is due by"
    told = ", ".join(page.channel for page in pages) or "nobody: no contact is known"
    text = f"follow-up {one.id} of {one.owner} {how} {one.due}: {one.text} (told: {told})"
    note(transaction, incident.id, Entry.REVIEW, SERVICE, text)
    send(transaction, pages)


def _pages(transaction: Transaction, incident: Incident, one: FollowUp) -> Iterator[Page]:
    """Yield pages to the owner; if nobody knows how to reach them, to the team's channels."""
    rota, now = transaction.rules.rota, transaction.now
    users = rota.people.known_as(one.owner)
    for user in users:
        held = rota.held(user, _PRIORITY, now)
        due, why = (held.until, held.why) if held else (None, "")
        for channel in user.used(_PRIORITY):
            about = (incident.id, channel, Reason.FOLLOW_UP, _PRIORITY, now)
            yield Page(*about, due, why, user.name)
    team = transaction.rules.policy.teams.get(one.team)
    if users or team is None:
        return
    for channel in team.channels.get(_PRIORITY, ()):
        if channel not in rota.duty_channels:
            yield Page(incident.id, channel, Reason.FOLLOW_UP, _PRIORITY, now)
