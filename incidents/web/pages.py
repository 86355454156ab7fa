"""The pages: rendered here, no script, no foreign asset, made for a phone at night."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sothat.incidents.incident import State
from sothat.incidents.labels import where
from sothat.incidents.orders import BadOrder
from sothat.incidents.runbooks import Runbooks, render
from sothat.incidents.store.reading import Filter, View, list_incidents
from sothat.incidents.times import format_time
from sothat.incidents.web.access import Forms
from sothat.incidents.web.answers import html_answer
from sothat.incidents.web.api import STATUS, Api, Handler
from sothat.incidents.web.bodies import TooLarge, read_body
from sothat.incidents.web.words import age, clock, clock_words, running, safe_link
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

_HERE = Path(__file__).parent
_LARGEST_FORM = 64 * 1024
_MOST_FIELDS = 10
_FOREIGN_FORM = "Nothing changed: cookies are off, or the page was too old. Please try again."
_SHOWN = 200
_RESOLVED_SHOWN = 20


class Pages:
    """Lists and shows incidents and runbooks, and takes the form."""

    def __init__(
        self,
        api: Api,
        readers: Engine,
        runbooks: Runbooks,
        forms: Forms,
        clock: Callable[[], int],
    ) -> None:
        self._api = api
        self._readers = readers
        self._runbooks = runbooks
        self._forms = forms
        self._clock = clock
        self._templates = _environment()

    async def index(self, _request: Request) -> Response:
        """``/``: what is open, then what was resolved last."""
        unresolved, resolved = await asyncio.to_thread(self._board)
        more = len(unresolved) > _SHOWN
        return self._page("list.html", unresolved=unresolved[:_SHOWN], more=more, resolved=resolved)

    async def incident(self, request: Request) -> Response:
        """``/incidents/{id}``."""
        return await self._incident(request, "", 200)

    def command(self, action: str) -> Handler:
        """Return the handler of ``POST /incidents/{id}/<action>``: a form of the page."""

        async def handle(request: Request) -> Response:
            number = request.path_params["id"]
            try:
                fields = await _fields(request)
                if not self._forms.genuine(request, fields.get("form", "")):
                    return await self._incident(request, _FOREIGN_FORM, 403)
                await self._api.carry_out(number, action, fields.get("by"), fields.get("note"))
            except TooLarge:
                return await self._incident(request, "Nothing changed: the note is too long.", 413)
            except tuple(STATUS) as error:
                text = f"Nothing changed: {error}."
                return await self._incident(request, text, STATUS[type(error)])
            return RedirectResponse(f"/incidents/{number}", 303)

        return handle

    async def runbook_index(self, _request: Request) -> Response:
        """``/runbooks/``."""
        names = await asyncio.to_thread(self._runbooks.names)
        return self._page("runbooks.html", names=names)

    async def runbook(self, request: Request) -> Response:
        """``/runbooks/{alert}``."""
        found = await asyncio.to_thread(self._runbooks.find, request.path_params["alert"])
        if found is None:
            return self.missing(request)
        # Safe by construction: the renderer escapes raw HTML.
        content = Markup(render(found.text))  # noqa: S704
        return self._page("runbook.html", runbook=found, content=content)

    async def style(self, _request: Request) -> Response:
        """``/static/style.css``."""
        headers = {"Cache-Control": "max-age=3600"}
        return FileResponse(_HERE / "static" / "style.css", 200, headers, "text/css")

    def missing(self, _request: Request) -> Response:
        """Return the page for what is not there."""
        return self._page("missing.html", 404)

    async def _incident(self, request: Request, problem: str, status: int) -> Response:
        view = await asyncio.to_thread(self._api.find, request.path_params["id"])
        if view is None:
            return self.missing(request)
        name = view.incident.promise.alertname
        found = await asyncio.to_thread(self._runbooks.find, name)
        steps = Markup(render(found.text, shift=2)) if found else ""  # noqa: S704 – see above
        cookie = self._forms.cookie(request)
        response = self._page(
            "incident.html",
            status,
            view=view,
            runbook=found,
            steps=steps,
            problem=problem,
            form=self._forms.field(cookie),
        )
        response.set_cookie(
            self._forms.COOKIE, cookie, httponly=True, samesite="strict", path="/incidents"
        )
        return response

    def _board(self) -> tuple[list[View], list[View]]:
        with self._readers.connect() as connection:
            states = (State.OPEN, State.ACKNOWLEDGED)
            unresolved = list_incidents(connection, Filter(states, limit=_SHOWN + 1))
            resolved = list_incidents(connection, Filter((State.RESOLVED,), limit=_RESOLVED_SHOWN))
        return list(unresolved), list(resolved)

    def _page(self, template: str, status: int = 200, **values: Any) -> Response:
        html = self._templates.get_template(template).render(now=self._clock(), **values)
        return html_answer(html, status)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        moment=format_time,
        clock=clock,
        age=age,
        clock_words=clock_words,
        safe_link=safe_link,
        running=running,
        where=where,
    )
    return environment


async def _fields(request: Request) -> dict[str, str]:
    body = await read_body(request, _LARGEST_FORM)
    try:
        parsed = parse_qs(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise BadOrder("the form has too many fields") from error
    return {name: values[0] for name, values in parsed.items()}
