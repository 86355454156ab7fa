"""Overrides of the rota over the API, and the rota as a calendar that people subscribe to."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta
from sothat.incidents.overriding import BadOverride, stand_in, stand_ins_in
from sothat.incidents.roles import Role
from sothat.incidents.roster import Roster, StandIn, moment
from sothat.incidents.store.stand_ins import (
    Kept,
    Lookout,
    NoSuchStandIn,
    add_stand_ins,
    remove_stand_in,
    rotation_of,
    stand_ins,
)
from sothat.incidents.times import format_time
from sothat.incidents.transaction import Transaction
from sothat.incidents.web.answers import NO_STORE
from sothat.incidents.web.api import Call, Handler
from sothat.incidents.web.binding import answer
from sothat.incidents.web.duties import has_rotation
from sothat.incidents.web.gate import Gate
from sothat.incidents.web.models import Answer, Moment, Nothing, Request
from sothat.incidents.web.operations import Operation
from sothat.incidents.web.orders import Orders, deed
from sothat.incidents.web.problems import EXPECTED, Failure, failed, failure_of
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.views import Views
from sothat.model.problem import Unusable
from sothat.service_levels.ical import exported
from sothat.service_levels.intervals import Interval
from sothat.service_levels.on_call import duties
from starlette import requests
from starlette.responses import Response

_Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
_Zoned = Annotated[datetime, Meta(tz=True)]
# How much of the rota a calendar shows.
_PAST, _AHEAD = timedelta(weeks=4), timedelta(weeks=26)


class Override(Answer):
    """Somebody is on call instead of whoever a rotation names."""

    id: int
    rotation: str
    person: str
    starts_at: Moment
    ends_at: Moment
    created_at: Moment
    created_by: str


class OverrideList(Answer):
    """Those that have not ended, in the order in which they were made: the later one counts."""

    overrides: list[Override]


class NewOverride(Request, kw_only=True):
    """Who is on call instead, when."""

    rotation: _Name
    person: Annotated[_Name, Meta(description="A user, or a role of the policy")]
    starts_at: _Zoned
    ends_at: _Zoned


class NewCalendar(Request, kw_only=True):
    """The events of an iCalendar as overrides: who by the summary, when by the times."""

    rotation: _Name
    calendar: Annotated[str, Meta(min_length=1, max_length=200_000)]


OVERRIDES: tuple[Operation, ...] = (
    Operation(
        *("listOverrides", "GET", "/overrides", "List overrides of the rota"),
        *(Role.VIEWER, OverrideList, Nothing),
        scoped=Scoped.NARROWED,
    ),
    Operation(
        *("addOverride", "POST", "/overrides", "Put somebody else on call for a while"),
        *(Role.RESPONDER, OverrideList),
        body=NewOverride,
        status=201,
        scoped=Scoped.NARROWED,
    ),
    Operation(
        *("importOverrides", "POST", "/overrides/calendar", "Take overrides out of an iCalendar"),
        *(Role.RESPONDER, OverrideList),
        body=NewCalendar,
        status=201,
        scoped=Scoped.NARROWED,
    ),
    Operation(
        *("removeOverride", "DELETE", "/overrides/{id}", "Remove an override"),
        *(Role.RESPONDER, None),
        status=204,
        scoped=Scoped.NARROWED,
    ),
)


class OverridesApi:
    """Answers the operations on overrides."""

    def __init__(
        self, views: Views, orders: Orders, roster: Roster, clock: Callable[[], int]
    ) -> None:
        self._views = views
        self._orders = orders
        self._roster = roster
        self._clock = clock

    def handlers(self) -> Mapping[str, Handler]:
        """Return what answers each operation, by its name."""
        return {
            "listOverrides": self._list,
            "addOverride": self._add,
            "importOverrides": self._import,
            "removeOverride": self._remove,
        }

    async def _list(self, call: Call) -> Response:
        return await self._listed(call, 200)

    async def _add(self, call: Call) -> Response:
        new: NewOverride = call.body
        made = (self._roster, new.rotation, new.person, new.starts_at, new.ends_at)
        return await self._keep(call, lambda: [stand_in(*made)])

    async def _import(self, call: Call) -> Response:
        new: NewCalendar = call.body
        made = (self._roster, new.rotation, new.calendar, moment(self._clock()))
        return await self._keep(call, lambda: list(stand_ins_in(*made)))

    async def _remove(self, call: Call) -> Response:
        done = deed(call.caller, "removeOverride", None, {"id": call.number})

        def remove(transaction: Transaction) -> None:
            rotation = rotation_of(transaction.connection, call.number)
            if rotation is None or not has_rotation(self._roster, call.caller.scope, rotation):
                raise NoSuchStandIn(f"there is no override {call.number}")
            remove_stand_in(transaction, call.number)

        try:
            await self._orders.record(done, remove)
        except NoSuchStandIn as error:
            raise Failure(404, str(error)) from error
        await self._look()
        return Response(None, 204)

    async def _keep(self, call: Call, make: Callable[[], Sequence[StandIn]]) -> Response:
        rotation, scope = call.body.rotation, call.caller.scope
        if scope.limited and not has_rotation(self._roster, scope, rotation):
            raise Failure(422, f"there is no rotation {rotation!r:.60}")
        try:
            rows = make()
        except BadOverride as error:
            raise Failure(422, str(error)) from error
        asked = {"rotation": call.body.rotation, "persons": [row.person for row in rows]}
        done = deed(call.caller, "addOverride", None, asked)
        await self._orders.record(done, lambda t: add_stand_ins(t, rows, call.caller.name))
        await self._look()
        return await self._listed(call, 201)

    async def _look(self) -> None:
        """Let this process go by what has changed at once; others will at their next look."""
        lookout = Lookout(self._roster)
        await self._views.read(lambda connection: lookout.look(connection, self._clock()))

    async def _listed(self, call: Call, status: int) -> Response:
        found = await self._views.read(lambda connection: stand_ins(connection, self._clock()))
        own = [
            _shape(kept)
            for kept in found
            if has_rotation(self._roster, call.caller.scope, kept.stand_in.rotation)
        ]
        shown = answer(OverrideList(overrides=own))
        shown.status_code = status
        return shown


def _shape(kept: Kept) -> Override:
    row = kept.stand_in
    return Override(
        id=kept.id,
        rotation=row.rotation,
        person=row.person,
        starts_at=format_time(row.starts_at),
        ends_at=format_time(row.ends_at),
        created_at=format_time(kept.created_at),
        created_by=kept.created_by,
    )


def feed(
    roster: Roster, gate: Gate, clock: Callable[[], int]
) -> Callable[[requests.Request], Awaitable[Response]]:
    """Return what answers ``/on-call/{team}.ics``: the duties of a team as an iCalendar."""

    async def show(request: requests.Request) -> Response:
        try:
            return await _calendar(request, roster, gate, clock)
        except EXPECTED as error:
            return failed(failure_of(error))

    return show


async def _calendar(
    request: requests.Request, roster: Roster, gate: Gate, clock: Callable[[], int]
) -> Response:
    caller = await gate.caller(request)
    if caller is None:
        # Calendars can show a token as the password of basic authentication.
        raise Failure(401, "a token is wanted here", **{"WWW-Authenticate": 'Basic realm="sothat"'})
    now, team = moment(clock()), request.path_params["team"]
    if not caller.scope.has_team(team):
        raise Failure(404, f"there is no team {team!r:.60}")
    try:
        found = list(duties(roster.policy, team, Interval(now - _PAST, now + _AHEAD)))
    except Unusable as error:
        raise Failure(404, error.problems[0].message) from error
    text = exported(team, found, now)
    return Response(text, 200, NO_STORE, "text/calendar")
