"""Commands on their way into the store: each once, on the version that was meant, and on record."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sothat.incidents.commands import NoSuchIncident, carry_out
from sothat.incidents.events import Merge
from sothat.incidents.refusal import Refused
from sothat.incidents.roles import Caller
from sothat.incidents.store import browsing
from sothat.incidents.store.audit import DONE, REFUSED, Deed, digest_of_key, record
from sothat.incidents.store.narrowing import visible
from sothat.incidents.store.tables import encode
from sothat.incidents.store.tokens import NameTaken
from sothat.incidents.transaction import Transaction
from sothat.incidents.web.actions import Order
from sothat.incidents.web.models import LARGEST_ID
from sothat.incidents.web.problems import Failure
from sothat.incidents.web.shapes import version_in, version_of
from sothat.incidents.writer import Writer


@dataclass(frozen=True, slots=True)
class Wish:
    """A command with what its caller asks of it.

    Attributes:
        deed: Who asks for what.
        event: What it is to the incident.
        versions: Entity tags, one of which the incident must have; empty: any.
    """

    deed: Deed
    event: Order
    versions: Sequence[str] = ()


class Orders:
    """Carries commands out."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def carry_out(self, wish: Wish) -> None:
        """Carry a command out, or find that it has been.

        Raises:
            Failure, NoSuchIncident, Refused, StoreUnavailable: Why it was not.
        """
        if (wish.deed.incident or 0) > LARGEST_ID:
            raise NoSuchIncident(f"there is no incident {wish.deed.incident}")
        await self.record(wish.deed, lambda transaction: _apply(transaction, wish))

    async def record(self, deed: Deed, work: Callable[[Transaction], object]) -> None:
        """Do something and write down who asked for it and what came of it.

        Raises:
            Failure, LookupError, NameTaken, Refused, StoreUnavailable: Why it was not done.
        """
        refusal = await asyncio.wrap_future(self._writer.run(lambda t: recorded(t, deed, work)))
        if refusal is not None:
            raise refusal


def deed(caller: Caller, action: str, incident: int | None, asked: object, key: str = "") -> Deed:
    """Return a deed with the digest of what is asked for."""
    text = encode([action, incident, asked])
    detail = asked if isinstance(asked, dict) else {}
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Deed(caller, action, incident, detail, digest, key)


def recorded(
    transaction: Transaction, deed: Deed, work: Callable[[Transaction], object]
) -> Exception | None:
    """Do it once, and write down who asked for it and what came of it.

    Returns:
        Why it was not done: whatever is refused here was decided before anything was written.
    """
    if deed.key:
        done = digest_of_key(transaction.connection, deed.caller, deed.key)
        if done is not None:
            return None if done == deed.digest else _other_request()
    try:
        work(transaction)
    except (Failure, LookupError, NameTaken, Refused) as refusal:
        record(transaction, deed, REFUSED, reason=str(refusal))
        return refusal
    record(transaction, deed, DONE)
    return None


def _other_request() -> Failure:
    return Failure(422, "this Idempotency-Key was that of another request")


def _apply(transaction: Transaction, wish: Wish) -> None:
    number = wish.deed.incident or 0
    _check_scope(transaction, wish.deed.caller, [number, *_others(wish.event)])
    if wish.versions:
        _check_version(transaction, wish)
    carry_out(transaction, number, wish.event)


def _check_scope(transaction: Transaction, caller: Caller, numbers: Sequence[int]) -> None:
    """For a caller there is only what is within the scope: nothing else can be commanded."""
    if not caller.scope.limited:
        return
    known = visible(transaction.connection, numbers, caller.scope)
    for number in numbers:
        if number not in known:
            raise NoSuchIncident(f"there is no incident {number}")


def _others(event: Order) -> tuple[int, ...]:
    return (event.into,) if isinstance(event, Merge) else ()


def _check_version(transaction: Transaction, wish: Wish) -> None:
    """That somebody was notified meanwhile is no change that a command could overlook."""
    caller, number = wish.deed.caller, wish.deed.incident or 0
    found = browsing.incident(transaction.connection, number, caller.scope)
    if found and version_of(found) not in map(version_in, wish.versions):
        raise Failure(412, "the incident has changed since you looked")
