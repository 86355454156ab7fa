"""A cloud project: who may ask, how often, and what has been asked. Pure but for its clock."""

import hashlib
import hmac
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sothat.simulator.cloud.things import Thing

_MAX_SKEW_SECONDS = 300
_MAX_NONCES = 10_000
# The error codes that this cloud answers; the words are Tuya's.
WORDS: Mapping[int, str] = {
    500: "system error, please contact the admin",
    1004: "sign invalid",
    1005: "clientId invalid",
    1010: "token is expired",
    1011: "token invalid",
    1013: "request time is invalid",
    1106: "permission deny",
    1108: "uri path invalid",
    1109: "param is illegal, please check it",
    1110: "concurrent request over limit",
    2007: "your ip don't have access to this API",
    2009: "not support this device",
    28841002: "No permissions. Your subscription to cloud development plan has expired.",
    28841004: "No permissions. The quota of your trial edition is used up.",
}


class Refused(Exception):  # noqa: N818 – it is named for what has happened
    """A call that the cloud refuses with a code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(WORDS.get(code, "unknown error"))


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came.

    Attributes:
        address: Path and query, the values decoded: as they are signed.
        headers: By lower-case name.
    """

    method: str
    address: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(slots=True)
class Project:
    """One project of the simulated cloud.

    Attributes:
        clock: Gives the cloud's time in epoch seconds.
        quota: Calls that are answered, all together; None: no end.
        rate: Calls a second.
        token_seconds: How long a token lasts.
        failing: Codes that the next calls are refused with.
    """

    access_id: str
    secret: str
    clock: Callable[[], float]
    things: dict[str, Thing] = field(default_factory=dict)
    quota: int | None = None
    rate: int = 500
    token_seconds: int = 7200
    expired_plan: bool = False
    failing: deque[int] = field(default_factory=deque)
    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    _nonces: deque[str] = field(default_factory=deque)
    _recent: deque[float] = field(default_factory=deque)
    _issued: int = 0

    @property
    def spent(self) -> int:
        """Return how many calls count for the quota: all that came, refused ones too."""
        return self.calls.total()

    def know(self, things: Iterable[Thing]) -> None:
        """Add devices."""
        self.things |= {thing.id: thing for thing in things}

    def admit(self, asked: Asked, endpoint: str) -> None:
        """Let a call in, or refuse it as the cloud does.

        Raises:
            Refused: With the code.
        """
        self.calls[endpoint] += 1
        try:
            self._check(asked, token_call=endpoint == "token")
        except Refused as error:
            self.refused[error.code] += 1
            raise

    def grant(self) -> dict[str, object]:
        """Return a token: the one in force, or a new one."""
        for access, (refresh, ends) in self.tokens.items():
            if ends > self.clock():
                return self._shown(access, refresh, ends)
        return self._issue()

    def renew(self, refresh: str) -> dict[str, object]:
        """Return a new token for a refresh token, which works once; the old one ends.

        Raises:
            Refused: There is none such.
        """
        for access, (known, _) in list(self.tokens.items()):
            if known == refresh:
                del self.tokens[access]
                return self._issue()
        raise Refused(1011)

    def _check(self, asked: Asked, *, token_call: bool) -> None:
        if asked.headers.get("client_id") != self.access_id:
            raise Refused(1005)
        self._check_time(asked.headers.get("t", ""))
        token = "" if token_call else asked.headers.get("access_token", "")
        self._check_signature(asked, token)
        self._check_rate()
        if self.failing:
            raise Refused(self.failing.popleft())
        if self.expired_plan:
            raise Refused(28841002)
        if self.quota is not None and self.spent > self.quota:
            raise Refused(28841004)
        if not token_call:
            self._check_token(token)

    def _check_time(self, text: str) -> None:
        if not text.isdecimal() or abs(int(text) / 1000 - self.clock()) > _MAX_SKEW_SECONDS:
            raise Refused(1013)

    def _check_signature(self, asked: Asked, token: str) -> None:
        heads = asked.headers
        nonce = heads.get("nonce", "")
        lines = (asked.method, hashlib.sha256(asked.body).hexdigest(), "", asked.address)
        text = self.access_id + token + heads["t"] + nonce + "\n".join(lines)
        wanted = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest().upper()
        if not hmac.compare_digest(wanted, heads.get("sign", "")) or nonce in self._nonces:
            raise Refused(1004)
        if nonce:
            self._nonces.append(nonce)
        if len(self._nonces) > _MAX_NONCES:
            self._nonces.popleft()

    def _check_rate(self) -> None:
        now = self.clock()
        while self._recent and now - self._recent[0] >= 1:
            self._recent.popleft()
        self._recent.append(now)
        if len(self._recent) > self.rate:
            raise Refused(1110)

    def _check_token(self, token: str) -> None:
        if token not in self.tokens:
            raise Refused(1011)
        if self.tokens[token][1] <= self.clock():
            raise Refused(1010)

    def _issue(self) -> dict[str, object]:
        self._issued += 1
        access, refresh = f"access-{self._issued:028}", f"refresh-{self._issued:027}"
        ends = self.clock() + self.token_seconds
        self.tokens[access] = (refresh, ends)
        return self._shown(access, refresh, ends)

    def _shown(self, access: str, refresh: str, ends: float) -> dict[str, object]:
        left = int(ends - self.clock())
        return {"access_token": access, "refresh_token": refresh, "expire_time": left, "uid": "bay"}
