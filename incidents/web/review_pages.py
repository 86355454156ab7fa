"""The pages of reviews: the list with what is still to be done, and one review with its forms."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from sothat.incidents.incident import Incident
from sothat.incidents.reviews import desk, forms
from sothat.incidents.reviews.content import BONES, CauseKind
from sothat.incidents.reviews.markdown import BLAMELESS
from sothat.incidents.reviews.review import FollowUp, FollowUpState, ReviewState
from sothat.incidents.roles import Caller, Role
from sothat.incidents.roster import moment
from sothat.incidents.settings.reviews import ReviewRules
from sothat.incidents.store import reviewing
from sothat.incidents.store.browsing import Slice
from sothat.incidents.store.reviewing import Reviewed, WantedFollowUps
from sothat.incidents.web import review_models as models
from sothat.incidents.web.binding import read_query
from sothat.incidents.web.doing import Deeds, Doing, seen
from sothat.incidents.web.forming import Fields, Forming, Work, checked
from sothat.incidents.web.problems import EXPECTED, failure_of
from sothat.incidents.web.rendering import Renderer
from sothat.incidents.web.reviews import MEDIA, exported, people_of, review_shape, whole_of
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.views import Views
from sothat.incidents.web.visits import Page, Visit, Visits
from sqlalchemy import Connection
from starlette.responses import Response
from starlette.routing import Route

_PAGE = 40
# A review that was never written is not asked for for ever.
_LONGEST_WAIT = 90 * 86_400_000_000_000


@dataclass(frozen=True, slots=True)
class _Overview:
    """What the list of reviews shows."""

    wanting: tuple[Incident, ...]
    open: Slice[FollowUp]
    reviews: Slice[Reviewed]


class ReviewPages:
    """Shows reviews, and takes their forms."""

    def __init__(
        self,
        views: Views,
        doing: Doing,
        visits: Visits,
        renderer: Renderer,
        rules: ReviewRules,
        clock: Callable[[], int],
    ) -> None:
        self._views = views
        self._forming = Forming(doing, visits)
        self._visits = visits
        self._renderer = renderer
        self._rules = rules
        self._clock = clock

    def routes(self) -> Iterator[Route]:
        """Yield the routes of the pages."""
        one = "/incidents/{id:int}/review"
        yield self._route("/reviews", self.index)
        yield self._route(one, self.review)
        for form, (_, suffix) in MEDIA.items():
            yield self._route(f"{one}.{suffix}", self._exporter(form))
        yield self._route(one, self._form(self._begin), "POST")
        yield self._route(f"{one}/state", self._form(self._move), "POST")
        yield self._route(f"{one}/follow-ups", self._form(self._add), "POST")
        yield self._route(f"{one}/follow-ups/{{number:int}}", self._form(self._end), "POST")
        for section in forms.SECTIONS:
            work = partial(self._write, section=section)
            yield self._route(f"{one}/{section}", self._form(work, section), "POST")

    def _route(self, path: str, page: Page, method: str = "GET") -> Route:
        scoped = Scoped.INCIDENT if path.startswith("/incidents/") else Scoped.NARROWED
        return Route(path, self._visits.entered(page, scoped), methods=[method])

    async def index(self, visit: Visit) -> Response:
        """``/reviews``: what wants a review, what is still to be done, and what was written."""
        try:
            query = read_query(visit.request, models.ReviewsQuery)
            shown = await self._views.read(lambda c: self._overview(c, visit.caller, query))
        except EXPECTED as error:
            reason = failure_of(error).detail
            return self._renderer.page("refused.html", 400, caller=visit.caller, problem=reason)
        values: dict[str, Any] = {
            "shown": shown,
            "today": self._today(),
            "within": self._rules.within,
        }
        return self._renderer.page("reviews.html", caller=visit.caller, **values)

    async def review(self, visit: Visit) -> Response:
        """``/incidents/{id}/review``."""
        return await self._review(visit, "", 200)

    def _exporter(self, form: str) -> Page:
        async def show(visit: Visit) -> Response:
            number = visit.request.path_params["id"]
            try:
                whole = await self._views.read(lambda c: whole_of(c, visit.caller, number))
                return await exported(whole, form)
            except EXPECTED as error:
                failure = failure_of(error)
                page = ("refused.html", failure.status)
                return self._renderer.page(*page, caller=visit.caller, problem=failure.detail)

        return show

    def _form(self, work: Work, section: str = "") -> Page:
        action = f"review-{section}" if section else "review"

        async def handle(visit: Visit) -> Response:
            typed: Fields = {}
            number = visit.request.path_params["id"]
            back = f"/incidents/{number}/review#{section or 'top'}"
            try:
                return await self._forming.do(visit, action, work, typed, back)
            except EXPECTED as error:
                failure = failure_of(error)
                text = f"Nothing changed: {failure.detail}."
                return await self._review(visit, text, failure.status, {section: typed})

        return handle

    def _begin(self, _visit: Visit, _fields: Fields) -> Deeds:
        return desk.begin

    def _move(self, _visit: Visit, fields: Fields) -> Deeds:
        to = checked(models.MoveReview, {"to": fields.get("to", "")}).to
        return partial(desk.move, to=to, second_person=self._rules.second_person)

    def _write(self, _visit: Visit, fields: Fields, section: str) -> Deeds:
        return partial(desk.write_section, section=section, fields=fields)

    def _add(self, _visit: Visit, fields: Fields) -> Deeds:
        given = {
            name: fields[name] for name in ("text", "owner", "due", "team") if fields.get(name)
        }
        new = checked(models.NewFollowUp, given)
        made = FollowUp(0, 0, new.text.strip(), new.owner.strip(), new.team, new.due, 0, "")
        return partial(desk.add, new=made)

    def _end(self, visit: Visit, fields: Fields) -> Deeds:
        given = {name: fields[name] for name in ("state", "note") if fields.get(name)}
        wanted = checked(models.ChangeFollowUp, given)
        change = desk.Change(state=wanted.state, note=wanted.note)
        number = visit.request.path_params["number"]
        return partial(desk.change, number=number, wanted=change)

    async def _review(
        self,
        visit: Visit,
        problem: str,
        status: int,
        typed: dict[str, Fields] | None = None,
    ) -> Response:
        number = visit.request.path_params["id"]
        try:
            values = await self._views.read(
                lambda c: self._values(c, visit.caller, number, typed or {})
            )
        except LookupError:
            return self._renderer.page("missing.html", 404, caller=visit.caller)
        return self._visits.with_form(
            visit.request,
            "review.html",
            status,
            caller=visit.caller,
            problem=problem,
            typed=typed or {},
            name=visit.name,
            writes=visit.caller.role.covers(Role.RESPONDER),
            **values,
        )

    def _values(
        self, connection: Connection, caller: Caller, number: int, typed: dict[str, Fields]
    ) -> dict[str, Any]:
        incident = seen(connection, caller, number)
        if reviewing.review(connection, number) is None:
            return {"incident": incident, "review": None, "blameless": BLAMELESS}
        whole = whole_of(connection, caller, number)
        people = people_of(connection, incident)
        content = whole.review.content
        return {
            "incident": incident,
            "review": review_shape(whole, people, self._today()),
            "blameless": BLAMELESS,
            "entries": reviewing.happened(connection, number),
            "chosen": {line.entry for line in content.timeline},
            "more": forms.by_hand(content),
            "whys": forms.why_rows(content, typed.get("five-whys", {})),
            "changes": forms.change_rows(content, typed.get("changes", {})),
            "barriers": forms.barrier_rows(content, typed.get("barriers", {})),
            "outline": forms.outline(content),
            "bones": BONES,
            "causes": tuple(CauseKind),
            "editable": whole.review.state is not ReviewState.PUBLISHED,
            "digests": {name: forms.digest(name, content) for name in forms.SECTIONS},
            "due": self._today() + timedelta(days=14),
        }

    def _overview(
        self, connection: Connection, caller: Caller, query: models.ReviewsQuery
    ) -> _Overview:
        scope = caller.scope
        priorities = [str(one) for one in self._rules.wanted_for]
        since = self._clock() - _LONGEST_WAIT
        ahead = WantedFollowUps(state=FollowUpState.OPEN)
        return _Overview(
            tuple(reviewing.wanting(connection, priorities, since, scope, _PAGE)),
            reviewing.follow_ups(connection, ahead, _PAGE, "", scope),
            reviewing.reviews(connection, (), scope, _PAGE, query.cursor),
        )

    def _today(self) -> date:
        return moment(self._clock()).date()
