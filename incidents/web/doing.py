"""What all that people do about incidents has in common: who does it, seen by whom, on record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sothat.incidents.commands import NoSuchIncident
from sothat.incidents.incident import Incident
from sothat.incidents.roles import Caller
from sothat.incidents.roster import nanoseconds
from sothat.incidents.store import browsing
from sothat.incidents.transaction import Transaction
from sothat.incidents.web.actions import who
from sothat.incidents.web.api import Call, key_of
from sothat.incidents.web.models import LARGEST_ID
from sothat.incidents.web.orders import Orders, deed
from sqlalchemy import Connection

# Does something to an incident in the name of somebody.
Deeds = Callable[[Transaction, Incident, str], object]


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody asks for something about an incident.

    Attributes:
        action: Of the audit log.
        given: The name under which they act, if they gave one.
        asked: What they ask for.
        key: Their own key of the request, empty if none.
    """

    caller: Caller
    action: str
    incident: int
    given: str
    asked: Mapping[str, Any]
    key: str = ""

    @property
    def by(self) -> str:
        """Return who acts.

        Raises:
            Failure: Nobody can tell.
        """
        return who(self.given, self.caller)


def asking(call: Call, action: str, incident: int) -> Asking:
    """Return what a request of the API asks for."""
    asked = msgspec.to_builtins(call.body)
    key = key_of(call.request.headers.get("idempotency-key"))
    return Asking(call.caller, action, incident, call.body.by, asked, key)


class Doing:
    """Does what people ask for, each time in a transaction with its entry of the audit log."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    async def do(self, asking: Asking, work: Deeds) -> None:
        """Do something about an incident.

        Raises:
            Failure, LookupError, Refused, StoreUnavailable: Why it was not done.
        """
        by = asking.by
        done = deed(asking.caller, asking.action, asking.incident, asking.asked, asking.key)

        def carry_out(transaction: Transaction) -> None:
            incident = seen(transaction.connection, asking.caller, asking.incident)
            work(transaction, incident, by)

        await self._orders.record(done, carry_out)


def stored(when: datetime) -> int:
    """Return a moment as the store can hold it: what lies beyond means its beginning or end."""
    return max(-LARGEST_ID, min(LARGEST_ID, nanoseconds(when)))


def seen(connection: Connection, caller: Caller, number: int) -> Incident:
    """Return an incident that a caller may see.

    Raises:
        NoSuchIncident: There is none of this number, or none that concerns the caller.
    """
    found = browsing.incident(connection, number)
    if found is None or not caller.scope.has(found.team, found.labels):
        raise NoSuchIncident(f"there is no incident {number}")
    return found
