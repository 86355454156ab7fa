"""Operations that say something of an incident to its audiences, and show what was said."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sothat.incidents.commands import NoSuchIncident
from sothat.incidents.communication.announcing import announce, drafts
from sothat.incidents.communication.book import Kind
from sothat.incidents.communication.facts import Status
from sothat.incidents.communication.telling import Draft, Office, Unsayable, Wish
from sothat.incidents.communication.wording import Said
from sothat.incidents.roles import Caller, Role
from sothat.incidents.roster import nanoseconds
from sothat.incidents.store import browsing
from sothat.incidents.store.announcements import Announced, announcements
from sothat.incidents.times import format_time
from sothat.incidents.web.api import Call, Handler, key_of
from sothat.incidents.web.binding import answer
from sothat.incidents.web.models import LARGEST_ID, SOMETHING, Answer, Moment, Request
from sothat.incidents.web.operations import Operation
from sothat.incidents.web.orders import Orders, deed
from sothat.incidents.web.problems import Failure
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.views import Views
from starlette.responses import Response

_Text = Annotated[str, Meta(max_length=5000)]
_Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=SOMETHING)]
_Zoned = Annotated[datetime, Meta(tz=True)]
_PATH = "/incidents/{id}/announcements"


class NewAnnouncement(Request, kw_only=True):
    """What is to be said; a text that is left out is the template's."""

    kind: Kind
    audiences: Annotated[list[_Name], Meta(min_length=1, max_length=50)]
    by: Annotated[str, Meta(max_length=200)] = ""
    service: Annotated[str, Meta(max_length=100)] = ""
    description: _Text = ""
    impact: _Text = ""
    actions: _Text = ""
    workaround: _Text = ""
    status: Literal["investigating", "identified", "monitoring"] | None = None
    expected: Annotated[_Zoned | None, Meta(description="When it will be over")] = None


class Announcement(Answer):
    """A text and whom it is for."""

    kind: Kind
    audience: str
    service: str
    status: Status
    subject: str
    text: str
    at: Annotated[Moment | None, Meta(description="null: it is a draft")]
    by: str


class AnnouncementList(Answer):
    """What was said of an incident, in order; or what would be."""

    announcements: list[Announcement]


ANNOUNCEMENTS: tuple[Operation, ...] = (
    Operation(
        *("listAnnouncements", "GET", _PATH, "Read what was said of an incident, and to whom"),
        *(Role.VIEWER, AnnouncementList),
        scoped=Scoped.INCIDENT,
    ),
    Operation(
        *("announce", "POST", _PATH, "Say something of an incident to its audiences"),
        *(Role.RESPONDER, AnnouncementList),
        body=NewAnnouncement,
        status=201,
        idempotent_by_key=True,
        scoped=Scoped.INCIDENT,
    ),
    Operation(
        *(
            "draftAnnouncement",
            "POST",
            f"{_PATH}/draft",
            "Show what would be said, and say nothing",
        ),
        *(Role.RESPONDER, AnnouncementList),
        body=NewAnnouncement,
        scoped=Scoped.INCIDENT,
    ),
)


class AnnouncementsApi:
    """Answers the operations on announcements."""

    def __init__(self, views: Views, orders: Orders, office: Office) -> None:
        self._views = views
        self._orders = orders
        self._office = office

    def handlers(self) -> Mapping[str, Handler]:
        """Return what answers each operation, by its name."""
        return {
            "listAnnouncements": self._list,
            "announce": self._announce,
            "draftAnnouncement": self._draft,
        }

    async def _list(self, call: Call) -> Response:
        return await self._listed(call.number, 200)

    async def _draft(self, call: Call) -> Response:
        wish = wish_of(call.body, call.caller)
        found = await self.drafts(call.number, wish)
        return answer(AnnouncementList(announcements=[_drafted(one, wish) for one in found]))

    async def _announce(self, call: Call) -> Response:
        key = key_of(call.request.headers.get("idempotency-key"))
        await self.say(call.number, call.body, call.caller, key)
        return await self._listed(call.number, 201)

    async def drafts(self, number: int, wish: Wish) -> tuple[Draft, ...]:
        """Return what would be said.

        Raises:
            Failure, NoSuchIncident, Refused: Why it must not be.
        """
        try:
            return await self._views.read(lambda c: drafts(c, number, wish, self._office))
        except Unsayable as error:
            raise Failure(422, str(error)) from error

    async def say(self, number: int, body: NewAnnouncement, caller: Caller, key: str = "") -> None:
        """Say it.

        Raises:
            Failure, NoSuchIncident, Refused, StoreUnavailable: Why it was not said.
        """
        wish = wish_of(body, caller)
        done = deed(caller, "announce", number, msgspec.to_builtins(body), key)
        work = partial(announce, number=number, wish=wish, office=self._office)
        try:
            await self._orders.record(done, work)
        except Unsayable as error:
            raise Failure(422, str(error)) from error

    async def _listed(self, number: int, status: int) -> Response:
        if await self._views.read(lambda c: browsing.incident(c, number)) is None:
            raise NoSuchIncident(f"there is no incident {number}")
        found = await self._views.read(lambda c: announcements(c, number))
        return answer(AnnouncementList(announcements=[*map(_shape, found)]), status)


def wish_of(body: NewAnnouncement, caller: Caller) -> Wish:
    """Return what a request asks for.

    Raises:
        Failure: Nobody can tell who it comes from.
    """
    by = body.by.strip() or (caller.name if caller.personal else "")
    if not by:
        raise Failure(400, "'by' is missing: say who you are")
    said = Said(
        description=body.description.strip(),
        impact=body.impact.strip(),
        actions=body.actions.strip(),
        workaround=body.workaround.strip(),
        status=Status(body.status) if body.status else None,
        expected=_within(nanoseconds(body.expected)) if body.expected else None,
    )
    return Wish(body.kind, tuple(body.audiences), said, by, body.service)


def _within(moment: int) -> int:
    """Return a moment that can be said in every time zone."""
    return max(0, min(LARGEST_ID, moment))


def _drafted(one: Draft, wish: Wish) -> Announcement:
    return Announcement(
        kind=wish.kind,
        audience=one.audience.name,
        service=one.facts.service.key,
        status=one.said.status or one.facts.status,
        subject=one.text.subject,
        text=one.text.body,
        at=None,
        by=wish.by,
    )


def _shape(one: Announced) -> Announcement:
    return Announcement(
        kind=one.kind,
        audience=one.audience,
        service=one.service,
        status=one.status,
        subject=one.text.subject,
        text=one.text.body,
        at=format_time(one.at),
        by=one.author,
    )


def form_body(fields: Mapping[str, str]) -> NewAnnouncement:
    """Return what a form has sent; what is empty was not filled in.

    Raises:
        Failure: It does not fit.
    """
    given: dict[str, Any] = {name: value for name, value in fields.items() if value.strip()}
    given["audiences"] = given.get("audiences", "").splitlines()
    try:
        return msgspec.convert(given, NewAnnouncement, strict=False)
    except msgspec.ValidationError as error:
        raise Failure(400, f"the form does not fit: {error}") from error
