"""Operations on who hears of the status page: people subscribe there, programs here."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from msgspec import Meta, field
from sothat.incidents.letters.subscribers import subscribe_hook
from sothat.incidents.roles import Role
from sothat.incidents.store.subscriptions import (
    ENDED,
    end_subscription,
    living,
    subscription,
)
from sothat.incidents.transaction import Transaction
from sothat.incidents.web.api import Call, Handler
from sothat.incidents.web.binding import answer
from sothat.incidents.web.models import Answer, Request
from sothat.incidents.web.operations import Operation
from sothat.incidents.web.orders import Orders, deed
from sothat.incidents.web.problems import Failure
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.views import Views
from starlette.responses import Response


class NewHook(Request, kw_only=True):
    """A URL that is to hear; whoever names it vouches for it."""

    url: Annotated[str, Meta(pattern="^https?://[!-.0-~][!-~]*$", max_length=2000)]
    services: list[Annotated[str, Meta(max_length=100)]] = field(default_factory=list)


class SubscriptionShape(Answer):
    """Who hears; of an e-mail address only the domain is shown."""

    id: int
    way: str
    to: str
    services: list[str]
    state: str


class SubscriptionList(Answer):
    """All subscriptions that have not ended."""

    subscriptions: list[SubscriptionShape]


SUBSCRIPTIONS: tuple[Operation, ...] = (
    Operation(
        *("listSubscriptions", "GET", "/subscriptions", "List who hears of the status page"),
        *(Role.ADMIN, SubscriptionList),
        scoped=Scoped.WHOLE,
    ),
    Operation(
        *("addHook", "POST", "/subscriptions", "Let a URL hear of the status page"),
        *(Role.ADMIN, SubscriptionList),
        body=NewHook,
        status=201,
        scoped=Scoped.WHOLE,
    ),
    Operation(
        *("endSubscription", "DELETE", "/subscriptions/{id}", "End a subscription"),
        *(Role.ADMIN, None),
        status=204,
        scoped=Scoped.WHOLE,
    ),
)


class SubscriptionsApi:
    """Answers the operations on subscriptions."""

    def __init__(self, views: Views, orders: Orders) -> None:
        self._views = views
        self._orders = orders

    def handlers(self) -> Mapping[str, Handler]:
        """Return what answers each operation, by its name."""
        return {
            "listSubscriptions": self._list,
            "addHook": self._add,
            "endSubscription": self._end,
        }

    async def _list(self, _call: Call) -> Response:
        return await self._listed(200)

    async def _add(self, call: Call) -> Response:
        new: NewHook = call.body
        work = partial(subscribe_hook, url=new.url, services=new.services)
        # The URL itself may be a secret: the log has the services alone.
        done = deed(call.caller, "add-hook", None, {"services": new.services})
        await self._orders.record(done, work)
        return await self._listed(201)

    async def _end(self, call: Call) -> Response:
        done = deed(call.caller, "end-subscription", None, {"id": call.number})
        await self._orders.record(done, partial(_end, number=call.number))
        return Response(None, 204)

    async def _listed(self, status: int) -> Response:
        found = await self._views.read(living)
        shown = [
            SubscriptionShape(
                id=one.id,
                way=one.way,
                to=one.address.rpartition("@")[2] if one.way == "email" else one.address,
                services=list(one.services),
                state=one.state,
            )
            for one in found
        ]
        return answer(SubscriptionList(subscriptions=shown), status)


def _end(transaction: Transaction, number: int) -> None:
    found = subscription(transaction.connection, number)
    if found is None or found.state == ENDED:
        raise Failure(404, f"there is no subscription {number}")
    end_subscription(transaction, number)
