"""What a message that can be answered carries: what may be done now, and where replies go."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Offering:
    """Makes notices that can be answered.

    Attributes:
        directory: The channels, and what signs links.
        external_url: Where people and providers reach the service.
    """

    directory: Directory
    external_url: str

    def answerable(self, transaction: Transaction, claim: Claim) -> Claim:
        """Return a claim whose notice can be answered, where its channel can be.

        What was written for people outside stays as it is: they are offered nothing.
        """
        channel = self.directory.channels.get(claim.channel)
        if channel is None or not converses(channel) or claim.notice.text:
            return claim
        incident = claim.rows[0].incident
        notice = self._offering(transaction, claim.notice, incident, claim.channel)
        reference = reference_of(transaction.connection, incident.id, claim.channel)
        return replace(claim, notice=replace(notice, reference=reference))

    def renewed(self, transaction: Transaction, stale: Stale) -> Notice:
        """Return what a message is to show instead."""
        notice = notice_of(stale.incident, "", 0, self.external_url)
        notice = replace(notice, reference=stale.reference, update=True)
        return self._offering(transaction, notice, stale.incident, stale.channel)

    def _offering(
        self, transaction: Transaction, notice: Notice, incident: Incident, channel: str
    ) -> Notice:
        links, now = self.directory.links, transaction.now
        return replace(
            notice,
            offers=tuple(self._offers(transaction, incident, channel)),
            callback=f"{self.external_url}/callbacks/{quote(channel)}",
            answer_to=links.reply_address(incident.id, channel, now) if links else "",
        )

    def _offers(
        self, transaction: Transaction, incident: Incident, channel: str
    ) -> Iterator[Offer]:
        links = self.directory.links
        for command in _OFFERED.get(incident.state, ()):
            if command == ESCALATE and transaction.rules.roster is None:
                continue
            token = links.token(incident.id, command, channel, transaction.now) if links else ""
            url = f"{self.external_url}/do/{token}" if token else ""
            yield Offer(command, _TEXTS[command], url)
