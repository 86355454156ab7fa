"""The on-call calendar: weeks as a table, overrides made and removed by a form."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sothat.incidents.overriding import known_people, stand_in, stand_ins_in
from sothat.incidents.roles import Caller, Role
from sothat.incidents.roster import Roster, StandIn, moment
from sothat.incidents.web.problems import EXPECTED, Failure, failure_of
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.standing_in import StandingIn
from sothat.incidents.web.visits import Visit, Visits
from sothat.incidents.web.weeks import conflicts, days, zone_of
from sothat.model.policy import Rotation
from sothat.model.problem import Unusable
from sothat.service_levels.zones import reaching
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

CALENDAR = "/on-call/calendar"
_WEEK, _SHOWN = timedelta(weeks=1), 14
_FAR = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a form asks for; what was typed comes back with what is wrong with it."""

    fields: Mapping[str, str]

    def text(self, name: str) -> str:
        return self.fields.get(name, "").strip()

    def local(self, name: str) -> datetime:
        """Return a local time.

        Raises:
            Failure: It is none.
        """
        try:
            found = datetime.fromisoformat(self.text(name))
        except ValueError as error:
            raise Failure(422, f"'{name}' is no date and time") from error
        return found.replace(tzinfo=None)


class RotaPages:
    """Shows the rota, and lets people stand in for each other."""

    def __init__(
        self, standing_in: StandingIn, roster: Roster, visits: Visits, clock: Callable[[], int]
    ) -> None:
        self._standing_in = standing_in
        self._roster = roster
        self._visits = visits
        self._clock = clock

    def routes(self) -> tuple[Route, ...]:
        """Return the routes."""
        entered = self._visits.entered
        pages = (
            (CALENDAR, self._calendar, "GET"),
            ("/on-call/overrides", self._add, "POST"),
            ("/on-call/overrides/calendar", self._import, "POST"),
            ("/on-call/overrides/{id:int}/remove", self._remove, "POST"),
        )
        return tuple(
            Route(path, entered(page, Scoped.NARROWED), methods=[method])
            for path, page, method in pages
        )

    async def _calendar(self, visit: Visit) -> Response:
        return await self._shown(visit)

    async def _add(self, visit: Visit) -> Response:
        asked = _Asked({})
        try:
            asked = _Asked(await self._fields(visit))
            name = asked.text("rotation")
            key = self._visits.press(visit.request)
            await self._standing_in.add(visit.caller, name, lambda: [self._made(asked)], key)
        except EXPECTED as error:
            return await self._shown(visit, failure_of(error), asked)
        return RedirectResponse(f"{CALENDAR}?from={asked.local('from').date()}", 303)

    async def _import(self, visit: Visit) -> Response:
        asked = _Asked({})
        try:
            asked = _Asked(await self._fields(visit))
            name, text = asked.text("rotation"), asked.text("calendar")
            key, now = self._visits.press(visit.request), moment(self._clock())
            made = partial(stand_ins_in, self._roster, name, text, now)
            await self._standing_in.add(visit.caller, name, lambda: list(made()), key)
        except EXPECTED as error:
            return await self._shown(visit, failure_of(error), asked)
        return RedirectResponse(CALENDAR, 303)

    async def _remove(self, visit: Visit) -> Response:
        try:
            await self._fields(visit)
            number, key = visit.request.path_params["id"], self._visits.press(visit.request)
            await self._standing_in.remove(visit.caller, number, key)
        except EXPECTED as error:
            return await self._shown(visit, failure_of(error))
        return RedirectResponse(CALENDAR, 303)

    async def _fields(self, visit: Visit) -> dict[str, str]:
        if not visit.caller.role.covers(Role.RESPONDER):
            raise Failure(403, f"as {visit.caller.role} you may look, not act")
        return await self._visits.fields(visit.request)

    def _made(self, asked: _Asked) -> StandIn:
        policy, name = self._roster.policy, asked.text("rotation")
        rotation = policy.rotations.get(name)
        if rotation is None:
            raise Failure(422, f"there is no rotation {name!r:.60}")
        zone = zone_of(policy, rotation)
        starts, ends = (reaching(zone, asked.local(edge)) for edge in ("from", "until"))
        return stand_in(self._roster, name, asked.text("person"), starts, ends)

    async def _shown(
        self, visit: Visit, failure: Failure | None = None, asked: _Asked | None = None
    ) -> Response:
        kept = await self._standing_in.listed(visit.caller)
        first = _first(visit, moment(self._clock()).date())
        columns = self._columns(visit.caller)
        policy, problem = self._roster.policy, failure.detail if failure else ""
        values: dict[str, Any] = {"days": (), "conflicts": ()}
        try:
            values["days"] = await asyncio.to_thread(days, policy, columns, first, _SHOWN)
            values["conflicts"] = await asyncio.to_thread(conflicts, policy, kept)
        except Unusable as error:
            problem = problem or error.problems[0].message
        return self._visits.with_form(
            visit.request,
            "calendar.html",
            failure.status if failure else 200,
            caller=visit.caller,
            problem=problem,
            rotations=[(one, zone_of(policy, one).key) for one in columns],
            people=known_people(self._roster) if visit.caller.role.covers(Role.RESPONDER) else (),
            kept=kept,
            asked=(asked or _Asked({})).fields,
            first=first,
            earlier=first - _WEEK,
            later=first + _WEEK,
            **values,
        )

    def _columns(self, caller: Caller) -> list[Rotation]:
        rotations = self._roster.policy.rotations.values()
        return [one for one in rotations if caller.scope.has_team(one.team)]


def _first(visit: Visit, today: date) -> date:
    """Return the first day that is shown: that asked for, else the Monday of this week."""
    monday = today - timedelta(days=today.weekday())
    try:
        found = date.fromisoformat(visit.request.query_params.get("from", ""))
    except ValueError:
        return monday
    return found if abs(found - today) < _FAR else monday
