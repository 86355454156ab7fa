"""Who subscribes to the status page: asked for, confirmed by mail, ended with one click."""

import re
from collections.abc import Sequence

from sothat.incidents.absent import Absent
from sothat.incidents.communication.wording import Text
from sothat.incidents.letters.seals import Seals
from sothat.incidents.refusal import Refused
from sothat.incidents.store.letters import EMAIL, WEBHOOK, Letter, post
from sothat.incidents.store.subscriptions import (
    CONFIRMED,
    ENDED,
    PENDING,
    Subscription,
    add_subscription,
    change_subscription,
    confirmed,
    end_subscription,
    of_address,
    subscription,
)
from sothat.incidents.times import SECOND
from sothat.incidents.transaction import Transaction

CONFIRM, LEAVE = "confirm", "unsubscribe"
# An address is asked no more often, whoever types it into the form.
_ASKED_EVERY = 3600 * SECOND
# A link that asks for a confirmation is good for so long.
_ASKED_FOR = 3 * 86_400 * SECOND
# What every mail server takes; as JSON Schema has it, too.
ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+"
_ADDRESS = re.compile(ADDRESS)
_LONGEST_ADDRESS = 254
_STALE = "this link is no longer valid; subscribe again where you want to hear of us"


def mail_address(text: str) -> str:
    """Return an e-mail address as it is kept.

    Raises:
        ValueError: It is none.
    """
    found = text.strip()
    if len(found) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(found):
        raise ValueError(f"{found[:60]!r} is not an e-mail address")
    return found


def tell_subscribers(transaction: Transaction, service: str, text: Text, page: str) -> None:
    """Write a text to everybody who wants to hear of a service."""
    more = Text(text.subject, f"{text.body}\nAll that is known: {page}/\n") if page else text
    found = confirmed(transaction.connection, service)
    post(transaction, [Letter(one.way, one.address, more, {}, one.id) for one in found])


def subscribe(
    transaction: Transaction, address: str, services: Sequence[str], page: str, seals: Seals
) -> None:
    """Ask an e-mail address whether it is really who wants to hear; nothing else tells if it does.

    The same address again is asked again, though not more often than once an hour.
    """
    known = of_address(transaction.connection, EMAIL, address)
    if known is None:
        number = add_subscription(transaction, EMAIL, address, services, PENDING)
    elif transaction.now - known.asked_at < _ASKED_EVERY:
        return
    else:
        number = known.id
        change_subscription(transaction, number, services=list(services), asked_at=transaction.now)
    seal = seals.seal(CONFIRM, number, address)
    post(transaction, [Letter(EMAIL, address, _question(f"{page}/confirm/{number}/{seal}"))])


def subscribe_hook(transaction: Transaction, url: str, services: Sequence[str]) -> int:
    """Let a URL hear; whoever calls this vouches for it. Return the subscription's number."""
    known = of_address(transaction.connection, WEBHOOK, url)
    if known is not None:
        raise Refused(f"the URL has the subscription {known.id} already")
    return add_subscription(transaction, WEBHOOK, url, services, CONFIRMED)


def confirm(transaction: Transaction, number: int, seal: str, seals: Seals) -> None:
    """Let an address hear that has confirmed it; a second time changes nothing.

    Raises:
        Absent: The link is not ours, or too old.
    """
    found = _sealed(transaction, number, seal, CONFIRM, seals)
    if found.state == CONFIRMED:
        return
    if transaction.now - found.asked_at > _ASKED_FOR:
        raise Absent(_STALE)
    change_subscription(transaction, number, state=CONFIRMED, confirmed_at=transaction.now)


def unsubscribe(transaction: Transaction, number: int, seal: str, seals: Seals) -> None:
    """End a subscription; a second time changes nothing.

    Raises:
        Absent: The link is not ours.
    """
    if (found := subscription(transaction.connection, number)) and found.state == ENDED:
        return
    _sealed(transaction, number, seal, LEAVE, seals)
    end_subscription(transaction, number)


def _sealed(
    transaction: Transaction, number: int, seal: str, purpose: str, seals: Seals
) -> Subscription:
    found = subscription(transaction.connection, number)
    if found is None or not seals.genuine(seal, purpose, number, found.address):
        raise Absent(_STALE)
    return found


def _question(link: str) -> Text:
    return Text(
        "Please confirm that you want to hear of disruptions",
        "Somebody, we hope you, has asked us to write to this address when a service is "
        f"disrupted, and when it works again. If so, please open this page:\n\n{link}\n\n"
        "If not, do nothing: you will not hear from us again.\n",
    )
