"""``POST /callbacks/{channel}``: what providers bring back, each checked by its own channel."""

import asyncio
import logging
from collections.abc import Callable, Iterator

from sothat.incidents.conversation.gestures import (
    Answer,
    Gesture,
    Heard,
    Listener,
    Outcome,
    Refusal,
    Speaker,
)
from sothat.incidents.conversation.performing import Way, perform
from sothat.incidents.directory import Directory
from sothat.incidents.web.answers import NO_STORE, text_answer
from sothat.incidents.web.bodies import TooLarge, read_body
from sothat.incidents.writer import StoreUnavailable, Writer
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_LOG = logging.getLogger(__name__)
_LARGEST = 256 * 1024


class Callbacks:
    """Hears what people do in a provider's messages.

    Args:
        directory: The channels, some of which hear.
        writer: Of the store.
        external_url: As the providers know the service.
        clock: Nanoseconds since 1970.
        on_forged: Called for each request that is not proven to be the provider's.
    """

    def __init__(
        self,
        directory: Directory,
        writer: Writer,
        external_url: str,
        clock: Callable[[], int],
        on_forged: Callable[[], None],
    ) -> None:
        self._directory = directory
        self._writer = writer
        self._external_url = external_url
        self._clock = clock
        self._on_forged = on_forged

    def routes(self) -> Iterator[Route]:
        """Yield the route."""
        yield Route("/callbacks/{channel:path}", self.take, methods=["POST"])

    async def take(self, request: Request) -> Response:
        """Carry out what a provider brings, and answer it in its own way."""
        name = request.path_params["channel"]
        channel: object = self._directory.channels.get(name)
        if not isinstance(channel, Listener):
            return text_answer("there is no channel of this name that hears\n", 404)
        try:
            heard = await self._heard(request)
        except TooLarge:
            return text_answer("the request is too large\n", 413)
        gestures = channel.hear(heard)
        if isinstance(gestures, Refusal):
            self._on_forged()
            _LOG.warning("a callback was refused", extra={"channel": name, "why": gestures.reason})
            return text_answer(f"{gestures.reason}\n", gestures.status)
        try:
            outcomes = tuple([await self._performed(gesture, name) for gesture in gestures])
        except StoreUnavailable as error:
            return text_answer(f"the store cannot commit: {error}\n", 503)
        return _answered(channel, channel.answer(heard, outcomes), outcomes)

    async def _heard(self, request: Request) -> Heard:
        path = request.scope.get("raw_path", b"").decode("ascii", "replace")
        query = f"?{request.url.query}" if request.url.query else ""
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await read_body(request, _LARGEST)
        return Heard(f"{self._external_url}{path}{query}", headers, body, self._clock())

    async def _performed(self, gesture: Gesture, channel: str) -> Outcome:
        way = Way(channel)
        job = self._writer.run(lambda t: perform(t, gesture, way, self._directory))
        return await asyncio.wrap_future(job)


def _answered(channel: Listener, answer: Answer, outcomes: tuple[Outcome, ...]) -> Response:
    content = answer.content.encode("utf-8", "backslashreplace")
    spoken = None
    if isinstance(channel, Speaker):
        # After the answer: the provider waits for that, and not for long.
        spoken = BackgroundTask(_say, channel, outcomes)
    media_type = f"{answer.media_type}; charset=utf-8"
    return Response(content, 200, NO_STORE, media_type, background=spoken)


def _say(channel: Speaker, outcomes: tuple[Outcome, ...]) -> None:
    for outcome in outcomes:
        channel.say(outcome)
