"""Signing in at a provider: away to it with a fresh attempt, back from it with a code."""

import asyncio
import logging
import time
from collections.abc import Callable

from sothat.incidents.access.attempt import LIFE_SECONDS, Attempt, Attempts, BadAttempt
from sothat.incidents.access.grants import caller_of, person_of
from sothat.incidents.access.provider import NotTrusted, Provider, Unreachable
from sothat.incidents.settings.oidc import OidcSettings
from sothat.incidents.web.gate import Gate, address_of
from sothat.incidents.web.problems import EXPECTED, Failure, failure_of
from sothat.incidents.web.sessions import Sessions
from sothat.incidents.web.visits import Visits, local_path
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

_LOG = logging.getLogger(__name__)
START, BACK = "/login/oidc", "/login/oidc/back"
_LONGEST = 4096


class SignIn:
    """Answers below ``/login/oidc``.

    Args:
        settings: The provider, and what its claims grant.
        provider: Talks to it.
        attempts: Knows browsers that come back.
    """

    def __init__(
        self,
        settings: OidcSettings,
        provider: Provider,
        attempts: Attempts,
        gate: Gate,
        sessions: Sessions,
        visits: Visits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._provider = provider
        self._attempts = attempts
        self._gate = gate
        self._sessions = sessions
        self._visits = visits
        self._clock = clock
        self._name = "__Host-sothat-sign-in" if sessions.secure else "sothat-sign-in"

    def routes(self) -> tuple[Route, ...]:
        """Return the routes."""
        return (
            Route(START, self._answered(self._away), methods=["GET"]),
            Route(BACK, self._answered(self._back), methods=["GET"]),
        )

    def _answered(self, step: Callable[[Request], object]) -> Callable[[Request], object]:
        async def answer(request: Request) -> Response:
            try:
                self._gate.require_tries(address_of(request))
                found: Response = await step(request)  # type: ignore[misc]
            except EXPECTED as error:
                return self._visits.refused(request, failure_of(error))
            return found

        return answer

    async def _away(self, request: Request) -> Response:
        back = local_path(request.query_params.get("next", "/"))
        attempt = self._attempts.begin(back, int(self._clock()))
        try:
            address = await asyncio.to_thread(self._provider.address, attempt)
        except (Unreachable, NotTrusted) as error:
            raise Failure(503, f"{self._settings.title} cannot be used now: {error}") from error
        response = RedirectResponse(address, 303, {"Cache-Control": "no-store"})
        # Lax: the browser comes back from another site, and brings it along.
        response.set_cookie(
            self._name,
            attempt.cookie,
            max_age=LIFE_SECONDS,
            httponly=True,
            samesite="lax",
            secure=self._sessions.secure,
            path="/",
        )
        return response

    async def _back(self, request: Request) -> Response:
        try:
            response = await self._entered(request, self._attempt(request))
        except (BadAttempt, NotTrusted) as error:
            raise self._wrong(request, 401, str(error)) from error
        except Unreachable as error:
            raise Failure(503, f"{error}; a token still opens the door") from error
        response.delete_cookie(
            self._name, httponly=True, samesite="lax", secure=self._sessions.secure, path="/"
        )
        return response

    def _attempt(self, request: Request) -> Attempt:
        cookie = request.cookies.get(self._name, "")[:_LONGEST]
        state = request.query_params.get("state", "")
        return self._attempts.known(cookie, state, int(self._clock()))

    async def _entered(self, request: Request, attempt: Attempt) -> Response:
        query = request.query_params
        if "error" in query:
            raise NotTrusted(f"the provider says: {query['error']!r:.60}")
        if query.get("iss", self._settings.issuer) != self._settings.issuer:
            raise NotTrusted("the answer is another provider's")
        code = query.get("code", "")
        if not 0 < len(code) <= _LONGEST:
            raise NotTrusted("the provider gave no code")
        claims = await asyncio.to_thread(self._provider.claims, code, attempt)
        person = person_of(claims, self._settings.grants, self._settings.name)
        caller = caller_of(person, self._settings.grants)
        if caller is None:
            _LOG.warning("somebody without a role signed in", extra={"subject": person.subject})
            message = f"there is no role here for {person.name}: an administrator grants one"
            raise Failure(403, message)
        response = RedirectResponse(attempt.back, 303, {"Cache-Control": "no-store"})
        lasts = self._settings.lasts
        await self._sessions.begin_of(request, response, person, caller, lasts)
        return response

    def _wrong(self, request: Request, status: int, text: str) -> Failure:
        self._gate.count_try(address_of(request))
        return Failure(status, f"{text}. Please sign in again")
