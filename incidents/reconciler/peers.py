"""Asking Alertmanagers: bounded in time and size, whatever they answer."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import requests
from sothat.incidents.reconciler.patience import patience
from sothat.incidents.reconciler.view import (
    Known,
    NotV2,
    Silence,
    View,
    read_configuration,
    read_groups,
    read_silences,
    read_start,
    together,
)
from sothat.runtime.secrets import Secret
from urllib3.exceptions import HTTPError

_LOG = logging.getLogger(__name__)
_DEADLINE_SECONDS = 10.0
_CONNECT_SECONDS = 3.0
# 100,000 alerts with long annotations are about this large.
_LARGEST = 256 * 1024 * 1024
_PIECE = 64 * 1024


class PeerFailure(Exception):  # noqa: N818 – it is named for what it is
    """A peer gave no usable answer; the text says why, without the address."""


@dataclass(frozen=True, slots=True)
class Login:
    """What the peers want to see: a bearer token, or a user with a password, or nothing."""

    token: Secret | None = None
    username: str = ""
    password: Secret | None = None
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one peer said."""

    alerts: Mapping[str, Known]
    silences: Mapping[str, Silence]
    start: int
    patience: Mapping[str, float]


class Peers:
    """The Alertmanagers of one source."""

    def __init__(
        self, urls: Sequence[str], login: Login, clock: Callable[[], float] = monotonic
    ) -> None:
        self._urls = tuple(url.rstrip("/") for url in urls)
        self._login = login
        self._clock = clock
        self._failing: set[str] = set()

    @property
    def urls(self) -> Sequence[str]:
        """Return where they are."""
        return self._urls

    def view(self) -> tuple[View | None, Mapping[str, bool]]:
        """Return what all that answer say together (None: nobody does), and who answered."""
        answers: list[Answer] = []
        up: dict[str, bool] = {}
        for url in self._urls:
            answer = self._ask(url)
            up[url] = answer is not None
            if answer is not None:
                answers.append(answer)
        return (_together(answers, len(self._urls)) if answers else None), up

    def _ask(self, url: str) -> Answer | None:
        try:
            answer = self._answer(url)
        except PeerFailure as error:
            if url not in self._failing:
                _LOG.warning("an Alertmanager does not answer", extra={"reason": str(error)})
            self._failing.add(url)
            return None
        if url in self._failing:
            self._failing.discard(url)
            _LOG.info("the Alertmanager answers again")
        return answer

    def _answer(self, url: str) -> Answer:
        with self._session() as session:
            status = self._get(session, f"{url}/api/v2/status")
            silences = self._get(session, f"{url}/api/v2/silences")
            groups = self._get(session, f"{url}/api/v2/alerts/groups")
        try:
            return Answer(
                alerts=read_groups(groups),
                silences=read_silences(silences),
                start=read_start(status),
                patience=patience(read_configuration(status), len(self._urls)),
            )
        except NotV2 as error:
            raise PeerFailure(f"not Alertmanager's API version 2: {error}") from error

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        login = self._login
        if login.token is not None:
            session.headers["Authorization"] = f"Bearer {login.token.reveal()}"
        elif login.password is not None:
            session.auth = (login.username, login.password.reveal())
        if login.ca_file:
            session.verify = login.ca_file
        return session

    def _get(self, session: requests.Session, url: str) -> Any:
        end = self._clock() + _DEADLINE_SECONDS
        limits = (_CONNECT_SECONDS, _DEADLINE_SECONDS)
        try:
            with session.get(url, timeout=limits, stream=True, allow_redirects=False) as answer:
                if answer.status_code != requests.codes.ok:
                    raise PeerFailure(f"it answered {answer.status_code}")
                return json.loads(self._read(answer, end))
        except (requests.RequestException, HTTPError) as error:
            raise PeerFailure(type(error).__name__) from error
        except (ValueError, RecursionError) as error:
            raise PeerFailure("its answer is not JSON") from error

    def _read(self, answer: requests.Response, end: float) -> bytes:
        pieces = bytearray()
        # What has come, not a whole piece: a slow drip must not hide from the deadline.
        while piece := answer.raw.read1(_PIECE, decode_content=True):
            pieces += piece
            if len(pieces) > _LARGEST:
                raise PeerFailure(f"its answer is larger than {_LARGEST // 1024 // 1024} MiB")
            if self._clock() > end:
                raise PeerFailure(f"its answer took more than {_DEADLINE_SECONDS:g} s")
        return bytes(pieces)


def _together(answers: Sequence[Answer], peers: int) -> View:
    alerts: dict[str, Known] = {}
    silences: dict[str, Silence] = {}
    waits: dict[str, float] = {}
    for answer in answers:
        for fingerprint, known in answer.alerts.items():
            former = alerts.get(fingerprint)
            alerts[fingerprint] = together(former, known) if former else known
        silences.update(answer.silences)
        for receiver, wait in answer.patience.items():
            waits[receiver] = max(waits.get(receiver, 0.0), wait)
    return View(
        alerts=alerts,
        silences=silences,
        complete=len(answers) == peers,
        since=max(answer.start for answer in answers),
        patience=waits,
    )
