"""Who may ask: basic authentication, rate limit and headers as the web configuration has them."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import bcrypt
from sothat.model.problem import Unusable
from sothat.runtime.web_config import RateLimit, WebConfig

# Compared with when a user is not known, so that the time tells nobody which users there are.
_NOBODY = "$2b$10$Y2lVO9F1a8vR5n0pWcKXQeS0i4Ue4c3HhJm1l5T9yq8mK2Jv7bE6u"
_KEPT_ANSWERS = 100
# What bcrypt looks at; its libraries differ in what they do with more.
_MAX_PASSWORD = 72

Asgi = Callable[[Any, Any, Any], Any]


class Users:
    """Checks passwords; a hash takes a tenth of a second, so answers are kept."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._answers: dict[bytes, bool] = {}
        self._lock = threading.Lock()

    def known(self, users: Mapping[str, str], user: str, password: bytes) -> bool | None:
        """Return the answer if it is kept."""
        return self._answers.get(self._digest(users, user, password))

    def check(self, users: Mapping[str, str], user: str, password: bytes) -> bool:
        """Return whether the password is the user's; takes as long as bcrypt."""
        hashed = users.get(user, _NOBODY).encode("ascii")
        right = bcrypt.checkpw(password[:_MAX_PASSWORD], hashed) and user in users
        with self._lock:
            if len(self._answers) >= _KEPT_ANSWERS:
                self._answers.pop(next(iter(self._answers)))
            self._answers[self._digest(users, user, password)] = right
        return right

    def _digest(self, users: Mapping[str, str], user: str, password: bytes) -> bytes:
        text = b"\0".join([user.encode(), users.get(user, "").encode(), password])
        return hmac.digest(self._key, text, hashlib.sha256)


class Bucket:
    """Lets a request through an interval, and some at once."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._full_at = 0.0

    def take(self, limit: RateLimit) -> bool:
        """Return whether there is one more request to be had."""
        now = self._clock()
        full_at = max(self._full_at, now) + limit.interval
        if full_at - now > limit.interval * limit.burst:
            return False
        self._full_at = full_at
        return True


class Guard:
    """ASGI: what stands before an application.

    Args:
        app: What is guarded.
        config: The configuration at the moment; raises `Unusable`.
    """

    def __init__(self, app: Asgi, config: Callable[[], WebConfig]) -> None:
        self._app = app
        self._config = config
        self._users = Users()
        self._bucket = Bucket(time.monotonic)
        # Two at a time: guesses at passwords must not take the machine away from what it does.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="password")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            config = self._config()
        except Unusable:
            await _answer(send, 500, b"the web configuration cannot be used\n")
            return
        await self._guarded(config, scope, receive, _with_headers(send, config.headers or {}))

    async def _guarded(self, config: WebConfig, scope: Any, receive: Any, send: Any) -> None:
        if config.rate_limit and not self._bucket.take(config.rate_limit):
            await _answer(send, 429, b"too many requests\n")
        elif config.users and not await self._is_user(config.users, scope):
            challenge = (b"www-authenticate", b'Basic realm="sothat", charset="UTF-8"')
            await _answer(send, 401, b"unauthorized\n", challenge)
        else:
            await self._app(scope, receive, send)

    async def _is_user(self, users: Mapping[str, str], scope: Any) -> bool:
        found = credentials(dict(scope["headers"]).get(b"authorization", b""))
        if found is None:
            return False
        known = self._users.known(users, *found)
        if known is not None:
            return known
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._users.check, users, *found)


def credentials(header: bytes) -> tuple[str, bytes] | None:
    """Return user and password of a header for basic authentication; None when it is none."""
    scheme, _, encoded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return (user.decode("utf-8"), password) if colon else None
    except (binascii.Error, UnicodeDecodeError):
        return None


def _with_headers(send: Any, headers: Mapping[str, str]) -> Any:
    added = [
        (name.lower().encode("ascii"), value.encode("ascii")) for name, value in headers.items()
    ]

    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *added]}
        await send(message)

    return sending


async def _answer(send: Any, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    shown = [(b"content-type", b"text/plain; charset=utf-8"), *headers]
    shown.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": shown})
    await send({"type": "http.response.body", "body": body})
