"""Signed calls over requests: deadlines and retries of our own, each call on the budget."""

import json
import math
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from sothat.exporters.clock import Clock, Deadline
from sothat.exporters.histogram import Histogram
from sothat.exporters.tuya_cloud.budget import Budget
from sothat.exporters.tuya_cloud.contract import DURATIONS, SECONDS
from sothat.exporters.tuya_cloud.errors import CloudFailed, Kind, failure, transport
from sothat.exporters.tuya_cloud.signing import Call, Credentials, headers
from sothat.runtime.bodies import TooLarge, TooLate, read_body
from urllib3.exceptions import HTTPError

_TOKEN_PATH = "/v1.0/token"  # noqa: S105 – an address
# A token is renewed that long before it ends, so that no call meets its end on the way.
_TOKEN_MARGIN = 300.0
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 10.0
_MAX_BODY = 8 * 1024 * 1024
_ATTEMPTS = 3
_RETRY_SECONDS = 1.0
# The cloud has said that further calls are in vain: none is made meanwhile.
_HOLDS: Mapping[Kind, float] = {
    Kind.QUOTA: 6 * 3600.0,
    Kind.PLAN: 6 * 3600.0,
    Kind.CREDENTIALS: 3600.0,
}
_OK = 200
_SERVER_ERRORS = 500


@dataclass(frozen=True, slots=True)
class Token:
    """An access token.

    Attributes:
        expires_at: In seconds since the epoch.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: float


@dataclass(slots=True)
class Counts:
    """What a client has done since its start."""

    requests: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    durations: Histogram = field(default_factory=lambda: Histogram(DURATIONS, SECONDS))


class Client:
    """One cloud project. For one thread at a time; its counts may be read from any.

    Args:
        base: ``https://HOST`` of the region.
        credentials: Of the project.
        budget: Asked before each call.
        clock: Time.
        pause: Waits for so many seconds.
    """

    def __init__(
        self,
        base: str,
        credentials: Credentials,
        budget: Budget,
        clock: Clock,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self.budget = budget
        self.counts = Counts()
        self.token: Token | None = None
        self.skew = 0.0
        self.succeeded_at: float | None = None
        self._held_until = -math.inf
        self.held_for = ""
        self._base = base
        self._credentials = credentials
        self._clock = clock
        self._pause = pause
        self._session = requests.Session()
        # A proxy of the environment is used as requests does; redirects and cookies are not.
        self._session.max_redirects = 0
        self._lock = threading.Lock()

    @property
    def held(self) -> bool:
        """Return whether nothing is asked, for the cloud has said that it would be in vain."""
        return self._clock.monotonic() < self._held_until

    def get(
        self,
        endpoint: str,
        path: str,
        query: Mapping[str, str],
        deadline: Deadline,
        *,
        urgent: bool = False,
    ) -> Any:
        """Return the result of a call.

        Args:
            endpoint: What is asked, for the counts.
            path: From ``/v1.0`` on.
            query: Values by name.
            deadline: By when, retries included.
            urgent: Whether the budget's reserve may be used.

        Raises:
            CloudFailed: It has no result.
        """
        with self._lock:
            call = Call("GET", path, query)
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    return self._signed(endpoint, call, deadline, urgent=urgent)
                except CloudFailed as error:
                    self._note(error)
                    if attempt == _ATTEMPTS or not self._worth_a_retry(error, attempt, deadline):
                        raise
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def _worth_a_retry(self, error: CloudFailed, attempt: int, deadline: Deadline) -> bool:
        """Return whether to try again, having done what may help."""
        if error.kind is Kind.TOKEN:
            self.token = None
            return attempt == 1
        if error.kind is Kind.CLOCK:
            return attempt == 1  # the answer has set our clock
        if error.kind not in (Kind.TRANSPORT, Kind.SERVER, Kind.RATE):
            return False
        wait = _RETRY_SECONDS * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311 – a pause
        if deadline.remaining() <= wait:
            return False
        self._pause(wait)
        return True

    def _signed(self, endpoint: str, call: Call, deadline: Deadline, *, urgent: bool) -> Any:
        return self._made(endpoint, call, self._valid_token(deadline), deadline, urgent=urgent)

    def _valid_token(self, deadline: Deadline) -> str:
        token, now = self.token, self._clock.time()
        if token is None or token.expires_at <= now:
            token = self._granted(deadline)
        elif token.expires_at - now < _TOKEN_MARGIN:
            token = self._renewed(token, deadline)
        self.token = token
        return token.access

    def _granted(self, deadline: Deadline) -> Token:
        call = Call("GET", _TOKEN_PATH, {"grant_type": "1"})
        return self._as_token(self._made("token", call, "", deadline, urgent=True))

    def _renewed(self, token: Token, deadline: Deadline) -> Token:
        """Return a new token; the old one ends with it."""
        call = Call("GET", f"{_TOKEN_PATH}/{token.refresh}", {})
        try:
            return self._as_token(self._made("token", call, "", deadline, urgent=True))
        except CloudFailed as error:
            if error.kind in (Kind.BUDGET, Kind.TRANSPORT, Kind.RATE):
                raise
            self._note(error)
            return self._granted(deadline)

    def _as_token(self, result: Any) -> Token:
        try:
            seconds = float(result["expire_time"])
            access, refresh = result["access_token"], result["refresh_token"]
        except (KeyError, TypeError, ValueError):
            raise transport("the cloud's token is of no known form") from None
        if not (isinstance(access, str) and isinstance(refresh, str) and access):
            raise transport("the cloud's token is of no known form")
        return Token(access, refresh, self._clock.time() + seconds)

    def _made(
        self, endpoint: str, call: Call, token: str, deadline: Deadline, *, urgent: bool
    ) -> Any:
        """Make one call, once."""
        now = self._clock.time()
        if self.held:
            raise self._refused(
                endpoint, f"the cloud has said {self.held_for}: not asked meanwhile"
            )
        if deadline.expired():
            raise transport("no time left for the call")
        if not self.budget.spend(now, urgent=urgent):
            raise self._refused(endpoint, "the budget of calls allows none at this moment")
        self.counts.requests[endpoint] += 1
        milliseconds = int((now + self.skew) * 1000)
        head = headers(call, self._credentials, milliseconds, uuid.uuid4().hex, token)
        begun = self._clock.monotonic()
        try:
            status, body = self._sent(call, head, deadline)
        finally:
            self.counts.durations.observe(self._clock.monotonic() - begun)
        return self._result(status, body)

    def _refused(self, endpoint: str, why: str) -> CloudFailed:
        self.counts.refused[endpoint] += 1
        return CloudFailed(Kind.BUDGET, Kind.BUDGET.value, why)

    def _sent(self, call: Call, head: Mapping[str, str], deadline: Deadline) -> tuple[int, bytes]:
        # No error's own text is passed on: it has the address in it, and with it a refresh token.
        try:
            left = deadline.remaining()
            with self._session.get(
                self._base + call.address,
                headers=head,
                timeout=(min(_CONNECT_SECONDS, left), min(_READ_SECONDS, left)),
                allow_redirects=False,
                stream=True,
            ) as answer:
                return answer.status_code, _read(answer, deadline)
        except (requests.RequestException, HTTPError) as error:
            raise transport(f"no answer: {type(error).__name__}") from None

    def _result(self, status: int, body: bytes) -> Any:
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            kind = Kind.SERVER if status >= _SERVER_ERRORS else Kind.TRANSPORT
            raise CloudFailed(kind, "http", f"HTTP {status} with no JSON of the cloud's form")
        self._set_clock(answer.get("t"))
        if answer.get("success") is not True:
            raise failure(answer.get("code"))
        if status != _OK:
            raise transport(f"HTTP {status}")
        self.succeeded_at = self._clock.time()
        return answer.get("result")

    def _set_clock(self, milliseconds: Any) -> None:
        if (
            isinstance(milliseconds, int)
            and not isinstance(milliseconds, bool)
            and milliseconds > 0
        ):
            self.skew = milliseconds / 1000 - self._clock.time()

    def _note(self, error: CloudFailed) -> None:
        if error.kind is Kind.BUDGET:
            return
        self.counts.errors[error.kind.value, error.code] += 1
        if error.kind in _HOLDS:
            self._held_until = self._clock.monotonic() + _HOLDS[error.kind]
            self.held_for = error.kind.value


def _read(answer: requests.Response, deadline: Deadline) -> bytes:
    """Return the body: a server that drips, or never ends, is given up."""
    try:
        return read_body(answer, _MAX_BODY, deadline.expired)
    except TooLarge:
        raise transport(f"an answer of more than {_MAX_BODY >> 20} MiB") from None
    except TooLate:
        raise transport("the answer did not end in time") from None
