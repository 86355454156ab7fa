"""Overrides of the rota as callers make and remove them, each within the caller's scope."""

from collections.abc import Callable, Mapping, Sequence

from sothat.incidents.overriding import BadOverride
from sothat.incidents.roles import Caller
from sothat.incidents.roster import Roster, StandIn
from sothat.incidents.store.stand_ins import (
    Kept,
    Lookout,
    NoSuchStandIn,
    add_stand_ins,
    remove_stand_in,
    rotation_of,
    stand_ins,
)
from sothat.incidents.transaction import Transaction
from sothat.incidents.web.duties import has_rotation
from sothat.incidents.web.orders import Orders, deed
from sothat.incidents.web.problems import Failure
from sothat.incidents.web.views import Views


class StandingIn:
    """Keeps overrides, and says which there are."""

    def __init__(
        self, views: Views, orders: Orders, roster: Roster, clock: Callable[[], int]
    ) -> None:
        self._views = views
        self._orders = orders
        self._roster = roster
        self._clock = clock

    async def listed(self, caller: Caller) -> Sequence[Kept]:
        """Return the overrides that have not ended."""
        found = await self._views.read(lambda connection: stand_ins(connection, self._clock()))
        return [kept for kept in found if self._sees(caller, kept.stand_in.rotation)]

    async def add(
        self, caller: Caller, rotation: str, make: Callable[[], Sequence[StandIn]], key: str = ""
    ) -> None:
        """Keep overrides of a rotation, once for each key of a request.

        Raises:
            Failure: There is no such rotation, or they make no sense.
        """
        if caller.scope.limited and not self._sees(caller, rotation):
            raise Failure(422, f"there is no rotation {rotation!r:.60}")
        try:
            rows = make()
        except BadOverride as error:
            raise Failure(422, str(error)) from error
        asked: Mapping[str, object] = {
            "rotation": rotation,
            "persons": [row.person for row in rows],
        }
        done = deed(caller, "addOverride", None, asked, key)
        await self._orders.record(done, lambda t: add_stand_ins(t, rows, caller.name))
        await self._look()

    async def remove(self, caller: Caller, number: int, key: str = "") -> None:
        """Remove an override, once for each key of a request.

        Raises:
            Failure: There is none of this number.
        """

        def take_away(transaction: Transaction) -> None:
            rotation = rotation_of(transaction.connection, number)
            if rotation is None or not self._sees(caller, rotation):
                raise NoSuchStandIn(f"there is no override {number}")
            remove_stand_in(transaction, number)

        try:
            done = deed(caller, "removeOverride", None, {"id": number}, key)
            await self._orders.record(done, take_away)
        except NoSuchStandIn as error:
            raise Failure(404, str(error)) from error
        await self._look()

    def _sees(self, caller: Caller, rotation: str) -> bool:
        return has_rotation(self._roster, caller.scope, rotation)

    async def _look(self) -> None:
        """Let this process go by what has changed at once; others will at their next look."""
        lookout = Lookout(self._roster)
        await self._views.read(lambda connection: lookout.look(connection, self._clock()))
