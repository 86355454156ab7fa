"""Overrides of the rota over the API, and the rota as a calendar that people subscribe to."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta
from sothat.incidents.overriding import stand_in, stand_ins_in
from sothat.incidents.roles import Role
from sothat.incidents.roster import Roster, moment
from sothat.incidents.store.stand_ins import Kept
from sothat.incidents.times import format_time
from sothat.incidents.web.answers import NO_STORE
from sothat.incidents.web.api import Call, Handler
from sothat.incidents.web.binding import answer
from sothat.incidents.web.gate import Gate
from sothat.incidents.web.models import Answer, Moment, Nothing, Request
from sothat.incidents.web.operations import Operation
from sothat.incidents.web.problems import EXPECTED, Failure, failed, failure_of
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.standing_in import StandingIn
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

    def __init__(self, standing_in: StandingIn, roster: Roster, clock: Callable[[], int]) -> None:
        self._standing_in = standing_in
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
        await self._standing_in.add(call.caller, new.rotation, lambda: [stand_in(*made)])
        return await self._listed(call, 201)

    async def _import(self, call: Call) -> Response:
        new: NewCalendar = call.body
        made = (self._roster, new.rotation, new.calendar, moment(self._clock()))
        rotation = new.rotation
        await self._standing_in.add(call.caller, rotation, lambda: list(stand_ins_in(*made)))
        return await self._listed(call, 201)

    async def _remove(self, call: Call) -> Response:
        await self._standing_in.remove(call.caller, call.number)
        return Response(None, 204)

    async def _listed(self, call: Call, status: int) -> Response:
        found = await self._standing_in.listed(call.caller)
        return answer(OverrideList(overrides=[_shape(kept) for kept in found]), status)


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
