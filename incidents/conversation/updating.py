"""Messages that are changed in place once their incident has changed.

An update is never a page: it wakes nobody, is counted as none, and gives way to every page of its
channel. Changes that follow each other quickly become one update, of what is so in the end; one
that fails is tried again for as long as it matters.
"""

import logging
from collections.abc import Callable
from functools import partial

from sothat.incidents.backoff import pause
from sothat.incidents.bounded import Bounded
from sothat.incidents.conversation.offering import Offering
from sothat.incidents.notification import Notice, Rejected, Result, Retry, Sent
from sothat.incidents.store.conversation import Stale, claim_stale, forget, put_off, shown
from sothat.incidents.times import seconds
from sothat.incidents.transaction import Transaction
from sothat.incidents.writer import StoreUnavailable, Writer
from sqlalchemy.exc import DBAPIError

_LOG = logging.getLogger(__name__)
# A change that is refused so often, with such a pause, is given up: an hour to mend a token in.
_MOST_REFUSALS, _REFUSED_SECONDS = 5, 900.0


class Updater:
    """Changes the messages of one channel, one at a time."""

    def __init__(
        self,
        name: str,
        channel: Bounded,
        lease: int,
        offering: Offering,
        writer: Writer,
        chance: Callable[[], float],
    ) -> None:
        self._name = name
        self._channel = channel
        self._lease = lease
        self._offering = offering
        self._writer = writer
        self._chance = chance

    def change_one(self) -> bool:
        """Change one message that shows what is no longer so; return whether there was one."""
        try:
            found = self._writer.run(self._claimed).result()
            if found is None:
                return False
            stale, notice = found
            result = self._channel.send(notice)
            self._writer.run(partial(self._concluded, stale=stale, result=result)).result()
        except (StoreUnavailable, DBAPIError) as error:
            # Its lease ends, and it is changed then: to show the same twice does no harm.
            _LOG.debug("a conversation cannot be kept", extra={"reason": str(error)})
            return False
        return True

    def _claimed(self, transaction: Transaction) -> tuple[Stale, Notice] | None:
        stale = claim_stale(transaction, self._name, self._lease)
        if stale is None:
            return None
        return stale, self._offering.renewed(transaction, stale)

    def _concluded(self, transaction: Transaction, stale: Stale, result: Result) -> None:
        match result:
            case Sent():
                shown(transaction, stale)
            case Rejected(reason):
                details = {"channel": self._name, "reason": reason, "attempt": stale.attempts}
                _LOG.warning("a message cannot be changed", extra=details)
                self._refused(transaction, stale)
            case Retry(_, after):
                wait = pause(stale.attempts, self._chance(), after)
                until = transaction.now + seconds(wait)
                put_off(transaction, stale, until, all_of_channel=after is not None)

    def _refused(self, transaction: Transaction, stale: Stale) -> None:
        """Try again later: it may be the credentials; then give up, as the message may be gone."""
        if stale.attempts >= _MOST_REFUSALS:
            forget(transaction, stale)
        else:
            until = transaction.now + seconds(_REFUSED_SECONDS)
            put_off(transaction, stale, until, all_of_channel=False)
