"""A log-in under way: what a browser holds until it comes back from the provider. Pure.

Nothing of it is kept here, so any replica may take the browser back: state, nonce and the verifier
of PKCE follow from the cookie and a key that the browser does not have.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sothat.runtime.secrets import Secret

LIFE_SECONDS = 600
_PARTS = 4


class BadAttempt(Exception):  # noqa: N818 – it is named for what it is
    """A browser comes back with what it was not sent away with, or too late; see the text."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A log-in under way.

    Attributes:
        cookie: What the browser holds.
        state: What the provider has to give back.
        nonce: What the ID token has to say.
        verifier: What proves to the provider that the code was asked for from here.
        back: Where the person wanted to go.
    """

    cookie: str
    state: str
    nonce: str
    verifier: str
    back: str

    @property
    def challenge(self) -> str:
        """Return what the provider compares the verifier with (S256)."""
        return _text(hashlib.sha256(self.verifier.encode()).digest())


class Attempts:
    """Begins log-ins, and knows them again.

    Args:
        key: The same for all replicas.
    """

    def __init__(self, key: Secret) -> None:
        # Derived, so that the same secret means nothing else elsewhere.
        self._key = hashlib.sha256(b"sothat log-in:" + key.reveal().encode()).digest()

    def begin(self, back: str, now: int) -> Attempt:
        """Return a new log-in.

        Args:
            back: Where the person wants to go.
            now: Seconds since 1970.
        """
        plain = f"{now + LIFE_SECONDS}.{secrets.token_urlsafe(24)}.{_text(back.encode())}"
        return self._attempt(f"{plain}.{self._mac('cookie', plain)}", back)

    def known(self, cookie: str, state: str, now: int) -> Attempt:
        """Return the log-in of a browser that comes back.

        Raises:
            BadAttempt: It is not the one that the provider speaks of, or too old.
        """
        plain, _, mac = cookie.rpartition(".")
        parts = cookie.split(".")
        if len(parts) != _PARTS or not hmac.compare_digest(
            mac.encode(), self._mac("cookie", plain).encode()
        ):
            raise BadAttempt("this browser has not begun to sign in here, or keeps no cookies")
        back = base64.urlsafe_b64decode(parts[2] + "=" * (-len(parts[2]) % 4)).decode()
        attempt = self._attempt(cookie, back)
        if not hmac.compare_digest(state.encode("utf-8", "replace"), attempt.state.encode()):
            raise BadAttempt("the answer belongs to another attempt to sign in")
        if now > int(parts[0]):
            raise BadAttempt("signing in took too long")
        return attempt

    def _attempt(self, cookie: str, back: str) -> Attempt:
        state, nonce, verifier = (self._mac(what, cookie) for what in ("state", "nonce", "pkce"))
        return Attempt(cookie, state, nonce, verifier, back)

    def _mac(self, what: str, text: str) -> str:
        message = f"{what}:{text}".encode("utf-8", "replace")
        return _text(hmac.new(self._key, message, "sha256").digest())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
