"""Major incidents and drills over the API."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from sothat.incidents.absent import Absent
from sothat.incidents.commands import NoSuchIncident
from sothat.incidents.incident import Incident
from sothat.incidents.major import desk, drafting
from sothat.incidents.major.drafting import Whole
from sothat.incidents.major.drill import Rehearsal, drill_named, new_name, rehearse
from sothat.incidents.major.major import Major
from sothat.incidents.major.work import Decision, Task
from sothat.incidents.rehearsal import is_drill
from sothat.incidents.roles import Caller, Role
from sothat.incidents.settings.major import MajorRules
from sothat.incidents.store import majors
from sothat.incidents.times import format_time
from sothat.incidents.transaction import Transaction
from sothat.incidents.web import major_models as models
from sothat.incidents.web.actions import who
from sothat.incidents.web.api import Call, Handler, key_of
from sothat.incidents.web.binding import answer
from sothat.incidents.web.doing import Doing, asking, seen
from sothat.incidents.web.gate import digest_of
from sothat.incidents.web.major_acts import ACTS, Act
from sothat.incidents.web.models import Nothing
from sothat.incidents.web.operations import Operation
from sothat.incidents.web.orders import Orders, deed
from sothat.incidents.web.problems import Failure
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.views import Views
from sqlalchemy import Connection
from starlette.responses import Response

_ONE = "/incidents/{id}/major"
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        *("listMajors", "GET", "/majors", "List major incidents"),
        *(Role.VIEWER, models.MajorPage, models.MajorsQuery),
        scoped=Scoped.NARROWED,
    ),
    Operation(
        *("showMajor", "GET", _ONE, "Show an incident as a major one"),
        *(Role.VIEWER, models.MajorShape, Nothing),
        scoped=Scoped.INCIDENT,
    ),
    Operation(
        *("draftMajor", "GET", f"{_ONE}/draft", "Draft a status update; nothing is sent"),
        *(Role.VIEWER, models.DraftShape, models.DraftQuery),
        scoped=Scoped.INCIDENT,
    ),
    *(
        Operation(
            *(act.operation, "POST", f"{_ONE}/{act.name}", act.summary),
            *(Role.RESPONDER, models.MajorShape),
            body=act.body,
            status=act.status,
            idempotent_by_key=True,
            scoped=Scoped.INCIDENT,
        )
        for act in ACTS
    ),
    Operation(
        *("changeTask", "PATCH", "/tasks/{id}", "Give a task to somebody, or end it"),
        *(Role.RESPONDER, models.MajorShape),
        body=models.ChangeTask,
        idempotent_by_key=True,
        scoped=Scoped.NARROWED,
    ),
    Operation(
        *("beginDrill", "POST", "/drills", "Begin a drill, of which only those who take part hear"),
        *(Role.RESPONDER, models.Drill),
        body=models.NewDrill,
        status=201,
        idempotent_by_key=True,
        scoped=Scoped.WHOLE,
    ),
)


class MajorsApi:
    """Answers the operations on major incidents and drills."""

    def __init__(
        self,
        views: Views,
        doing: Doing,
        orders: Orders,
        rules: MajorRules,
        clock: Callable[[], int],
    ) -> None:
        self._views = views
        self._doing = doing
        self._orders = orders
        self._rules = rules
        self._clock = clock

    def handlers(self) -> Mapping[str, Handler]:
        """Return what answers each operation, by its name."""
        return {
            "listMajors": self._list,
            "showMajor": self._show,
            "draftMajor": self._draft,
            "changeTask": self._change_task,
            "beginDrill": self._drill,
            **{act.operation: self._actor(act) for act in ACTS},
        }

    async def _list(self, call: Call) -> Response:
        query: models.MajorsQuery = call.query
        states = [str(state) for state in query.states]
        found = await self._views.read(
            lambda c: majors.majors(c, states, call.caller.scope, query.limit, query.cursor)
        )
        shown = [models.MajorSummary(**summary_of(*one)) for one in found.items]
        return answer(models.MajorPage(majors=shown, next=found.following))

    async def _show(self, call: Call) -> Response:
        return await self._shown(call.caller, call.number)

    async def _draft(self, call: Call) -> Response:
        whole = await self._views.read(lambda c: whole_of(c, call.caller, call.number))
        found = drafting.draft(call.query.kind, whole, self._clock())
        return answer(models.DraftShape(title=found.title, text=found.text))

    def _actor(self, act: Act) -> Handler:
        async def handle(call: Call) -> Response:
            work = act.work(call.body, self._rules)
            await self._doing.do(asking(call, act.operation, call.number), work)
            return await self._shown(call.caller, call.number, act.status)

        return handle

    async def _change_task(self, call: Call) -> Response:
        number, wanted = call.number, call.body
        task = await self._views.read(lambda c: task_of(c, call.caller, number))
        owner = None if wanted.owner is None else wanted.owner.strip()
        work = partial(
            desk.change_task,
            number=number,
            state=wanted.state,
            owner=owner,
            said=wanted.note.strip(),
        )
        await self._doing.do(asking(call, "changeTask", task.incident), work)
        return await self._shown(call.caller, task.incident)

    async def _drill(self, call: Call) -> Response:
        key = key_of(call.request.headers.get("idempotency-key"))
        number = await begin_drill(self._orders, self._views, call.body, call.caller, key)
        return answer(models.Drill(incident=number), 201)

    async def _shown(self, caller: Caller, number: int, status: int = 200) -> Response:
        whole = await self._views.read(lambda c: whole_of(c, caller, number))
        return answer(major_shape(whole), status)


async def begin_drill(
    orders: Orders, views: Views, body: models.NewDrill, caller: Caller, key: str = ""
) -> int:
    """Begin a drill, or find the one that the same request has begun; return its incident.

    Raises:
        Failure, Refused, StoreUnavailable: Why there is none.
    """
    by = who(body.by, caller)
    done = deed(caller, "beginDrill", None, msgspec.to_builtins(body), key)
    name = f"drill-{digest_of(f'{caller.name} {key}')[:12]}" if key else new_name()

    def work(transaction: Transaction) -> None:
        _want_known(transaction, body)
        rehearse(transaction, rehearsal_of(body), by, name)

    await orders.record(done, work)
    return await views.read(lambda connection: drill_named(connection, name))


def _want_known(transaction: Transaction, body: models.NewDrill) -> None:
    """Refuse a drill of which nobody would hear."""
    if body.team and body.team not in transaction.rules.policy.teams:
        raise Failure(422, f"the policy has no team {body.team!r:.60}")
    rota = transaction.rules.rota
    unknown = [name for name in body.participants if not rota.known(name).users]
    if unknown:
        raise Failure(422, f"nobody can be reached as {', '.join(unknown):.200}")


def rehearsal_of(body: models.NewDrill) -> Rehearsal:
    """Return what a request wants rehearsed."""
    return Rehearsal(
        title=body.title.strip(),
        participants=tuple(name.strip() for name in body.participants),
        priority=body.priority,
        team=body.team,
        site=body.site,
        scenario=body.scenario.strip(),
    )


def whole_of(connection: Connection, caller: Caller, number: int) -> Whole:
    """Return an incident that a caller may see as a major one, with all that belongs to it.

    Raises:
        NoSuchIncident, Absent: There is none.
    """
    incident = seen(connection, caller, number)
    record = majors.the_major(connection, number)
    found = majors.tasks(connection, number), majors.decisions(connection, number)
    return Whole(incident, record, *found)


def task_of(connection: Connection, caller: Caller, number: int) -> Task:
    """Return a task of an incident that a caller may see.

    Raises:
        Absent: There is none.
    """
    task = majors.the_task(connection, number)
    try:
        seen(connection, caller, task.incident)
    except NoSuchIncident as error:
        raise Absent(f"there is no task {number}") from error
    return task


def summary_of(incident: Incident, record: Major) -> dict[str, Any]:
    """Return what a list shows of a major incident."""
    return {
        "incident": incident.id,
        "title": incident.promise.title,
        "priority": incident.priority,
        "team": incident.team,
        "site": incident.site,
        "drill": is_drill(incident.labels),
        "state": record.state,
        "reasons": record.reasons,
        "declared_at": _moment(record.declared_at),
        "ended_at": _moment(record.ended_at),
        "update_due": _moment(record.update_due),
    }


def major_shape(whole: Whole) -> models.MajorShape:
    """Return a major incident with all that belongs to it."""
    record = whole.major
    return models.MajorShape(
        **summary_of(whole.incident, record),
        proposed_at=_moment(record.proposed_at),
        declared_by=record.declared_by,
        ended_by=record.ended_by,
        bridge=record.bridge,
        roles=[
            models.HolderShape(
                role=one.part,
                person=one.person,
                since=format_time(one.since),
                by_the_rota=bool(one.rostered),
            )
            for one in record.holders
        ],
        hand_over_due=dict(record.relief),
        tasks=list(map(_task_shape, whole.tasks)),
        decisions=list(map(_decision_shape, whole.decisions)),
    )


def _task_shape(one: Task) -> models.TaskShape:
    names = ("id", "kind", "text", "owner", "state", "created_by", "ended_by", "note")
    return models.TaskShape(
        **{name: getattr(one, name) for name in names},
        created_at=format_time(one.created_at),
        ended_at=_moment(one.ended_at),
    )


def _decision_shape(one: Decision) -> models.DecisionShape:
    return models.DecisionShape(
        id=one.id, at=format_time(one.at), by=one.by, text=one.text, reason=one.reason
    )


def _moment(at: int | None) -> str | None:
    return None if at is None else format_time(at)
