"""The page on which somebody says something of an incident: written, looked at, sent."""

from collections.abc import Sequence
from typing import Any

from sothat.incidents.communication.book import Kind
from sothat.incidents.communication.telling import Draft, Office
from sothat.incidents.roles import Role
from sothat.incidents.store import browsing
from sothat.incidents.store.announcements import announcements
from sothat.incidents.web.announcements import AnnouncementsApi, form_body, wish_of
from sothat.incidents.web.problems import EXPECTED, Failure, failure_of
from sothat.incidents.web.rendering import Renderer
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.views import Views
from sothat.incidents.web.visits import Visit, Visits
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

_PATH = "/incidents/{id:int}/communication"
_FIELDS = ("description", "impact", "actions", "workaround", "expected", "status", "service")


class AnnouncingPages:
    """Shows the page and takes its form."""

    def __init__(
        self,
        api: AnnouncementsApi,
        views: Views,
        office: Office,
        visits: Visits,
        renderer: Renderer,
    ) -> None:
        self._api = api
        self._views = views
        self._office = office
        self._visits = visits
        self._renderer = renderer

    def routes(self) -> tuple[Route, ...]:
        """Return the routes."""
        return (
            Route(_PATH, self._visits.entered(self._show, Scoped.INCIDENT), methods=["GET"]),
            Route(_PATH, self._visits.entered(self._take, Scoped.INCIDENT), methods=["POST"]),
        )

    async def _show(self, visit: Visit) -> Response:
        return await self._page(visit, {}, 200)

    async def _take(self, visit: Visit) -> Response:
        number = visit.request.path_params["id"]
        fields: dict[str, str] = {}
        try:
            if not visit.caller.role.covers(Role.RESPONDER):
                raise Failure(403, f"as {visit.caller.role} you may look, not write")
            fields = await self._visits.fields(visit.request)
            step = fields.pop("step", "look")
            body = form_body(fields)
            if step == "look":
                found = await self._api.drafts(number, wish_of(body, visit.caller))
                return await self._page(visit, fields, 200, drafts=found)
            await self._api.say(number, body, visit.caller, self._visits.press(visit.request))
        except EXPECTED as error:
            failure = failure_of(error)
            text = f"Nothing was sent: {failure.detail}"
            return await self._page(visit, fields, failure.status, problem=text)
        response = RedirectResponse(f"/incidents/{number}/communication", 303)
        if not visit.caller.personal:
            self._visits.remember(response, body.by)
        return response

    async def _page(
        self,
        visit: Visit,
        fields: dict[str, str],
        status: int,
        *,
        drafts: Sequence[Draft] = (),
        problem: str = "",
    ) -> Response:
        number = visit.request.path_params["id"]
        incident = await self._views.read(lambda c: browsing.incident(c, number))
        if incident is None:
            return self._renderer.page("missing.html", 404, caller=visit.caller)
        said = await self._views.read(lambda c: announcements(c, number))
        book = self._office.book
        service = book.service_of(incident)
        values: dict[str, Any] = {name: fields.get(name, "") for name in _FIELDS}
        kinds = [kind for kind in Kind if (kind in (Kind.INITIAL, Kind.UPDATE)) != incident.over]
        first = Kind.UPDATE if said and not incident.over else kinds[0]
        return self._visits.with_form(
            visit.request,
            "communication.html",
            status,
            caller=visit.caller,
            i=incident,
            said=said[::-1],
            drafts=drafts,
            problem=problem,
            fields=values,
            chosen=fields.get("audiences", "").splitlines(),
            kind=fields.get("kind", str(first)),
            kinds=kinds,
            services=book.services,
            service=service,
            audiences=[one for one in book.audiences.values() if one.hears(service, incident.site)],
            name=fields.get("by", "") or visit.name,
            writes=visit.caller.role.covers(Role.RESPONDER),
        )
