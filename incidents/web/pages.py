"""The pages: rendered here, one small script, no foreign asset, made for a phone at night."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec
from markupsafe import Markup
from sothat.incidents.access.scope import Scope
from sothat.incidents.incident import Incident
from sothat.incidents.roles import Caller, Role
from sothat.incidents.runbooks import Runbooks, first_steps, render
from sothat.incidents.store import browsing
from sothat.incidents.store.browsing import Slice
from sothat.incidents.store.cursors import BadCursor
from sothat.incidents.store.reading import count_open
from sothat.incidents.web.actions import Action, order
from sothat.incidents.web.api import wanted_of
from sothat.incidents.web.binding import read_query, words_of
from sothat.incidents.web.board import BoardQuery, asked, board
from sothat.incidents.web.clocks import next_clock
from sothat.incidents.web.offers import offers
from sothat.incidents.web.orders import Orders, Wish, deed
from sothat.incidents.web.problems import EXPECTED, Failure, failure_of
from sothat.incidents.web.rendering import ICON, STYLE, Renderer
from sothat.incidents.web.views import ENTRIES_SHOWN, Views
from sothat.incidents.web.visits import Page, Visit, Visits
from sothat.model.policy import Priority
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


class Pages:
    """Lists and shows incidents and runbooks, and takes the forms."""

    def __init__(
        self,
        views: Views,
        orders: Orders,
        runbooks: Runbooks,
        visits: Visits,
        renderer: Renderer,
    ) -> None:
        self._views = views
        self._orders = orders
        self._runbooks = runbooks
        self._visits = visits
        self._renderer = renderer

    async def index(self, visit: Visit) -> Response:
        """``/``: what is open, by priority and age; or what was asked for."""
        try:
            query = read_query(visit.request, BoardQuery)
            scope = visit.caller.scope
            found, counts = await self._views.read(partial(_found, query=query, scope=scope))
        except (Failure, BadCursor) as error:
            return self._renderer.page("refused.html", 400, caller=visit.caller, problem=str(error))
        return self._renderer.page(
            "list.html",
            caller=visit.caller,
            found=found,
            counts=counts,
            query=query,
            board=board(query, counts, found.following),
        )

    async def incident(self, visit: Visit) -> Response:
        """``/incidents/{id}``."""
        return await self._incident(visit, "", 200)

    async def timeline(self, visit: Visit) -> Response:
        """``/incidents/{id}/timeline``: what does not fit on the incident's own page."""
        number = visit.request.path_params["id"]
        after = visit.request.query_params.get("cursor", "")
        try:
            found = await self._views.read(
                lambda c: browsing.timeline(c, number, ENTRIES_SHOWN, after)
            )
        except BadCursor as error:
            return self._renderer.page("refused.html", 400, caller=visit.caller, problem=str(error))
        return self._renderer.page("timeline.html", caller=visit.caller, number=number, found=found)

    async def on_call(self, visit: Visit) -> Response:
        """``/on-call``: who has the duty, who comes next, and where nobody does."""
        _, found = await self._views.duties(scope=visit.caller.scope)
        return self._renderer.page("on_call.html", caller=visit.caller, duties=found)

    async def account(self, visit: Visit) -> Response:
        """``/account``: who one is here."""
        return self._visits.with_form(visit.request, "account.html", caller=visit.caller)

    def command(self, action: Action) -> Page:
        """Return the handler of ``POST /incidents/{id}/<action>``: a form of the page."""

        async def handle(visit: Visit) -> Response:
            number = visit.request.path_params["id"]
            try:
                if not visit.caller.role.covers(Role.RESPONDER):
                    raise Failure(403, f"as {visit.caller.role} you may look, not act")
                fields = await self._visits.fields(visit.request)
                body = _body(action, fields)
                event = order(action, body, visit.caller)
                asked, key = msgspec.to_builtins(body), self._visits.press(visit.request)
                done = deed(visit.caller, action.name, number, asked, key)
                await self._orders.carry_out(Wish(done, event))
            except EXPECTED as error:
                failure = failure_of(error)
                text = f"Nothing changed: {failure.detail}."
                return await self._incident(visit, text, failure.status)
            response = RedirectResponse(f"/incidents/{number}", 303)
            if not visit.caller.personal:
                self._visits.remember(response, event.by)
            return response

        return handle

    async def runbook_index(self, visit: Visit) -> Response:
        """``/runbooks/``."""
        names = await asyncio.to_thread(self._runbooks.names)
        return self._renderer.page("runbooks.html", caller=visit.caller, names=names)

    async def runbook(self, visit: Visit) -> Response:
        """``/runbooks/{alert}``."""
        name = visit.request.path_params["alert"]
        found = await asyncio.to_thread(self._runbooks.find, name)
        if found is None:
            return self.missing(visit.caller)
        # Safe by construction: the renderer escapes raw HTML.
        content = Markup(render(found.text))  # noqa: S704
        return self._renderer.page(
            "runbook.html", caller=visit.caller, runbook=found, content=content
        )

    async def icon(self, _request: Request) -> Response:
        """``/static/icon.svg``."""
        return Response(ICON, 200, _KEPT, "image/svg+xml")

    async def style(self, _request: Request) -> Response:
        """``/static/style.css``."""
        return Response(STYLE, 200, _KEPT, "text/css")

    def missing(self, caller: Caller | None) -> Response:
        """Return the page for what is not there."""
        return self._renderer.page("missing.html", 404, caller=caller)

    async def _incident(self, visit: Visit, problem: str, status: int) -> Response:
        number, scope = visit.request.path_params["id"], visit.caller.scope
        view = await self._views.incident(number, scope)
        if view is None:
            return self.missing(visit.caller)
        name = view.incident.promise.alertname
        found = await asyncio.to_thread(self._runbooks.find, name)
        steps = Markup(render(first_steps(found.text), shift=1)) if found else ""  # noqa: S704 – see above
        clocks = await self._views.clocks(view.incident)
        return self._visits.with_form(
            visit.request,
            "incident.html",
            status,
            caller=visit.caller,
            view=view,
            runbook=found,
            steps=steps,
            problem=problem,
            offers=offers(view.incident, visit.caller),
            name=visit.name,
            clocks=clocks,
            next_clock=next_clock(clocks),
            priorities=tuple(Priority),
        )


def _found(
    connection: Connection, query: BoardQuery, scope: Scope
) -> tuple[Slice[Incident], Mapping[str, int]]:
    wanted = wanted_of(asked(query), scope)
    found = browsing.incidents(connection, wanted, query.limit, query.cursor)
    counts = dict.fromkeys(map(str, Priority), 0)
    for (priority, _), count in count_open(connection, scope).items():
        counts[priority] += count
    return found, counts


def _body(action: Action, fields: Mapping[str, str]) -> Any:
    """Return a form's fields as the body of its action; what is empty was not filled in."""
    given: dict[str, Any] = {name: value for name, value in fields.items() if value.strip()}
    if "fingerprints" in given:
        given["fingerprints"] = given["fingerprints"].splitlines()
    try:
        return msgspec.convert(given, action.body, strict=False)
    except msgspec.ValidationError as error:
        raise Failure(400, words_of(error)) from error
