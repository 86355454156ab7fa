"""What a message that can be answered carries: what may be done now, and where replies go."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from sothat.incidents.conversation.gestures import ACKNOWLEDGE, ESCALATE, RESOLVE
from sothat.incidents.directory import Directory
from sothat.incidents.incident import Incident, State
from sothat.incidents.notification import Notice, Offer, converses
from sothat.incidents.store.conversation import Stale, reference_of
from sothat.incidents.store.entries import Claim
from sothat.incidents.store.outbox import notice_of
from sothat.incidents.transaction import Transaction

_TEXTS = {ACKNOWLEDGE: "Acknowledge", ESCALATE: "Escalate", RESOLVE: "Resolve"}
_OFFERED = {
    State.OPEN: (ACKNOWLEDGE, ESCALATE, RESOLVE),
    State.ACKNOWLEDGED: (RESOLVE,),
    State.MITIGATED: (RESOLVE,),
}


def answerable(
    transaction: Transaction, claim: Claim, directory: Directory, external_url: str
) -> Claim:
    """Return a claim whose notice can be answered, where its channel can be.

    What was written for people outside stays as it is: they are offered nothing.
    """
    channel = claim.channel
    if channel not in directory.channels or not converses(directory.channels[channel]):
        return claim
    if claim.notice.text:
        # Written for people outside: what they may do about an incident is nothing.
        return claim
    incident = claim.rows[0].incident
    notice = offering(claim.notice, incident, channel, directory, external_url, transaction.now)
    reference = reference_of(transaction.connection, incident.id, channel)
    return replace(claim, notice=replace(notice, reference=reference))


def renewed(stale: Stale, directory: Directory, external_url: str, now: int) -> Notice:
    """Return what a message is to show instead."""
    notice = notice_of(stale.incident, "", 0, external_url)
    notice = replace(notice, reference=stale.reference, update=True)
    return offering(notice, stale.incident, stale.channel, directory, external_url, now)


def offering(
    notice: Notice,
    incident: Incident,
    channel: str,
    directory: Directory,
    external_url: str,
    now: int,
) -> Notice:
    """Return a notice with what can be done about its incident."""
    links = directory.links
    return replace(
        notice,
        offers=tuple(_offers(incident, channel, directory, external_url, now)),
        callback=f"{external_url}/callbacks/{quote(channel)}",
        answer_to=links.reply_address(incident.id, channel, now) if links else "",
    )


def _offers(
    incident: Incident, channel: str, directory: Directory, external_url: str, now: int
) -> Iterator[Offer]:
    links = directory.links
    for command in _OFFERED.get(incident.state, ()):
        token = links.token(incident.id, command, channel, now) if links else ""
        yield Offer(command, _TEXTS[command], f"{external_url}/do/{token}" if token else "")
