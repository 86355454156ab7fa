"""The thread that sends letters, one after the other; what fails is tried again later."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from threading import Event, Thread

from sothat.incidents.backoff import pause
from sothat.incidents.bounded import Bounded
from sothat.incidents.communication.notices import notice_of
from sothat.incidents.communication.wording import Text
from sothat.incidents.letters.seals import Seals
from sothat.incidents.letters.subscribers import LEAVE
from sothat.incidents.notification import Channel, Rejected, Result, Retry, Sent
from sothat.incidents.notifiers.email import EmailChannel
from sothat.incidents.notifiers.webhook import WebhookChannel
from sothat.incidents.store.letters import (
    DEAD,
    EMAIL,
    SENT,
    Claimed,
    claim_letter,
    is_due,
    put_off_letter,
    settle_letter,
)
from sothat.incidents.times import SECOND, seconds
from sothat.incidents.transaction import Transaction
from sothat.incidents.writer import StoreUnavailable, Writer
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 2.0
# Longer than an attempt may last: only a process that has died loses its letter.
_LEASE = 120 * SECOND
_HOOK_TIMEOUT = 10.0
# What could not be sent for so long is no news any more.
_GIVEN_UP = 24 * 3600 * SECOND


@dataclass(frozen=True, slots=True)
class Bag:
    """What letters are sent with.

    Attributes:
        mail: The way to the mail server; None: there is none, and e-mails wait.
        page: URL of the status page.
    """

    mail: EmailChannel | None
    page: str
    seals: Seals


class Postman:
    """Sends letters until it is stopped."""

    def __init__(
        self,
        bag: Bag,
        writer: Writer,
        readers: Engine,
        clock: Callable[[], int],
        chance: Callable[[], float],
    ) -> None:
        self._bag = bag
        self._writer = writer
        self._readers = readers
        self._clock = clock
        self._chance = chance
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="postman", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Start no further letter; wait some seconds for the one under way."""
        self._stopping.set()
        self._thread.join(patience)

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            try:
                self._send_due()
            except (StoreUnavailable, DBAPIError) as error:
                _LOG.debug("letters cannot be sent", extra={"reason": str(error)})

    def _send_due(self) -> None:
        while not self._stopping.is_set() and self._anything():
            claimed = self._writer.run(partial(claim_letter, lease=_LEASE)).result()
            if claimed is None:
                return
            result = send(claimed, self._bag)
            job = partial(_settle, claimed=claimed, result=result, chance=self._chance())
            self._writer.run(job).result()

    def _anything(self) -> bool:
        with self._readers.connect() as connection:
            return is_due(connection, self._clock())


def send(claimed: Claimed, bag: Bag) -> Result:
    """Send a letter."""
    letter = claimed.letter
    channel: Channel
    text = letter.text
    if letter.way == EMAIL:
        if bag.mail is None:
            return Rejected("no mail server is configured: section 'letters'")
        headers = dict(letter.headers)
        if letter.subscription is not None:
            leave = _leave(letter.subscription, letter.address, bag)
            headers |= {
                "List-Unsubscribe": f"<{leave}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
            text = Text(text.subject, f"{text.body}\nHear no more of this: {leave}\n")
        channel = replace(bag.mail, recipients=(letter.address,), headers=headers)
    else:
        channel = WebhookChannel(letter.address, None, _HOOK_TIMEOUT)
    notice = notice_of(text, f"sothat-letter-{claimed.id}", bag.page)
    return Bounded("letters", channel).send(notice)


def _leave(number: int, address: str, bag: Bag) -> str:
    return f"{bag.page}/unsubscribe/{number}/{bag.seals.seal(LEAVE, number, address)}"


def _settle(transaction: Transaction, claimed: Claimed, result: Result, chance: float) -> None:
    match result:
        case Sent():
            settle_letter(transaction, claimed.id, SENT)
        case Retry(reason, after) if transaction.now - claimed.since < _GIVEN_UP:
            due = transaction.now + seconds(pause(claimed.attempt, chance, after))
            put_off_letter(transaction, claimed.id, due, reason)
        case Retry(reason) | Rejected(reason):
            _LOG.warning("a letter is given up", extra={"letter": claimed.id, "reason": reason})
            settle_letter(transaction, claimed.id, DEAD, reason)
