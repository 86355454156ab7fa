"""Who calls: by a token of the configuration or of the store, by a session, or nobody known.

What nobody can guess is looked up by its digest, at any time. A token of the configuration was
chosen by a person: it is compared with only while the address has not been wrong too often.
"""

import asyncio
import hashlib
import hmac
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

from sothat.incidents.roles import ANONYMOUS, CONFIGURED, Caller, Role
from sothat.incidents.store.tokens import find_token, token_of_session
from sothat.incidents.web.access import given_token
from sothat.incidents.web.problems import Failure
from sothat.incidents.web.tries import Tries
from sothat.runtime.secrets import Secret
from sqlalchemy import Connection, Engine
from starlette.requests import Request

_LOG = logging.getLogger(__name__)


def digest_of(text: str) -> str:
    """Return what is kept of a token or session."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Keys:
    """What the gate goes by.

    Attributes:
        configured: The token of the configuration; whoever shows it is an administrator.
        anonymous: What callers may who show nothing; None: nothing at all.
    """

    configured: Secret | None
    anonymous: Role | None


class Gate:
    """Tells callers by what they show.

    Args:
        keys: What it goes by.
        readers: The store.
        tries: Counts wrong tokens.
        clock: Nanoseconds since 1970.
        on_wrong: Called for each wrong token.
    """

    def __init__(
        self,
        keys: Keys,
        readers: Engine,
        tries: Tries,
        clock: Callable[[], int],
        on_wrong: Callable[[], None],
    ) -> None:
        self._keys = keys
        self._readers = readers
        self._tries = tries
        self._clock = clock
        self._on_wrong = on_wrong

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
        if wait := self._tries.wait(address):
            seconds = str(math.ceil(wait))
            raise Failure(
                429, "too many wrong tokens from this address", **{"Retry-After": seconds}
            )
        if self._is_configured(digest_of(token)):
            return _configured()
        self._tries.count(address)
        self._on_wrong()
        _LOG.warning("a wrong token", extra={"address": address})
        return None

    async def session(self, cookie: str) -> Caller | None:
        """Return whose a session is; None once it or its token has ended."""
        return await asyncio.to_thread(self._of_session, digest_of(cookie)) if cookie else None

    def _known(self, digest: str) -> Caller | None:
        with self._readers.connect() as connection:
            return _of_store(connection, digest)

    def _of_session(self, digest: str) -> Caller | None:
        with self._readers.connect() as connection:
            token = token_of_session(connection, digest, self._clock())
            if token is None:
                return None
            return _configured() if self._is_configured(token) else _of_store(connection, token)

    def _is_configured(self, digest: str) -> bool:
        token = self._keys.configured
        return token is not None and hmac.compare_digest(digest, digest_of(token.reveal()))


def _configured() -> Caller:
    return Caller(CONFIGURED, Role.ADMIN, personal=False)


def _of_store(connection: Connection, digest: str) -> Caller | None:
    token = find_token(connection, digest)
    return None if token is None else Caller(token.name, token.role)


def address_of(request: Request) -> str:
    """Return the address that a request comes from."""
    return request.client.host if request.client else ""
