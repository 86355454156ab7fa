"""The page of a major incident, and of drills."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from sothat.incidents.major import desk, drafting
from sothat.incidents.major.drafting import DraftKind, Whole
from sothat.incidents.major.major import PART_NAMES, Major, MajorState, Part
from sothat.incidents.rehearsal import is_drill
from sothat.incidents.roles import Caller, Role
from sothat.incidents.settings.major import MajorRules
from sothat.incidents.store import majors
from sothat.incidents.web import major_models as models
from sothat.incidents.web.doing import Deeds, Doing, seen
from sothat.incidents.web.forming import Fields, Forming, Work, checked, want_responder
from sothat.incidents.web.major_acts import ACTS, Act
from sothat.incidents.web.majors import begin_drill
from sothat.incidents.web.orders import Orders
from sothat.incidents.web.problems import EXPECTED, failure_of
from sothat.incidents.web.rendering import Renderer
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.views import Views
from sothat.incidents.web.visits import Page, Visit, Visits
from sqlalchemy import Connection
from starlette.responses import Response
from starlette.routing import Route

_ONE = "/incidents/{id:int}/major"


class MajorPages:
    """Shows a major incident, and takes its forms."""

    def __init__(
        self,
        views: Views,
        doing: Doing,
        orders: Orders,
        visits: Visits,
        renderer: Renderer,
        rules: MajorRules,
        clock: Callable[[], int],
    ) -> None:
        self._views = views
        self._forming = Forming(doing, visits)
        self._orders = orders
        self._visits = visits
        self._renderer = renderer
        self._rules = rules
        self._clock = clock

    def routes(self) -> Iterator[Route]:
        """Yield the routes of the pages."""
        yield self._route(_ONE, self.major)
        for act in ACTS:
            work = partial(self._work, act=act)
            yield self._route(f"{_ONE}/{act.name}", self._form(work, act.name), "POST")
        yield self._route(f"{_ONE}/tasks/{{number:int}}", self._form(self._task, "task"), "POST")
        yield Route("/drills", self._visits.entered(self.drill, Scoped.WHOLE), methods=["GET"])
        yield Route("/drills", self._visits.entered(self.begin, Scoped.WHOLE), methods=["POST"])

    def _route(self, path: str, page: Page, method: str = "GET") -> Route:
        return Route(path, self._visits.entered(page, Scoped.INCIDENT), methods=[method])

    async def major(self, visit: Visit) -> Response:
        """``/incidents/{id}/major``."""
        return await self._major(visit, "", 200)

    async def drill(self, visit: Visit) -> Response:
        """``/drills``: where a drill is begun."""
        return self._drill(visit, "", 200, {})

    async def begin(self, visit: Visit) -> Response:
        """Take the form of a drill."""
        fields: Fields = {}
        try:
            want_responder(visit)
            fields = await self._visits.fields(visit.request)
            people = [name.strip() for name in fields.get("participants", "").split(",")]
            given: dict[str, Any] = {name: text for name, text in fields.items() if text.strip()}
            body = checked(models.NewDrill, {**given, "participants": [p for p in people if p]})
            key = self._visits.press(visit.request)
            number = await begin_drill(self._orders, self._views, body, visit.caller, key)
        except EXPECTED as error:
            failure = failure_of(error)
            return self._drill(visit, f"Nothing began: {failure.detail}.", failure.status, fields)
        return self._forming.gone(visit, body.by, f"/incidents/{number}/major")

    def _drill(self, visit: Visit, problem: str, status: int, typed: Fields) -> Response:
        values = {"caller": visit.caller, "problem": problem, "typed": typed, "name": visit.name}
        return self._visits.with_form(visit.request, "drill.html", status, **values)

    def _form(self, work: Work, name: str) -> Page:
        async def handle(visit: Visit) -> Response:
            typed: Fields = {}
            back = f"/incidents/{visit.request.path_params['id']}/major"
            try:
                return await self._forming.do(visit, f"major-{name}", work, typed, back)
            except EXPECTED as error:
                failure = failure_of(error)
                text = f"Nothing changed: {failure.detail}."
                return await self._major(visit, text, failure.status, {name: typed})

        return handle

    def _work(self, _visit: Visit, fields: Fields, act: Act) -> Deeds:
        return act.work(checked(act.body, _body(act, fields)), self._rules)

    def _task(self, visit: Visit, fields: Fields) -> Deeds:
        given = {"owner": fields.get("owner", "")} | (
            {"state": fields["state"]} if fields.get("state") else {}
        )
        wanted = checked(models.ChangeTask, given)
        number = visit.request.path_params["number"]
        return partial(desk.change_task, number=number, state=wanted.state, owner=wanted.owner)

    async def _major(
        self, visit: Visit, problem: str, status: int, typed: Mapping[str, Fields] | None = None
    ) -> Response:
        number = visit.request.path_params["id"]
        kind = _kind(visit)
        try:
            values = await self._views.read(lambda c: self._values(c, visit.caller, number, kind))
        except LookupError:
            return self._renderer.page("missing.html", 404, caller=visit.caller)
        return self._visits.with_form(
            visit.request,
            "major.html",
            status,
            caller=visit.caller,
            problem=problem,
            typed=typed or {},
            name=visit.name,
            writes=visit.caller.role.covers(Role.RESPONDER),
            names={str(part): name for part, name in PART_NAMES.items()},
            kinds=tuple(DraftKind),
            **values,
        )

    def _values(
        self, connection: Connection, caller: Caller, number: int, kind: DraftKind
    ) -> dict[str, Any]:
        incident = seen(connection, caller, number)
        record = majors.major(connection, number)
        tasks, decisions = majors.tasks(connection, number), majors.decisions(connection, number)
        whole = Whole(incident, record or Major(number, MajorState.DECLINED), tasks, decisions)
        now = self._clock()
        return {
            "incident": incident,
            "major": record,
            "drill": is_drill(incident.labels),
            "tasks": tasks,
            "decisions": decisions,
            "bridge": self._rules.bridge,
            "draft": drafting.draft(kind, whole, now),
            "hand_over": drafting.draft(DraftKind.HAND_OVER, whole, now),
        }


def _kind(visit: Visit) -> DraftKind:
    asked = visit.request.query_params.get("draft", "")
    return DraftKind(asked) if asked in tuple(DraftKind) else DraftKind.UPDATE


def _body(act: Act, fields: Fields) -> dict[str, Any]:
    """Return a form's fields as the body of its act; what is empty was not filled in."""
    if act.body is models.HandOver:
        given = ((str(part), fields.get(part, "")) for part in Part)
        roles = [{"role": part, "person": person} for part, person in given if person.strip()]
        return {"roles": roles, "summary": fields.get("summary", "")}
    if act.body is models.SetBridge:
        return dict(fields)
    return {name: text for name, text in fields.items() if text.strip()}
