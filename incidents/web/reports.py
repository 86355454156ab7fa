"""Operations on what people report: taken in, decided on, followed to the release that fixes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec import Meta, field
from sothat.incidents.absent import Absent
from sothat.incidents.letters.subscribers import ADDRESS, mail_address
from sothat.incidents.reports_in import desk
from sothat.incidents.reports_in.accepting import Rating
from sothat.incidents.reports_in.desk import Counter
from sothat.incidents.reports_in.mail import LONGEST, Mailed
from sothat.incidents.reports_in.report import Report, Sort, Standing, Way
from sothat.incidents.roles import Caller, Role
from sothat.incidents.store.reports_in import Line, lines, report_in, reports
from sothat.incidents.times import format_time
from sothat.incidents.transaction import Transaction
from sothat.incidents.web.api import Call, Handler, key_of
from sothat.incidents.web.binding import answer
from sothat.incidents.web.gate import digest_of
from sothat.incidents.web.models import SOMETHING, Answer, Id, Limit, Moment, Request
from sothat.incidents.web.operations import Operation
from sothat.incidents.web.orders import Orders, deed
from sothat.incidents.web.problems import Failure
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.views import Views
from sothat.model.policy import Priority
from sqlalchemy import Connection
from starlette.responses import Response

_By = Annotated[str, Meta(max_length=200, description="Who you are; a token's name where left out")]
_Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=SOMETHING)]
_Text = Annotated[str, Meta(min_length=1, max_length=LONGEST, pattern=SOMETHING)]
_Name = Annotated[str, Meta(max_length=200)]
_Version = Annotated[str, Meta(min_length=1, max_length=100, pattern=SOMETHING)]


class NewReport(Request, kw_only=True):
    """What somebody reports."""

    title: _Line
    text: Annotated[str, Meta(max_length=LONGEST)] = ""
    sort: Sort = Sort.PROBLEM
    reporter: Annotated[str, Meta(max_length=254, pattern=f"^({ADDRESS})?$")] = ""
    name: _Name = ""
    service: _Name = ""
    site: _Name = ""
    impact: _Name = ""
    urgency: _Name = ""
    version: Annotated[_Name, Meta(description="Of the software that a bug is in")] = ""


class NewMail(Request, kw_only=True):
    """What a mail says, as `sothat incidents mail-in` reads it."""

    sender: Annotated[str, Meta(max_length=254, pattern=f"^{ADDRESS}$")]
    title: Annotated[str, Meta(max_length=200)] = ""
    text: Annotated[str, Meta(max_length=LONGEST)] = ""
    name: _Name = ""
    message_id: Annotated[str, Meta(max_length=500)] = ""
    report: Annotated[Id | None, Meta(description="The one that it answers")] = None
    seal: Annotated[str, Meta(max_length=40)] = ""


class Accepting(Request, kw_only=True):
    """Into which incident, or how bad a new one is and whose business."""

    by: _By = ""
    into: Annotated[Id | None, Meta(description="left out: a new one")] = None
    priority: Priority | None = None
    impact: _Name = ""
    urgency: _Name = ""
    team: _Name = ""


class Telling(Request, kw_only=True):
    """What the reporter is told: the reason, or a question."""

    by: _By = ""
    text: Annotated[str, Meta(min_length=1, max_length=5000, pattern=SOMETHING)]


class Fixing(Request, kw_only=True):
    """Which release fixes it."""

    by: _By = ""
    version: _Version


class ReportsQuery(Request):
    """Which reports to list."""

    state: list[Standing] = field(default_factory=list)
    limit: Limit = 100
    before: Annotated[Id | None, Meta(description="Older than the report of this number")] = None


class ReportLine(Answer):
    """Something that was said about a report."""

    at: Moment
    who: str
    text: str


class ReportShape(Answer):
    """A report."""

    id: int
    at: Moment
    way: Way
    sort: Sort
    state: Standing
    title: str
    text: str
    reporter: str
    name: str
    service: str
    site: str
    impact: str
    urgency: str
    version: str
    incident: int | None
    reason: str
    fixed_in: str
    released_at: Moment | None
    said: list[ReportLine]


class ReportList(Answer):
    """Reports, the newest first."""

    reports: list[ReportShape]


class Released(Answer):
    """Whose reports a release fixes."""

    version: str
    reports: list[int]


def _write(name: str, path: str, summary: str, body: type[Any], status: int = 200) -> Operation:
    shape = Released if path == "/releases" else ReportShape
    return Operation(
        *(name, "POST", path, summary, Role.RESPONDER, shape),
        body=body,
        status=status,
        idempotent_by_key=body is not NewMail,
        scoped=Scoped.WHOLE,
    )


REPORTS: tuple[Operation, ...] = (
    Operation(
        *("listReports", "GET", "/reports", "List what people report", Role.VIEWER, ReportList),
        query=ReportsQuery,
        scoped=Scoped.WHOLE,
    ),
    _write("addReport", "/reports", "Report something", NewReport, 201),
    _write("addMail", "/reports/mail", "Take a mail in: a report, or an answer", NewMail, 201),
    Operation(
        *("showReport", "GET", "/reports/{id}", "Show a report", Role.VIEWER, ReportShape),
        scoped=Scoped.WHOLE,
    ),
    _write("acceptReport", "/reports/{id}/accept", "Make a report an incident's", Accepting),
    _write("refuseReport", "/reports/{id}/refuse", "Let nothing come of a report", Telling),
    _write("askReporter", "/reports/{id}/ask", "Ask a reporter something", Telling),
    _write("planFix", "/reports/{id}/fix", "Say which release fixes a bug", Fixing),
    _write("markRelease", "/releases", "Say that a release is out; reporters are told", Fixing),
)


@dataclass(frozen=True, slots=True)
class Taking:
    """Something that is taken in, once for each key.

    Attributes:
        work: Takes it in; returns the report's number.
        before: Returns the number that it has, if it came before.
        key: By which the same is known again; may be empty.
    """

    work: Callable[[Transaction], int]
    before: Callable[[Connection], int | None]
    key: str = ""


class ReportsApi:
    """Answers the operations on reports."""

    def __init__(self, views: Views, orders: Orders, counter: Counter) -> None:
        self._views = views
        self._orders = orders
        self._counter = counter

    def handlers(self) -> Mapping[str, Handler]:
        """Return what answers each operation, by its name."""
        return {
            "listReports": self._list,
            "addReport": self._add,
            "addMail": self._mail,
            "showReport": self._show,
            "acceptReport": self._decided("accept-report", self.accept),
            "refuseReport": self._decided("refuse-report", self.refuse),
            "askReporter": self._decided("ask-reporter", self.ask),
            "planFix": self._decided("plan-fix", self.fix),
            "markRelease": self._release,
        }

    async def found(self, number: int) -> tuple[Report, list[Line]]:
        """Return a report and what was said about it.

        Raises:
            Failure: There is none of this number.
        """
        try:
            return await self._views.read(lambda c: (report_in(c, number), [*lines(c, number)]))
        except Absent as error:
            raise Failure(404, str(error)) from error

    async def listed(
        self, states: list[Standing], limit: int, before: int | None = None
    ) -> list[Report]:
        """Return reports, the newest first; without states those that wait."""
        wanted = states or list(Standing)
        return [*await self._views.read(lambda c: reports(c, wanted, limit, before))]

    def accept(self, number: int, body: Accepting, by: str) -> Callable[[Transaction], object]:
        """Return what makes a report an incident's."""
        rating = Rating(body.priority, body.impact, body.urgency, body.team)
        return partial(
            desk.accept, number=number, rating=rating, into=body.into, by=by, counter=self._counter
        )

    def refuse(self, number: int, body: Telling, by: str) -> Callable[[Transaction], object]:
        """Return what lets nothing come of a report."""
        return partial(
            desk.refuse, number=number, reason=body.text.strip(), by=by, counter=self._counter
        )

    def ask(self, number: int, body: Telling, by: str) -> Callable[[Transaction], object]:
        """Return what asks a reporter something."""
        return partial(
            desk.ask, number=number, question=body.text.strip(), by=by, counter=self._counter
        )

    def fix(self, number: int, body: Fixing, by: str) -> Callable[[Transaction], object]:
        """Return what says which release fixes a bug."""
        return partial(desk.plan_fix, number=number, version=body.version.strip(), by=by)

    async def take(self, new: NewReport, way: Way, caller: Caller, key: str = "") -> int:
        """Keep a report; return its number.

        Raises:
            Failure, StoreUnavailable: Why it could not be kept.
        """
        report = _report(new, way)
        copy = key and f"{caller.name}:{key}"
        taking = Taking(
            partial(desk.take_in_report, report=report, copy=copy),
            partial(desk.copied, copy=copy),
            key,
        )
        return await self._taken(caller, "add-report", {"title": new.title}, taking)

    async def do(
        self,
        caller: Caller,
        action: str,
        asked: Mapping[str, Any],
        work: Callable[[Transaction], object],
        key: str = "",
    ) -> None:
        """Do something, and write down who asked for it.

        Raises:
            Failure, NoSuchIncident, Refused, StoreUnavailable: Why it was not done.
        """
        try:
            await self._orders.record(deed(caller, action, None, dict(asked), key), work)
        except Absent as error:
            raise Failure(404, str(error)) from error

    async def _taken(
        self, caller: Caller, action: str, asked: Mapping[str, Any], taking: Taking
    ) -> int:
        """Take something in; return the report's number, which the same again finds, too."""
        numbers: list[int | None] = []
        await self.do(caller, action, asked, lambda t: numbers.append(taking.work(t)), taking.key)
        number = numbers[-1] if numbers else await self._views.read(taking.before)
        if number is None:
            raise Failure(404, "that report is not kept any more")
        return number

    async def _list(self, call: Call) -> Response:
        query: ReportsQuery = call.query
        found = await self.listed(query.state, query.limit, query.before)
        return answer(ReportList(reports=[_shape(one, []) for one in found]))

    async def _show(self, call: Call) -> Response:
        return await self._shown(call.number, 200)

    async def _add(self, call: Call) -> Response:
        key = key_of(call.request.headers.get("idempotency-key"))
        number = await self.take(call.body, Way.API, call.caller, key)
        return await self._shown(number, 201)

    async def _mail(self, call: Call) -> Response:
        body: NewMail = call.body
        if not (body.title.strip() or body.text.strip()):
            raise Failure(422, "there is nothing in the mail")
        mail = Mailed(
            sender=_address(body.sender),
            name=body.name,
            title=" ".join((body.title.strip() or body.text[:200]).split()),
            text=body.text,
            message_id=body.message_id,
            report=body.report,
            seal=body.seal,
        )
        taking = Taking(
            partial(desk.take_in_mail, mail=mail, counter=self._counter),
            partial(desk.copied_mail, mail=mail),
            body.message_id and f"mail:{digest_of(body.message_id)}",
        )
        number = await self._taken(call.caller, "mail-in", {"title": mail.title}, taking)
        return await self._shown(number, 201)

    def _decided(
        self, action: str, make: Callable[[int, Any, str], Callable[[Transaction], object]]
    ) -> Handler:
        async def handle(call: Call) -> Response:
            work = make(call.number, call.body, who(call.body.by, call.caller))
            asked = {"report": call.number, **msgspec.to_builtins(call.body)}
            key = key_of(call.request.headers.get("idempotency-key"))
            await self.do(call.caller, action, asked, work, key)
            return await self._shown(call.number, 200)

        return handle

    async def _release(self, call: Call) -> Response:
        body: Fixing = call.body
        by, version = who(body.by, call.caller), body.version.strip()
        key = key_of(call.request.headers.get("idempotency-key"))
        found = await self.release(version, by, call.caller, key)
        return answer(Released(version=version, reports=found))

    async def release(self, version: str, by: str, caller: Caller, key: str = "") -> list[int]:
        """Say that a release is out; return the reports that it fixes.

        Raises:
            Failure, Refused, StoreUnavailable: Why it was not said.
        """
        found: list[int] = []

        def work(transaction: Transaction) -> None:
            found.extend(desk.mark_release(transaction, version, by, self._counter))

        await self.do(caller, "mark-release", {"version": version}, work, key)
        return found

    async def _shown(self, number: int, status: int) -> Response:
        report, said = await self.found(number)
        return answer(_shape(report, said), status)


def who(given: str, caller: Caller) -> str:
    """Return who a request comes from.

    Raises:
        Failure: Nobody can tell.
    """
    name = given.strip() or (caller.name if caller.personal else "")
    if not name:
        raise Failure(400, "'by' is missing: say who you are")
    return name


def _report(new: NewReport, way: Way) -> Report:
    return Report(
        id=0,
        at=0,
        way=way,
        sort=new.sort,
        title=" ".join(new.title.split()),
        text=new.text.strip(),
        reporter=_address(new.reporter) if new.reporter.strip() else "",
        name=new.name.strip(),
        service=new.service,
        site=new.site,
        impact=new.impact,
        urgency=new.urgency,
        version=new.version.strip(),
    )


def _address(text: str) -> str:
    try:
        return mail_address(text)
    except ValueError as error:
        raise Failure(400, str(error)) from error


def _shape(report: Report, said: list[Line]) -> ReportShape:
    same = ("id", "way", "sort", "state", "title", "text", "reporter", "name", "service", "site")
    more = ("impact", "urgency", "version", "incident", "reason", "fixed_in")
    return ReportShape(
        at=format_time(report.at),
        released_at=None if report.released_at is None else format_time(report.released_at),
        said=[ReportLine(at=format_time(one.at), who=one.who, text=one.text) for one in said],
        **{name: getattr(report, name) for name in (*same, *more)},
    )
