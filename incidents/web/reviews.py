"""Reviews and follow-ups over the API."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from sothat.incidents.absent import Absent
from sothat.incidents.commands import NoSuchIncident
from sothat.incidents.incident import SERVICE, Incident
from sothat.incidents.reviews import desk, document, fault_tree
from sothat.incidents.reviews.markdown import Whole, markdown
from sothat.incidents.reviews.review import FollowUp, FollowUpState, Review, lacking, moves
from sothat.incidents.reviews.wording import blaming
from sothat.incidents.roles import Caller, Role
from sothat.incidents.roster import moment
from sothat.incidents.settings.reviews import ReviewRules
from sothat.incidents.store import reviewing
from sothat.incidents.store.reviewing import Reviewed, WantedFollowUps
from sothat.incidents.store.tables import INCIDENT
from sothat.incidents.times import format_time
from sothat.incidents.web import review_models as models
from sothat.incidents.web.answers import NO_STORE
from sothat.incidents.web.api import Call, Handler
from sothat.incidents.web.binding import answer
from sothat.incidents.web.doing import Doing, asking, seen, stored
from sothat.incidents.web.models import Nothing
from sothat.incidents.web.operations import Operation
from sothat.incidents.web.problems import Failure
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.views import Views
from sothat.model.problem import Unusable
from sqlalchemy import Connection
from starlette.responses import Response

_ONE = "/incidents/{id}/review"
MEDIA = {
    "markdown": ("text/markdown; charset=utf-8", "md"),
    "html": ("text/html; charset=utf-8", "html"),
    "pdf": ("application/pdf", "pdf"),
}
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        *("listReviews", "GET", "/reviews", "List reviews"),
        *(Role.VIEWER, models.ReviewPage, models.ReviewsQuery),
        scoped=Scoped.NARROWED,
    ),
    Operation(
        *("showReview", "GET", _ONE, "Show the review of an incident"),
        *(Role.VIEWER, models.ReviewShape, Nothing),
        scoped=Scoped.INCIDENT,
    ),
    Operation(
        *("beginReview", "POST", _ONE, "Begin a review with what the timeline says"),
        *(Role.RESPONDER, models.ReviewShape),
        body=models.BeginReview,
        status=201,
        idempotent_by_key=True,
        scoped=Scoped.INCIDENT,
    ),
    Operation(
        *("writeReview", "PUT", _ONE, "Give a review another content"),
        *(Role.RESPONDER, models.ReviewShape),
        body=models.WriteReview,
        idempotent_by_key=True,
        scoped=Scoped.INCIDENT,
    ),
    Operation(
        *("moveReview", "POST", f"{_ONE}/state", "Take a review to another state"),
        *(Role.RESPONDER, models.ReviewShape),
        body=models.MoveReview,
        idempotent_by_key=True,
        scoped=Scoped.INCIDENT,
    ),
    Operation(
        *("exportReview", "GET", f"{_ONE}/export", "Export a review as Markdown, HTML or PDF"),
        *(Role.VIEWER, None, models.ExportQuery),
        media=tuple(kind.partition(";")[0] for kind, _ in MEDIA.values()),
        scoped=Scoped.INCIDENT,
    ),
    Operation(
        *("listFollowUps", "GET", "/follow-ups", "List follow-ups"),
        *(Role.VIEWER, models.FollowUpPage, models.FollowUpsQuery),
        scoped=Scoped.NARROWED,
    ),
    Operation(
        *("addFollowUp", "POST", "/incidents/{id}/follow-ups", "Add a follow-up to an incident"),
        *(Role.RESPONDER, models.FollowUpPage),
        body=models.NewFollowUp,
        status=201,
        idempotent_by_key=True,
        scoped=Scoped.INCIDENT,
    ),
    Operation(
        *("changeFollowUp", "PATCH", "/follow-ups/{id}", "Change or end a follow-up"),
        *(Role.RESPONDER, models.FollowUpShape),
        body=models.ChangeFollowUp,
        idempotent_by_key=True,
        scoped=Scoped.NARROWED,
    ),
)


class ReviewsApi:
    """Answers the operations on reviews and follow-ups."""

    def __init__(
        self, views: Views, doing: Doing, rules: ReviewRules, clock: Callable[[], int]
    ) -> None:
        self._views = views
        self._doing = doing
        self._rules = rules
        self._clock = clock

    def handlers(self) -> Mapping[str, Handler]:
        """Return what answers each operation, by its name."""
        return {
            "listReviews": self._list,
            "showReview": self._show,
            "beginReview": self._begin,
            "writeReview": self._write,
            "moveReview": self._move,
            "exportReview": self._export,
            "listFollowUps": self._follow_ups,
            "addFollowUp": self._add,
            "changeFollowUp": self._change,
        }

    async def _list(self, call: Call) -> Response:
        query: models.ReviewsQuery = call.query
        narrow, scope = _narrow(query), call.caller.scope
        found = await self._views.read(
            lambda c: reviewing.reviews(c, narrow, scope, query.limit, query.cursor)
        )
        shown = [summary_shape(one) for one in found.items]
        return answer(models.ReviewPage(reviews=shown, next=found.following))

    async def _show(self, call: Call) -> Response:
        return await self._shown(call)

    async def _begin(self, call: Call) -> Response:
        await self._doing.do(asking(call, "beginReview", call.number), desk.begin)
        return await self._shown(call, 201)

    async def _write(self, call: Call) -> Response:
        wanted: models.WriteReview = call.body
        work = partial(desk.write, content=wanted.content, version=wanted.version)
        await self._doing.do(asking(call, "writeReview", call.number), work)
        return await self._shown(call)

    async def _move(self, call: Call) -> Response:
        work = partial(desk.move, to=call.body.to, second_person=self._rules.second_person)
        await self._doing.do(asking(call, "moveReview", call.number), work)
        return await self._shown(call)

    async def _export(self, call: Call) -> Response:
        form: str = call.query.form
        whole = await self._views.read(lambda c: whole_of(c, call.caller, call.number))
        return await exported(whole, form)

    async def _follow_ups(self, call: Call) -> Response:
        query: models.FollowUpsQuery = call.query
        wanted = WantedFollowUps(
            query.state, query.team, query.owner, query.incident, self._today(query.overdue)
        )
        scope = call.caller.scope
        found = await self._views.read(
            lambda c: reviewing.follow_ups(c, wanted, query.limit, query.cursor, scope)
        )
        shown = [self._shape(one) for one in found.items]
        return answer(models.FollowUpPage(follow_ups=shown, next=found.following))

    async def _add(self, call: Call) -> Response:
        await self._doing.do(
            asking(call, "addFollowUp", call.number), partial(desk.add, new=new_of(call.body))
        )
        wanted = WantedFollowUps(incident=call.number)
        found = await self._views.read(lambda c: reviewing.follow_ups(c, wanted, 1000))
        shown = [self._shape(one) for one in found.items]
        return answer(models.FollowUpPage(follow_ups=shown, next=found.following), 201)

    async def _change(self, call: Call) -> Response:
        number, wanted = call.number, call.body
        before = await self._views.read(lambda c: follow_up_of(c, call.caller, number))
        change = desk.Change(wanted.text, wanted.owner, wanted.due, wanted.state, wanted.note)
        work = partial(desk.change, number=number, wanted=change)
        await self._doing.do(asking(call, "changeFollowUp", before.incident), work)
        after = await self._views.read(lambda c: reviewing.the_follow_up(c, number))
        return answer(self._shape(after))

    async def _shown(self, call: Call, status: int = 200) -> Response:
        shape = await self._views.read(lambda c: self._review(c, call.caller, call.number))
        return answer(shape, status)

    def _review(self, connection: Connection, caller: Caller, number: int) -> models.ReviewShape:
        whole = whole_of(connection, caller, number)
        people = people_of(connection, whole.incident)
        return review_shape(whole, people, moment(self._clock()).date())

    def _shape(self, one: FollowUp) -> models.FollowUpShape:
        return follow_up_shape(one, moment(self._clock()).date())

    def _today(self, wanted: bool) -> date | None:  # noqa: FBT001 – whether it is asked for
        return moment(self._clock()).date() if wanted else None


def _narrow(query: models.ReviewsQuery) -> Sequence[Any]:
    conditions: list[Any] = []
    if query.states:
        conditions.append(reviewing.REVIEW.c.state.in_([str(one) for one in query.states]))
    if query.team:
        conditions.append(INCIDENT.c.team.in_(query.team))
    if query.site:
        conditions.append(INCIDENT.c.site == query.site)
    if query.cause is not None:
        conditions.append(reviewing.REVIEW.c.cause == str(query.cause))
    if query.since is not None:
        conditions.append(INCIDENT.c.opened_at >= stored(query.since))
    if query.until is not None:
        conditions.append(INCIDENT.c.opened_at < stored(query.until))
    return conditions


def whole_of(connection: Connection, caller: Caller, number: int) -> Whole:
    """Return the review of an incident that a caller may see, with all that belongs to it.

    Raises:
        NoSuchIncident, Absent: There is none.
    """
    incident = seen(connection, caller, number)
    found = reviewing.the_review(connection, number)
    follow_ups = reviewing.follow_ups(connection, WantedFollowUps(incident=number), 1000)
    return Whole(incident, found, follow_ups.items)


def follow_up_of(connection: Connection, caller: Caller, number: int) -> FollowUp:
    """Return a follow-up of an incident that a caller may see.

    Raises:
        Absent: There is none.
    """
    found = reviewing.the_follow_up(connection, number)
    try:
        seen(connection, caller, found.incident)
    except NoSuchIncident as error:
        raise Absent(f"there is no follow-up {number}") from error
    return found


def people_of(connection: Connection, incident: Incident) -> tuple[str, ...]:
    """Return the names of those who had to do with an incident."""
    actors = {one.note.actor for one in reviewing.happened(connection, incident.id)}
    names = {incident.acknowledged_by, incident.resolved_by, *actors}
    programs = {"", SERVICE, incident.source, "alertmanager"}
    return tuple(sorted(names - programs))


async def exported(whole: Whole, form: str) -> Response:
    """Return a review as a file.

    Raises:
        Failure: There is no PDF here.
    """
    kind, suffix = MEDIA[form]
    name = f"review-{whole.incident.id}.{suffix}"
    headers = {**NO_STORE, "Content-Disposition": f'attachment; filename="{name}"'}
    content = await asyncio.to_thread(_made, whole, form)
    return Response(content, 200, headers, kind)


def _made(whole: Whole, form: str) -> bytes:
    if form == "markdown":
        return document.printable(markdown(whole)).encode()
    if form == "html":
        return document.page(whole).encode()
    try:
        return document.paper(whole)
    except Unusable as error:
        problem = error.problems[0]
        raise Failure(501, f"{problem.message}; {problem.hint}") from error


def new_of(body: models.NewFollowUp) -> FollowUp:
    """Return the follow-up that a request asks for."""
    return FollowUp(
        id=0,
        incident=0,
        text=body.text.strip(),
        owner=body.owner.strip(),
        team=body.team.strip(),
        due=body.due,
        created_at=0,
        created_by="",
    )


def summary_shape(one: Reviewed) -> models.ReviewSummary:
    """Return a review as in a list."""
    incident, review = one.incident, one.review
    return models.ReviewSummary(
        incident=incident.id,
        title=incident.promise.title,
        priority=incident.priority,
        team=incident.team,
        site=incident.site,
        state=review.state,
        cause=review.content.cause,
        lessons=review.content.lessons,
        updated_at=format_time(review.updated_at),
        published_at=_moment(review.published_at),
        open_follow_ups=one.open_follow_ups,
    )


def review_shape(whole: Whole, people: Sequence[str], today: date) -> models.ReviewShape:
    """Return a review with all that is found in it."""
    review = whole.review
    content = review.content
    found = blaming(content, people)
    return models.ReviewShape(
        incident=review.incident,
        title=whole.incident.promise.title,
        **_standing(review),
        content=content,
        follow_ups=[follow_up_shape(one, today) for one in whole.follow_ups],
        lacking=list(lacking(content)),
        wording=[
            models.Wording(section=one.section, words=one.words, hint=one.hint) for one in found
        ],
        explained=fault_tree.follows(content.fault_tree),
        cut_sets=[sorted(one) for one in fault_tree.cut_sets(content.fault_tree)],
        moves=list(moves(review)),
    )


def _standing(review: Review) -> dict[str, Any]:
    names = ("state", "version", "revision", "created_by", "updated_by", "submitted_by")
    return {
        **{name: getattr(review, name) for name in names},
        "created_at": format_time(review.created_at),
        "updated_at": format_time(review.updated_at),
        "published_at": _moment(review.published_at),
    }


def follow_up_shape(one: FollowUp, today: date) -> models.FollowUpShape:
    """Return a follow-up as it is shown on a day."""
    names = ("id", "incident", "text", "owner", "team", "due", "created_by", "ended_by", "note")
    return models.FollowUpShape(
        **{name: getattr(one, name) for name in names},
        state=FollowUpState(one.state),
        overdue=one.overdue(today),
        created_at=format_time(one.created_at),
        ended_at=_moment(one.ended_at),
    )


def _moment(at: int | None) -> str | None:
    return None if at is None else format_time(at)
