"""The pages of reports: the form that anybody or members use, the queue, and one report."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct
from sothat.incidents.communication.telling import Office
from sothat.incidents.letters.subscribers import mail_address
from sothat.incidents.reports_in.report import WAITING, Sort, Standing, Way
from sothat.incidents.roles import Caller, Role
from sothat.incidents.settings.reports_in import ReportSettings
from sothat.incidents.status_page.rendering import Look, answer_page
from sothat.incidents.web.answers import html_answer
from sothat.incidents.web.binding import words_of
from sothat.incidents.web.models import LARGEST_ID
from sothat.incidents.web.open_forms import TRAP, open_fields
from sothat.incidents.web.problems import EXPECTED, Failure, failure_of
from sothat.incidents.web.rendering import Renderer
from sothat.incidents.web.reports import Accepting, Fixing, NewReport, ReportsApi, Telling, who
from sothat.incidents.web.tries import Tries
from sothat.incidents.web.visits import Visit, Visits
from sothat.model.policy import Policy, Priority
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

_LISTED = 200
# Who a report comes from that nobody was let in for.
_SOMEBODY = Caller("report form", Role.VIEWER, personal=False)


class TriagePages:
    """Shows the pages and takes their forms."""

    def __init__(
        self,
        api: ReportsApi,
        office: Office,
        look: Look,
        settings: ReportSettings,
        visits: Visits,
        renderer: Renderer,
    ) -> None:
        self._api = api
        self._office = office
        self._look = look
        self._settings = settings
        self._visits = visits
        self._renderer = renderer
        self._tries = Tries(time.monotonic)

    def routes(self) -> tuple[Route, ...]:
        """Return the routes for whoever is let in."""
        visits = self._visits
        found = [
            Route("/reports", visits.entered(self._queue), methods=["GET"]),
            Route("/reports/{id:int}", visits.entered(self._show), methods=["GET"]),
            Route("/reports/{id:int}/{action}", visits.entered(self._decide), methods=["POST"]),
            Route("/releases", visits.entered(self._release), methods=["POST"]),
        ]
        if self._settings.form == "members":
            found += [
                Route("/report", visits.entered(self._member_form), methods=["GET"]),
                Route("/report", visits.entered(self._take_member), methods=["POST"]),
            ]
        return tuple(found)

    def open_routes(self) -> tuple[Route, ...]:
        """Return the routes for anybody."""
        if self._settings.form != "public":
            return ()
        return (
            Route("/report", self._form, methods=["GET"]),
            Route("/report", self._take, methods=["POST"]),
        )

    async def _form(self, _request: Request) -> Response:
        return self._open_page({}, "", 200)

    async def _take(self, request: Request) -> Response:
        fields: dict[str, str] = {}
        try:
            fields = await open_fields(request, self._tries)
            # Whoever fell into the trap reads what people read, without a number.
            trapped = bool(fields.pop(TRAP, ""))
            new = _new_report(fields)
            number = 0 if trapped else await self._api.take(new, Way.FORM, _SOMEBODY)
        except EXPECTED as error:
            failure = failure_of(error)
            return self._open_page(fields, failure.detail, failure.status, failure.headers)
        told = f"Its number is {number}. " if number else ""
        text = f"{told}Somebody looks at it."
        return html_answer(answer_page("Thank you for your report", text, self._look, "/status/"))

    def _open_page(
        self,
        fields: Mapping[str, str],
        problem: str,
        status: int,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        values = self._form_values(fields, problem)
        response = self._renderer.page("report_form.html", status, caller=None, form="", **values)
        response.headers.update(headers or {})
        return response

    async def _member_form(self, visit: Visit) -> Response:
        values = self._form_values({}, "")
        return self._visits.with_form(
            visit.request, "report_form.html", caller=visit.caller, **values
        )

    async def _take_member(self, visit: Visit) -> Response:
        fields: dict[str, str] = {}
        try:
            fields = await self._visits.fields(visit.request)
            fields.pop(TRAP, "")
            key = self._visits.press(visit.request)
            number = await self._api.take(_new_report(fields), Way.FORM, visit.caller, key)
        except EXPECTED as error:
            failure = failure_of(error)
            values = self._form_values(fields, failure.detail)
            return self._visits.with_form(
                visit.request, "report_form.html", failure.status, caller=visit.caller, **values
            )
        return RedirectResponse(f"/reports/{number}", 303)

    def _form_values(self, fields: Mapping[str, str], problem: str) -> dict[str, Any]:
        book, policy = self._office.book, self._office.policy
        names = [one.name for one in msgspec.structs.fields(NewReport)]
        return {
            "fields": {name: fields.get(name, "") for name in names},
            "problem": problem,
            "sorts": tuple(Sort),
            "services": [(s.key, s.name) for s in book.services.values() if not s.internal],
            "sites": [(one.key, one.name) for one in book.sites.values() if one.listed],
            "impacts": [(name, name) for name in policy.matrix],
            "urgencies": [(name, name) for name in _urgencies(policy)],
        }

    async def _queue(self, visit: Visit) -> Response:
        return await self._listed(visit, "", 200)

    async def _listed(self, visit: Visit, problem: str, status: int) -> Response:
        asked = visit.request.query_params.get("state", "")
        states = [Standing(asked)] if asked in tuple(Standing) else list(WAITING)
        found = await self._api.listed(states, _LISTED)
        return self._visits.with_form(
            visit.request,
            "reports.html",
            status,
            caller=visit.caller,
            found=found,
            chosen=asked,
            states=tuple(Standing),
            problem=problem,
            writes=visit.caller.role.covers(Role.RESPONDER),
            name=visit.name,
        )

    async def _show(self, visit: Visit) -> Response:
        return await self._page(visit, "", 200)

    async def _page(self, visit: Visit, problem: str, status: int) -> Response:
        number = visit.request.path_params["id"]
        try:
            report, said = await self._api.found(min(number, LARGEST_ID))
        except Failure:
            return self._renderer.page("missing.html", 404, caller=visit.caller)
        policy = self._office.policy
        return self._visits.with_form(
            visit.request,
            "report.html",
            status,
            caller=visit.caller,
            report=report,
            said=said,
            problem=problem,
            waits=report.state in WAITING,
            writes=visit.caller.role.covers(Role.RESPONDER),
            teams=tuple(policy.teams),
            priorities=tuple(Priority),
            impacts=tuple(policy.matrix),
            urgencies=_urgencies(policy),
            service=self._office.book.services.get(report.service),
            name=visit.name,
        )

    async def _decide(self, visit: Visit) -> Response:
        number, action = (visit.request.path_params[key] for key in ("id", "action"))
        kinds: Mapping[str, tuple[type[Any], str, Callable[..., Any]]] = {
            "accept": (Accepting, "accept-report", self._api.accept),
            "refuse": (Telling, "refuse-report", self._api.refuse),
            "ask": (Telling, "ask-reporter", self._api.ask),
            "fix": (Fixing, "plan-fix", self._api.fix),
        }
        if action not in kinds or number > LARGEST_ID:
            return self._renderer.page("missing.html", 404, caller=visit.caller)
        kind, name, make = kinds[action]
        try:
            body = await self._sent(visit, kind)
            by = who(body.by, visit.caller)
            asked = {"report": number, **msgspec.to_builtins(body)}
            key = self._visits.press(visit.request)
            await self._api.do(visit.caller, name, asked, make(number, body, by), key)
        except EXPECTED as error:
            failure = failure_of(error)
            return await self._page(visit, f"Nothing changed: {failure.detail}.", failure.status)
        return self._back(visit, f"/reports/{number}", by)

    async def _release(self, visit: Visit) -> Response:
        try:
            body = await self._sent(visit, Fixing)
            by = who(body.by, visit.caller)
            key = self._visits.press(visit.request)
            await self._api.release(body.version.strip(), by, visit.caller, key)
        except EXPECTED as error:
            failure = failure_of(error)
            return await self._listed(visit, f"Nothing changed: {failure.detail}.", failure.status)
        return self._back(visit, "/reports?state=accepted", by)

    async def _sent(self, visit: Visit, kind: type[Any]) -> Any:
        if not visit.caller.role.covers(Role.RESPONDER):
            raise Failure(403, f"as {visit.caller.role} you may look, not decide")
        return _body(await self._visits.fields(visit.request), kind)

    def _back(self, visit: Visit, place: str, name: str) -> Response:
        response = RedirectResponse(place, 303)
        if not visit.caller.personal:
            self._visits.remember(response, name)
        return response


def _new_report(fields: Mapping[str, str]) -> NewReport:
    """Return what the form has sent; of an address that is none it is said in words."""
    given = fields.get("reporter", "").strip()
    try:
        address = mail_address(given) if given else ""
    except ValueError as error:
        raise Failure(400, str(error)) from error
    new: NewReport = _body({**fields, "reporter": address}, NewReport)
    return new


def _urgencies(policy: Policy) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in policy.matrix.values() for name in row))


def _body(fields: Mapping[str, str], kind: type[Struct]) -> Any:
    """Return what a form has sent; what is empty was not filled in.

    Raises:
        Failure: It does not fit.
    """
    given = {name: value for name, value in fields.items() if value.strip()}
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Failure(400, words_of(error)) from error
