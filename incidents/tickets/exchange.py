"""One ticket and its incident are brought together: found or made, looked at, heard, told, moved.

Before each change over there it is kept that one is under way. If its answer never comes, nothing
is changed again before it is certain that it was not done: a ticket is looked for by its key, a
comment by its mark, a status by a look.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import TypeVar

from sothat.incidents.incident import State
from sothat.incidents.notification import Rejected, Retry
from sothat.incidents.refusal import Refused
from sothat.incidents.store.ticketing import Claim, keep, reload
from sothat.incidents.tickets.hearing import Heard, hear, say
from sothat.incidents.tickets.linked import Facts, Linked, Stage
from sothat.incidents.tickets.mapping import Terms, draft, standing
from sothat.incidents.tickets.news import move_wanted
from sothat.incidents.tickets.telling import telling
from sothat.incidents.tickets.tracker import Missing, Standing, Ticket, Tracker, Trouble, View
from sothat.incidents.times import SECOND, seconds
from sothat.incidents.transaction import Transaction
from sothat.incidents.writer import Writer

# So long after a request without an answer a system may still do what it was asked.
_LATE_SECONDS = 60.0
# By so much our clocks may differ.
_SKEW = 900 * SECOND
# So much of a lease has to be left when something is changed.
_SPARE = 30 * SECOND
# How often a ticket is looked at of which nothing is heard.
_IDLE = 6 * 3600 * SECOND
_COMMIT_SECONDS = 60.0
T = TypeVar("T")


class Later(Refused):
    """Nothing can be done with the ticket before a moment, and nothing is wrong."""

    def __init__(self, due: int, reason: str) -> None:
        self.due = due
        self.reason = reason
        super().__init__(reason)


class Exchange:
    """Brings the tickets of one tracker and their incidents together.

    Args:
        terms: What goes between them.
        trackers: The names of all trackers.
        tracker: Is asked.
        writer: Of the store.
        clock: Nanoseconds since 1970.
    """

    def __init__(
        self,
        terms: Terms,
        trackers: Collection[str],
        tracker: Tracker,
        writer: Writer,
        clock: Callable[[], int],
    ) -> None:
        self._terms = terms
        self._trackers = trackers
        self._tracker = tracker
        self._writer = writer
        self._clock = clock

    def bring_together(self, claim: Claim) -> int | None:
        """Make both sides of a claimed ticket the same; return when it is to be looked at again.

        Raises:
            Trouble: The tracker failed.
            Later: It is not the time.
            Lost, StoreUnavailable: Another process has it, or it cannot be kept.
        """
        ticket = claim.ticket
        if not ticket.reference:
            ticket = self._link(claim, ticket)
        view = self._tracker.look(ticket.reference)
        heard = self._run(partial(hear, claim=claim, view=view, terms=self._terms))
        whole = self._tell(claim, heard)
        self._move(claim, heard, view)
        now = self._clock()
        if not whole:
            return now
        if heard.quarrel:
            return heard.ticket.facts.flips[0] + 3600 * SECOND
        resolved = heard.incident.resolved_at
        return now + _IDLE if resolved is None or now - resolved < _IDLE else None

    def _link(self, claim: Claim, ticket: Linked) -> Linked:
        """Find the ticket by its key, or make it."""
        wanted = draft(self._terms, claim.incident)
        found = self._tracker.find(ticket.key, wanted.since - _SKEW)
        if found is not None:
            return self._linked(claim, ticket, found, wanted.standing)
        settles = self._tracker.settles
        made = self._change(claim, {}, settles, lambda: self._tracker.create(wanted))
        return self._linked(claim, ticket, made, wanted.standing)

    def _linked(self, claim: Claim, ticket: Linked, found: Ticket, stands: Standing) -> Linked:
        # An incident that was taken meanwhile is told so by the first move.
        first = self._terms.statuses.get(State.OPEN, "")
        facts = replace(
            ticket.facts, pushed=replace(stands, status=first), status=first, unsure_until=0
        )
        linked = replace(
            ticket,
            reference=found.reference,
            url=found.url,
            name=found.name,
            stage=Stage.LINKED,
            error="",
            facts=facts,
        )
        self._run(partial(_keep, claim=claim, ticket=linked, text=f"ticket {found.name}"))
        return linked

    def _tell(self, claim: Claim, heard: Heard) -> bool:
        """Tell what is new in a comment; return whether that was all."""
        hidden = self._terms.hidden
        given = (heard.ticket, heard.entries, self._trackers, self._terms.sealer)
        next_one = telling(*given, hidden=hidden)
        mark = next_one.mark
        if next_one.text:
            reference = heard.ticket.reference
            self._try(
                claim,
                {},
                partial(self._tracker.comment, reference, next_one.text),
                f"the ticket takes no comment on timeline entries up to {mark.told}",
            )
        if mark.told > heard.ticket.told or heard.ticket.facts.owed:
            facts = {"owed": (), "answered": mark.answers}
            self._keep(claim, facts, told=mark.told)
        return next_one.whole

    def _move(self, claim: Claim, heard: Heard, view: View) -> None:
        """Give the ticket the status and priority that it has to have."""
        incident, ticket = heard.incident, heard.ticket
        to = move_wanted(ticket, view, incident, self._terms, quarrel=heard.quarrel)
        stands = standing(self._terms, incident)
        if to is None:
            if not heard.quarrel:
                self._keep(claim, {"pushed": stands})
            return
        under_way = {"moving": to, "ends": incident.over if to.status else view.over}
        call = partial(self._tracker.move, ticket.reference, to, ticket.facts.pushed)
        words = " and ".join(part for part in (to.status, to.priority) if part)
        if self._try(claim, under_way, call, f"the ticket cannot be made {words}"):
            over = incident.over if to.status else view.over
            status = to.status or view.status
            arrived: dict[str, object] = {
                "pushed": stands,
                "moving": None,
                "over": over,
                "status": status,
            }
            self._keep(claim, arrived, error="")
        else:
            self._keep(claim, {"refused": stands, "moving": None})

    def _try(
        self, claim: Claim, intent: dict[str, object], call: Callable[[], object], words: str
    ) -> bool:
        """Change something over there; return whether it is done, and say if it never will be."""
        try:
            self._change(claim, intent, _LATE_SECONDS, call)
        except Trouble as trouble:
            if not isinstance(trouble.what, Rejected | Missing):
                raise
            error = f"{words}: {trouble.what.reason}"
            self._run(partial(_complain, claim=claim, error=error))
            return False
        return True

    def _change(
        self, claim: Claim, intent: dict[str, object], late: float, call: Callable[[], T]
    ) -> T:
        """Change something over there, of which it is kept beforehand that it is under way."""
        now = self._clock()
        if now > claim.until - _SPARE:
            raise Later(now, "it has taken too long")
        self._run(partial(_intend, claim=claim, intent=intent, until=now + seconds(late)))
        try:
            done = call()
        except Trouble as trouble:
            if not (isinstance(trouble.what, Retry) and trouble.what.unsure):
                self._keep(claim, {"unsure_until": 0, "moving": None})
            raise
        self._keep(claim, {"unsure_until": 0})
        return done

    def _keep(self, claim: Claim, facts: dict[str, object], **change: object) -> None:
        self._run(partial(_changed, claim=claim, facts=facts, change=change))

    def _run(self, job: Callable[[Transaction], T]) -> T:
        return self._writer.run(job).result(_COMMIT_SECONDS)


def _keep(transaction: Transaction, claim: Claim, ticket: Linked, text: str) -> None:
    keep(transaction, claim, ticket)
    say(transaction, ticket, text)


def _changed(
    transaction: Transaction,
    claim: Claim,
    facts: dict[str, object],
    change: dict[str, object],
) -> None:
    ticket = reload(transaction.connection, claim)
    after: Facts = replace(ticket.facts, **facts)  # type: ignore[arg-type]
    changed: Linked = replace(ticket, facts=after, **change)  # type: ignore[arg-type]
    if changed != ticket:
        keep(transaction, claim, changed)


def _intend(transaction: Transaction, claim: Claim, intent: dict[str, object], until: int) -> None:
    """Keep that a change is under way, unless another one may be still."""
    ticket = reload(transaction.connection, claim)
    if ticket.facts.unsure_until > transaction.now:
        raise Later(ticket.facts.unsure_until, "an answer never came: it may still be done")
    facts: Facts = replace(ticket.facts, unsure_until=until, **intent)  # type: ignore[arg-type]
    keep(transaction, claim, replace(ticket, facts=facts))


def _complain(transaction: Transaction, claim: Claim, error: str) -> None:
    """Keep what a tracker refuses, and say it once on the timeline."""
    ticket = reload(transaction.connection, claim)
    say(transaction, ticket, error, once=True)
    keep(transaction, claim, replace(ticket, error=error))
