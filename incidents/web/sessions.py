"""Sessions of browsers: begun with a token, ended by hand, with the token, or by time."""

import asyncio
import secrets
from functools import partial

from sothat.incidents.roles import Caller
from sothat.incidents.store.audit import DONE, Deed, record
from sothat.incidents.store.tokens import begin_session, end_session
from sothat.incidents.times import SECOND
from sothat.incidents.transaction import Transaction
from sothat.incidents.web.gate import digest_of
from sothat.incidents.writer import Writer
from starlette.requests import Request
from starlette.responses import Response

# A fortnight: a turn of duty, so that nobody looks for a token at night.
LIFE_SECONDS = 14 * 86_400


class Sessions:
    """Begins and ends sessions.

    Args:
        writer: Writes to the store.
        secure: Whether browsers reach the service by TLS only.
    """

    def __init__(self, writer: Writer, *, secure: bool) -> None:
        self._writer = writer
        self.secure = secure
        # The prefix keeps others who share the domain from setting it; it wants TLS.
        self._name = "__Host-sothat-session" if secure else "sothat-session"

    def cookie(self, request: Request) -> str:
        """Return a browser's cookie, empty if it has none."""
        return request.cookies.get(self._name, "")

    async def begin(self, response: Response, token: str, caller: Caller) -> None:
        """Begin a session of a token, and let the browser keep it.

        Raises:
            StoreUnavailable: It could not be kept here.
        """
        cookie = secrets.token_urlsafe(32)
        digests = (digest_of(cookie), digest_of(token))
        job = partial(_begin, digests=digests, caller=caller)
        await asyncio.wrap_future(self._writer.run(job))
        response.set_cookie(
            self._name,
            cookie,
            max_age=LIFE_SECONDS,
            httponly=True,
            samesite="strict",
            secure=self.secure,
            path="/",
        )

    async def end(self, request: Request, response: Response) -> None:
        """End a browser's session.

        Raises:
            StoreUnavailable: It could not be ended.
        """
        job = partial(end_session, digest=digest_of(self.cookie(request)))
        await asyncio.wrap_future(self._writer.run(job))
        response.delete_cookie(
            self._name, httponly=True, samesite="strict", secure=self.secure, path="/"
        )


def _begin(transaction: Transaction, digests: tuple[str, str], caller: Caller) -> None:
    begin_session(transaction, *digests, transaction.now + LIFE_SECONDS * SECOND)
    record(transaction, Deed(caller, "login"), DONE)
