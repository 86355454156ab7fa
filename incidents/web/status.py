"""The status page over HTTP: from memory, without the store; and its forms and links."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from sothat.incidents.absent import Absent
from sothat.incidents.communication.book import Book
from sothat.incidents.letters.seals import Seals
from sothat.incidents.letters.subscribers import (
    CONFIRM,
    LEAVE,
    confirm,
    mail_address,
    subscribe,
    unsubscribe,
)
from sothat.incidents.status_page.publisher import Publisher
from sothat.incidents.status_page.rendering import INDEX, Look, answer_page
from sothat.incidents.transaction import Transaction
from sothat.incidents.web.answers import html_answer, text_answer
from sothat.incidents.web.models import LARGEST_ID
from sothat.incidents.web.open_forms import TRAP, open_fields
from sothat.incidents.web.problems import EXPECTED, Failure, failure_of
from sothat.incidents.web.tries import Tries
from sothat.incidents.writer import Writer
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

_KEPT = "public, max-age=15, stale-while-revalidate=60, stale-if-error=86400"
_LINK = "{id:int}/{seal}"


@dataclass(frozen=True, slots=True)
class Box:
    """What the page's forms and links work with.

    Attributes:
        page: URL of the page, without a slash at the end.
        mail: Whether e-mails can be sent at all.
    """

    writer: Writer
    seals: Seals
    book: Book
    look: Look
    page: str
    mail: bool


@dataclass(frozen=True, slots=True)
class _Deed:
    """What a link of a letter does, once its button is pressed."""

    heading: str
    question: str
    button: str
    done: str
    work: Callable[[Transaction, int, str, Seals], None]


_DEEDS: Mapping[str, _Deed] = {
    CONFIRM: _Deed(
        "Hear of disruptions",
        "We shall write to you when a service is disrupted, and when it works again.",
        "Yes, write to me",
        "You will hear from us.",
        confirm,
    ),
    LEAVE: _Deed(
        "Hear no more",
        "We shall not write to you any more.",
        "Write to me no more",
        "You will not hear from us any more.",
        unsubscribe,
    ),
}


class StatusPages:
    """Answers below ``/status/``."""

    def __init__(self, publisher: Publisher, box: Box, clock: Callable[[], int]) -> None:
        self._publisher = publisher
        self._box = box
        self._clock = clock
        self._tries = Tries(time.monotonic)

    def routes(self) -> tuple[Route, ...]:
        """Return the routes; anybody may come."""
        return (
            Route("/status", self._enter),
            Route("/status/", self._file),
            Route("/status/subscribe", self._subscribe, methods=["POST"]),
            Route(f"/status/confirm/{_LINK}", self._link(CONFIRM), methods=["GET", "POST"]),
            Route(f"/status/unsubscribe/{_LINK}", self._link(LEAVE), methods=["GET", "POST"]),
            Route("/status/{name}", self._file),
        )

    async def _enter(self, _request: Request) -> Response:
        return RedirectResponse("/status/", 308)

    async def _file(self, request: Request) -> Response:
        shown = self._publisher.shown
        if shown is None:
            return text_answer("we cannot say at the moment; please try again\n", 503)
        file = shown.files(self._clock()).get(request.path_params.get("name", INDEX))
        if file is None:
            return text_answer("there is no such page\n", 404)
        headers = {"Cache-Control": _KEPT, "ETag": file.tag}
        known = request.headers.get("if-none-match", "")
        if file.tag in (tag.strip().removeprefix("W/") for tag in known.split(",")):
            return Response(None, 304, headers)
        return Response(file.content, 200, headers, file.media_type)

    async def _subscribe(self, request: Request) -> Response:
        try:
            fields = await open_fields(request, self._tries)
            if not self._box.mail:
                raise Failure(404, "e-mails are not sent from here")
            # Whoever fell into the trap reads what people read.
            if not fields.get(TRAP):
                await self._ask(fields)
        except EXPECTED as error:
            failure = failure_of(error)
            return self._said("That did not work", failure.detail, "", failure)
        text = "We have written to that address. Open the link in the letter: then you hear of us."
        return self._said("Look into your mail", text)

    async def _ask(self, fields: Mapping[str, str]) -> None:
        try:
            address = mail_address(fields.get("address", ""))
        except ValueError as error:
            raise Failure(400, str(error)) from error
        known = self._box.book.services
        services = [key for key in fields.get("services", "").splitlines() if key in known]
        work = partial(
            subscribe,
            address=address,
            services=services,
            page=self._box.page,
            seals=self._box.seals,
        )
        await asyncio.wrap_future(self._box.writer.run(work))

    def _link(self, purpose: str) -> Callable[[Request], object]:
        """Return what answers a letter's link: it only asks, for scanners of mail open links."""
        what = _DEEDS[purpose]

        async def answer(request: Request) -> Response:
            if request.method != "POST":
                return self._said(what.heading, what.question, what.button)
            try:
                await self._do(what, request)
            except Absent as error:
                return self._said(what.heading, str(error), "", Failure(404, str(error)))
            except EXPECTED as error:
                failure = failure_of(error)
                return self._said(what.heading, failure.detail, "", failure)
            return self._said(what.heading, what.done)

        return answer

    async def _do(self, what: _Deed, request: Request) -> None:
        number, seal = request.path_params["id"], request.path_params["seal"]
        if number > LARGEST_ID:
            raise Absent("there is no such subscription")
        box = self._box
        work = partial(_work, what=what, number=number, seal=seal, seals=box.seals)
        refusal = await asyncio.wrap_future(box.writer.run(work))
        if refusal is not None:
            raise refusal

    def _said(
        self, heading: str, text: str, button: str = "", failure: Failure | None = None
    ) -> Response:
        text = f"{text[:1].upper()}{text[1:]}"
        page = answer_page(heading, text, self._box.look, "/status/", button)
        response = html_answer(page, failure.status if failure else 200)
        response.headers.update(failure.headers if failure else {})
        return response


def _work(
    transaction: Transaction, what: _Deed, number: int, seal: str, seals: Seals
) -> Absent | None:
    try:
        what.work(transaction, number, seal, seals)
    except Absent as refusal:
        return refusal
    return None
