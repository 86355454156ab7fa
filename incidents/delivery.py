"""A request's body on its way into the store, and the receipt that it gets."""

from collections.abc import Sequence
from dataclasses import dataclass

from sothat.incidents.intake import SOURCE, apply_message, beats
from sothat.incidents.payload import Message, NotV4
from sothat.incidents.settling import settle
from sothat.incidents.sources.alertmanager import ALERTMANAGER
from sothat.incidents.sources.source import Source
from sothat.incidents.store.beats import WATCHDOG, WATCHED, WEBHOOK, beat
from sothat.incidents.store.bulk import Write
from sothat.incidents.store.tables import MESSAGE
from sothat.incidents.store.working import load
from sothat.incidents.tallies import answered
from sothat.incidents.tickets.denial import SOURCE as TRACKERS
from sothat.incidents.transaction import Transaction
from sothat.incidents.watchdogs import SOURCE as WATCHDOGS
from sothat.incidents.working_set import WorkingSet


@dataclass(frozen=True, slots=True)
class Delivery:
    """A body as received, with the message in it, or the reason why there is none."""

    body: bytes
    message: Message | None
    refusal: str = ""
    source: str = SOURCE


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was stored: accepted (it changed something), duplicate or rejected."""

    number: int
    outcome: str
    problems: Sequence[str] = ()


def read_delivery(body: bytes, source: Source = ALERTMANAGER) -> Delivery:
    """Return what a request's body is."""
    try:
        return Delivery(body, source.parse(body), source=source.name)
    except NotV4 as error:
        return Delivery(body, None, str(error), source.name)


def take_in(transaction: Transaction, deliveries: Sequence[Delivery]) -> list[Receipt]:
    """Store deliveries and all that follows from them; return one receipt each, in order."""
    receipts: dict[int, Receipt] = {}
    for source in dict.fromkeys(delivery.source for delivery in deliveries):
        own = [n for n, delivery in enumerate(deliveries) if delivery.source == source]
        taken = _take_in(transaction, source, [deliveries[n] for n in own])
        receipts.update(zip(own, taken, strict=True))
    return [receipts[n] for n in range(len(deliveries))]


def _take_in(
    transaction: Transaction, source: str, deliveries: Sequence[Delivery]
) -> list[Receipt]:
    messages = [d.message for d in deliveries if d.message]
    work = load(transaction.connection, source, messages, transaction.rules)
    receipts = [_apply(transaction, work, delivery, work.new_message()) for delivery in deliveries]
    rows = [_row(transaction, d, r) for d, r in zip(deliveries, receipts, strict=True)]
    along = (
        Write(MESSAGE, rows),
        beat(transaction.now, _beats(source, messages)),
    )
    settle(transaction, work, source, along)
    return receipts


def _apply(transaction: Transaction, work: WorkingSet, delivery: Delivery, number: int) -> Receipt:
    message = delivery.message
    if message is None:
        outcome = "rejected"
        problems: tuple[str, ...] = (delivery.refusal,)
    else:
        now, rules = transaction.now, transaction.rules
        changed = apply_message(work, message, number, now, rules, delivery.source)
        outcome = "accepted" if changed or beats(message) else "duplicate"
        problems = message.problems
    transaction.tallies[answered(outcome)] += 1
    return Receipt(number, outcome, problems)


def _row(transaction: Transaction, delivery: Delivery, receipt: Receipt) -> dict[str, object]:
    return {
        "id": receipt.number,
        "received_at": transaction.now,
        "source": delivery.source,
        "outcome": receipt.outcome,
        "body": delivery.body,
        "problems": list(receipt.problems),
    }


def _beats(source: str, messages: Sequence[Message]) -> list[str]:
    """Return who was heard of; what the service tells itself is no sign of life of others."""
    if not messages or source in (WATCHDOGS, TRACKERS):
        return []
    return [WEBHOOK, WATCHDOG, WATCHED + source] if any(map(beats, messages)) else [WEBHOOK]
