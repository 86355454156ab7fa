"""Sessions of browsers: begun with a token or at a provider; ended by hand, with it, or by time."""

import asyncio
import secrets
from functools import partial

from sothat.incidents.access.grants import Person
from sothat.incidents.roles import Caller
from sothat.incidents.settings.sessions import DEFAULT, SessionRules
from sothat.incidents.store import sessions as store
from sothat.incidents.store.audit import DONE, Deed, record
from sothat.incidents.store.sessions import Session
from sothat.incidents.times import SECOND
from sothat.incidents.transaction import Transaction
from sothat.incidents.web.gate import digest_of
from sothat.incidents.writer import Writer
from starlette.requests import Request
from starlette.responses import Response


class Sessions:
    """Begins and ends sessions.

    Args:
        writer: Writes to the store.
        rules: When they end.
        secure: Whether browsers reach the service by TLS only.
    """

    def __init__(self, writer: Writer, rules: SessionRules = DEFAULT, *, secure: bool) -> None:
        self._writer = writer
        self._rules = rules
        self.secure = secure
        # The prefix keeps others who share the domain from setting it; it wants TLS.
        self._name = "__Host-sothat-session" if secure else "sothat-session"

    def cookie(self, request: Request) -> str:
        """Return a browser's cookie, empty if it has none."""
        return request.cookies.get(self._name, "")

    async def begin(self, request: Request, response: Response, token: str, caller: Caller) -> None:
        """Begin a session of a token, and let the browser keep it.

        Raises:
            StoreUnavailable: It could not be kept here.
        """
        session = Session(digest_of(token), None, self._rules.lasts)
        await self._begin(request, response, session, caller)

    async def begin_of(
        self, request: Request, response: Response, person: Person, caller: Caller, lasts: int
    ) -> None:
        """Begin a session of a person whom a provider has identified.

        Raises:
            StoreUnavailable: It could not be kept here.
        """
        session = Session("", person, min(lasts, self._rules.lasts))
        await self._begin(request, response, session, caller)

    async def _begin(
        self, request: Request, response: Response, session: Session, caller: Caller
    ) -> None:
        # Always a new one, and the former one ends: one that was put here before is void.
        cookie, former = secrets.token_urlsafe(32), self.cookie(request)

        def keep(transaction: Transaction) -> None:
            if former:
                store.end(transaction, digest_of(former))
            until = transaction.now + session.expires_at
            own = Session(session.token, session.person, until)
            store.begin(transaction, digest_of(cookie), own, self._rules.idle)
            record(transaction, Deed(caller, "login"), DONE)

        await asyncio.wrap_future(self._writer.run(keep))
        response.set_cookie(
            self._name,
            cookie,
            max_age=session.expires_at // SECOND,
            httponly=True,
            samesite="strict",
            secure=self.secure,
            path="/",
        )

    def used(self, digest: str) -> None:
        """Note that a session is used; what cannot be noted now, the next use is."""
        self._writer.run(partial(store.use, digest=digest))

    async def end(self, request: Request, response: Response, caller: Caller | None) -> None:
        """End a browser's session.

        Raises:
            StoreUnavailable: It could not be ended.
        """
        digest = digest_of(self.cookie(request))

        def forget(transaction: Transaction) -> None:
            store.end(transaction, digest)
            if caller is not None:
                record(transaction, Deed(caller, "logout"), DONE)

        await asyncio.wrap_future(self._writer.run(forget))
        response.delete_cookie(
            self._name, httponly=True, samesite="strict", secure=self.secure, path="/"
        )
