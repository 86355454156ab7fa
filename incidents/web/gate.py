"""Who calls: by a token of the configuration or of the store, by a session, or nobody known.

What nobody can guess is looked up by its digest, at any time. A token of the configuration was
chosen by a person: it is compared with only while the address has not been wrong too often.
"""

import asyncio
import hashlib
import hmac
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sothat.incidents.access.grants import Grant, caller_of
from sothat.incidents.commands import NoSuchIncident
from sothat.incidents.roles import ANONYMOUS, CONFIGURED, Caller, Role
from sothat.incidents.settings.sessions import DEFAULT, SessionRules
from sothat.incidents.store import sessions
from sothat.incidents.store.narrowing import visible
from sothat.incidents.store.tokens import find_token
from sothat.incidents.web.access import given_token
from sothat.incidents.web.models import LARGEST_ID
from sothat.incidents.web.problems import Failure
from sothat.incidents.web.scoped import Scoped
from sothat.incidents.web.tries import Tries
from sothat.runtime.secrets import Secret
from sqlalchemy import Connection, Engine
from starlette.requests import Request

_LOG = logging.getLogger(__name__)
# A session's use is noted so many times within the time after which it ends unused.
_FRESH_PARTS = 64


def digest_of(text: str) -> str:
    """Return what is kept of a token or session."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Keys:
    """What the gate goes by.

    Attributes:
        configured: The token of the configuration; whoever shows it is an administrator.
        anonymous: What callers may who show nothing; None: nothing at all.
        client_label: The label that names the client.
        grants: What those may whom a provider has identified.
        session: When sessions end.
    """

    configured: Secret | None
    anonymous: Role | None
    client_label: str = "client"
    grants: tuple[Grant, ...] = ()
    session: SessionRules = DEFAULT


class Gate:
    """Tells callers by what they show.

    Args:
        keys: What it goes by.
        readers: The store.
        tries: Counts wrong tokens.
        clock: Nanoseconds since 1970.
        on_wrong: Called for each wrong token.
        on_use: Called with the digest of a session that is used, now and then.
    """

    def __init__(
        self,
        keys: Keys,
        readers: Engine,
        tries: Tries,
        clock: Callable[[], int],
        on_wrong: Callable[[], None],
        on_use: Callable[[str], None] = lambda _digest: None,
    ) -> None:
        self._keys = keys
        self._readers = readers
        self._tries = tries
        self._clock = clock
        self._on_wrong = on_wrong
        self._on_use = on_use

    async def caller(self, request: Request) -> Caller | None:
        """Return who a request comes from, by the token that it carries; None: nobody known.

        Raises:
            Failure: The address has been wrong too often.
        """
        token = given_token(request)
        found = await self.bearer(token, address_of(request)) if token else None
        return found or self.anonymous()

    def anonymous(self) -> Caller | None:
        """Return who somebody is that shows nothing."""
        role = self._keys.anonymous
        return None if role is None else Caller(ANONYMOUS, role, personal=False)

    async def bearer(self, token: str, address: str) -> Caller | None:
        """Return whose a token is.

        Raises:
            Failure: The address has been wrong too often.
        """
        found = await asyncio.to_thread(self._known, digest_of(token))
        if found is not None:
            return found
        self.require_tries(address)
        if self._is_configured(digest_of(token)):
            return _configured()
        self.count_try(address)
        _LOG.warning("a wrong token", extra={"address": address})
        return None

    def require_tries(self, address: str) -> None:
        """Let nobody try any further who was wrong too often.

        Raises:
            Failure: The address has been.
        """
        if wait := self._tries.wait(address):
            seconds = str(math.ceil(wait))
            raise Failure(
                429, "too many wrong tokens from this address", **{"Retry-After": seconds}
            )

    def count_try(self, address: str) -> None:
        """Count a try that was wrong."""
        self._tries.count(address)
        self._on_wrong()

    async def session(self, cookie: str) -> Caller | None:
        """Return whose a session is; None once it or its token has ended."""
        return await asyncio.to_thread(self._of_session, digest_of(cookie)) if cookie else None

    async def admit(self, caller: Caller, scoped: Scoped | None, place: Mapping[str, Any]) -> None:
        """Let a caller come to an answer only if it is about something within the caller's scope.

        Args:
            caller: Who asks.
            scoped: What of the answer there is for a caller who does not see everything.
            place: What the path names.

        Raises:
            Failure, NoSuchIncident: For this caller there is nothing here.
        """
        if not caller.scope.limited or scoped in (Scoped.NARROWED, Scoped.OPEN):
            return
        if scoped is not Scoped.INCIDENT:
            raise Failure(404, "there is nothing of this kind here")
        number = int(place["id"])
        if number > LARGEST_ID or not await asyncio.to_thread(self._sees, caller, number):
            raise NoSuchIncident(f"there is no incident {number}")

    def _sees(self, caller: Caller, number: int) -> bool:
        with self._readers.connect() as connection:
            return number in visible(connection, [number], caller.scope)

    def _known(self, digest: str) -> Caller | None:
        with self._readers.connect() as connection:
            return self._of_store(connection, digest)

    def _of_session(self, digest: str) -> Caller | None:
        with self._readers.connect() as connection:
            now, idle = self._clock(), self._keys.session.idle
            found = sessions.find(connection, digest, now, idle)
            if found is None:
                return None
            if now - found.seen_at > idle // _FRESH_PARTS:
                self._on_use(digest)
            if found.person is not None:
                return caller_of(found.person, self._keys.grants)
            if self._is_configured(found.token):
                return _configured()
            return self._of_store(connection, found.token)

    def _of_store(self, connection: Connection, digest: str) -> Caller | None:
        token = find_token(connection, digest, self._keys.client_label)
        return None if token is None else Caller(token.name, token.role, scope=token.scope)

    def _is_configured(self, digest: str) -> bool:
        token = self._keys.configured
        return token is not None and hmac.compare_digest(digest, digest_of(token.reveal()))


def _configured() -> Caller:
    return Caller(CONFIGURED, Role.ADMIN, personal=False)


def address_of(request: Request) -> str:
    """Return the address that a request comes from."""
    return request.client.host if request.client else ""
