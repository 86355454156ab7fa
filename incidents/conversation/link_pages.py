"""``/do/{token}``: a signed link shows what it would do, and a press does it.

Mail scanners and previews open links; so looking changes nothing.
"""

import asyncio
from collections.abc import Callable, Iterator

from sothat.incidents.conversation.gestures import Gesture, Outcome
from sothat.incidents.conversation.links import BadLink, Link
from sothat.incidents.conversation.performing import Way, perform
from sothat.incidents.directory import Directory
from sothat.incidents.web.rendering import Renderer
from sothat.incidents.web.views import Views
from sothat.incidents.writer import StoreUnavailable, Writer
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_OFFERS = {"acknowledge": "Acknowledge", "escalate": "Escalate", "resolve": "Resolve"}


class LinkPages:
    """Shows and follows the links of messages.

    Args:
        directory: Whoever a link was sent to must still be in it.
        writer: Of the store.
        views: Likewise.
        renderer: Of pages.
        clock: Nanoseconds since 1970.
    """

    def __init__(
        self,
        directory: Directory,
        writer: Writer,
        views: Views,
        renderer: Renderer,
        clock: Callable[[], int],
    ) -> None:
        self._directory = directory
        self._writer = writer
        self._views = views
        self._renderer = renderer
        self._clock = clock

    def routes(self) -> Iterator[Route]:
        """Yield the route."""
        yield Route("/do/{token}", self.follow, methods=["GET", "POST"])

    async def follow(self, request: Request) -> Response:
        """Show what a link does, or do it."""
        try:
            link = self._read(request.path_params["token"])
        except BadLink as error:
            return self._renderer.page("link_over.html", 410, caller=None, problem=str(error))
        if request.method == "POST":
            return await self._done(link)
        view = await self._views.incident(link.incident)
        if view is None:
            return self._renderer.page("missing.html", 404, caller=None)
        word, who = _OFFERS.get(link.command, link.command), self._person(link)
        incident = view.incident
        return self._renderer.page("link.html", caller=None, incident=incident, word=word, who=who)

    async def _done(self, link: Link) -> Response:
        gesture = Gesture(link.incident, link.command, "", "")
        way = Way(link.channel, self._person(link))
        job = self._writer.run(lambda t: perform(t, gesture, way, self._directory))
        try:
            outcome = await asyncio.wrap_future(job)
        except StoreUnavailable as error:
            text = f"the store cannot commit: {error}; please try again"
            return self._told(Outcome(gesture, done=False, text=text), 503)
        return self._told(outcome, 200 if outcome.done else 409)

    def _told(self, outcome: Outcome, status: int) -> Response:
        return self._renderer.page("link_done.html", status, caller=None, outcome=outcome)

    def _read(self, token: str) -> Link:
        links = self._directory.links
        if links is None:
            raise BadLink("this service makes no links any more")
        link = links.read(token, self._clock())
        if link.channel not in self._directory.channels:
            raise BadLink("whoever this link was sent to is not among the contacts any more")
        return link

    def _person(self, link: Link) -> str:
        """Return whose link it is: a person's own, or that of a common channel's readers."""
        user = self._directory.user_of(link.channel)
        return user.name if user else link.channel
