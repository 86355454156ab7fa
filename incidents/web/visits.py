"""Whoever looks at pages: let in by session, token or custom of the house; or asked for a token."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from sothat.incidents.commands import NoSuchIncident
from sothat.incidents.roles import Caller
from sothat.incidents.web.access import Forms, is_foreign
from sothat.incidents.web.bodies import TooLarge, read_body
from sothat.incidents.web.gate import Gate, address_of, digest_of
from sothat.incidents.web.problems import EXPECTED, Failure, failure_of
from sothat.incidents.web.rendering import Renderer
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.sessions import Sessions
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

_LARGEST_FORM = 64 * 1024
_MOST_FIELDS = 1100
_YEAR = 366 * 86_400
_NAME = "sothat-name"
_FOREIGN_FORM = "cookies are off, or the page was too old. Please try again"
# A link in a chat begins at another site, and then browsers keep the session's cookie to
# themselves; asked again by this page, they send it.
_AGAIN = '<!doctype html><meta http-equiv="refresh" content="0"><title>sothat</title>'


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for a page, by somebody who is let in."""

    request: Request
    caller: Caller

    @property
    def name(self) -> str:
        """Return the name under which somebody acted here before, empty if unknown."""
        return unquote(self.request.cookies.get(_NAME, ""))[:200]


Page = Callable[[Visit], Awaitable[Response]]


class Visits:
    """Lets visitors in, and takes their forms.

    Args:
        host: The name under which people reach the service.
        provider: How people call the provider with which they sign in; empty: there is none.
    """

    def __init__(
        self,
        gate: Gate,
        sessions: Sessions,
        forms: Forms,
        renderer: Renderer,
        host: str,
        provider: str = "",
    ) -> None:
        self._gate = gate
        self._sessions = sessions
        self._forms = forms
        self._renderer = renderer
        self._host = host
        self._provider = provider

    def entered(
        self, page: Page, scoped: Scoped | None = None
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return a page that only those see who are let in; others get the way in.

        Args:
            page: What answers.
            scoped: What of it there is for a visitor who does not see everything.
        """

        async def answer(request: Request) -> Response:
            try:
                caller = await self._caller(request)
            except Failure as failure:
                return self.refused(request, failure)
            if caller is not None:
                return await self._admitted(page, Visit(request, caller), scoped)
            if request.headers.get("sec-fetch-site") == "cross-site" and request.method == "GET":
                return HTMLResponse(_AGAIN, 401, {"Cache-Control": "no-store"})
            return self._login(request, status=401)

        return answer

    async def _admitted(self, page: Page, visit: Visit, scoped: Scoped | None) -> Response:
        try:
            await self._gate.admit(visit.caller, scoped, visit.request.path_params)
        except (Failure, NoSuchIncident):
            return self._renderer.page("missing.html", 404, caller=visit.caller)
        return await page(visit)

    async def _caller(self, request: Request) -> Caller | None:
        by_session = await self._gate.session(self._sessions.cookie(request))
        return by_session or await self._gate.caller(request)

    async def enter(self, request: Request) -> Response:
        """``/login``: the form, and what it sends."""
        if request.method != "POST":
            return self._login(request)
        try:
            fields = await self.fields(request)
            token = fields.get("token", "").strip()
            caller = await self._gate.bearer(token, address_of(request)) if token else None
            if caller is None:
                raise Failure(401, "that token is not known, or no longer")
            response = RedirectResponse(local_path(fields.get("next", "")), 303)
            await self._sessions.begin(request, response, token, caller)
        except EXPECTED as error:
            return self.refused(request, failure_of(error))
        return response

    async def leave(self, request: Request) -> Response:
        """``/logout``: the end of a session."""
        try:
            await self.fields(request)
            response = RedirectResponse("/login", 303)
            caller = await self._gate.session(self._sessions.cookie(request))
            await self._sessions.end(request, response, caller)
        except EXPECTED as error:
            return self.refused(request, failure_of(error))
        return response

    async def fields(self, request: Request) -> dict[str, str]:
        """Return what a form of ours has sent; of a repeated field the values one a line.

        Raises:
            Failure: It is too large, or nothing says that one of our pages has sent it.
        """
        try:
            body = await read_body(request, _LARGEST_FORM)
        except TooLarge as error:
            raise Failure(413, "the note is too long") from error
        fields = _parsed(body)
        proof, _, once = fields.pop("form", "").partition(".")
        genuine = self._forms.genuine(self._secret(request), proof)
        if is_foreign(request, self._host) or not genuine:
            raise Failure(403, _FOREIGN_FORM)
        request.state.press = _press(request, once, fields)
        return fields

    def press(self, request: Request) -> str:
        """Return by what a second press of the same button is known, once its fields were read.

        It is the key of the deed: pressed twice, on whatever replicas, a button does a thing once.
        Another look at the page is another form, whose button is a wish of its own.
        """
        found: str = request.state.press
        return found

    def with_form(
        self, request: Request, template: str, status: int = 200, **values: Any
    ) -> Response:
        """Return a page with forms; each carries the proof that it is ours."""
        secret = self._secret(request) or self._forms.fresh()
        field = f"{self._forms.field(secret)}.{secrets.token_urlsafe(12)}"
        response = self._renderer.page(template, status, form=field, **values)
        if not self._sessions.cookie(request):
            self._forms.answer_with(response, secret, secure=self._sessions.secure)
        return response

    def remember(self, response: Response, name: str) -> None:
        """Let a browser keep the name under which somebody acted."""
        response.set_cookie(
            _NAME,
            quote(name),
            max_age=_YEAR,
            httponly=True,
            samesite="strict",
            secure=self._sessions.secure,
        )

    def _secret(self, request: Request) -> str:
        return self._sessions.cookie(request) or self._forms.cookie(request)

    def refused(self, request: Request, failure: Failure) -> Response:
        """Return the way in, and why it was not open."""
        page = self._login(request, failure.detail, failure.status)
        page.headers.update(failure.headers)
        return page

    def _login(self, request: Request, problem: str = "", status: int = 200) -> Response:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        signing_in = request.url.path.startswith("/login")
        back = request.query_params.get("next", "/") if signing_in else here
        values = {
            "caller": None,
            "problem": problem,
            "back": local_path(back),
            "provider": self._provider,
        }
        page = self.with_form(request, "login.html", status, **values)
        if status == 401:  # noqa: PLR2004 – HTTP asks for the challenge with this one
            page.headers["WWW-Authenticate"] = 'Bearer realm="sothat"'
        return page


def _press(request: Request, once: str, fields: Mapping[str, str]) -> str:
    """Return the key of a form that was sent; empty if it does not say which form it is."""
    if not once:
        return ""
    asked = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    return f"form:{digest_of(f'{once[:100]} {request.url.path} {asked}')}"


def _parsed(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise Failure(400, "the form has too many fields") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields[name] = f"{fields[name]}\n{value}" if name in fields else value
    return fields


def local_path(path: str) -> str:
    """Return a path if it leads to this service only, else the start."""
    plain = path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable()
    return path if plain and path.partition("?")[0] not in ("/login", "/logout") else "/"
