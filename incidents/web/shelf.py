"""The runbooks: the site where one was made, the compiled Markdown where not."""

import asyncio

from sothat.incidents.site import Site, SiteFile
from sothat.incidents.web.pages import Pages
from sothat.incidents.web.visits import Visit
from starlette.requests import Request
from starlette.responses import Response

# The site's own scripts run, nobody's else; its search brings a style sheet along in a shadow tree,
# which counts as inline.
_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_LASTING = "private, max-age=31536000, immutable"
# Kept, but asked for each time: a rebuilt page is seen at once.
_CHANGING = "private, no-cache"


class Shelf:
    """Answers below ``/runbooks/``."""

    def __init__(self, site: Site, pages: Pages) -> None:
        self._site = site
        self._pages = pages

    async def index(self, visit: Visit) -> Response:
        """``/runbooks/``."""
        found = await asyncio.to_thread(self._site.find, "")
        return _answer(visit.request, found) if found else await self._pages.runbook_index(visit)

    async def page(self, visit: Visit) -> Response:
        """``/runbooks/{alert}``, and what the site's pages are made of."""
        found = await asyncio.to_thread(self._site.find, visit.request.path_params["alert"])
        return _answer(visit.request, found) if found else await self._pages.runbook(visit)


def _answer(request: Request, file: SiteFile) -> Response:
    headers = {
        "Cache-Control": _LASTING if file.lasting else _CHANGING,
        "Content-Security-Policy": _POLICY,
        "ETag": file.tag,
    }
    known = request.headers.get("if-none-match", "")
    if file.tag in (tag.strip().removeprefix("W/") for tag in known.split(",")):
        return Response(None, 304, headers)
    return Response(file.content, 200, headers, file.media_type)
