"""Alertmanager's API of silences, over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass

import requests
from sothat.maintenance.silences import Changes, Silence, parse_silences
from sothat.model.problem import Unusable, unusable

_TIMEOUT = 10.0
_OK = 200
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """One server, or the address of one of a cluster.

    Attributes:
        url: Its address with the prefix, if there is one.
        session: What requests go through; carries credentials.
    """

    url: str
    session: requests.Session

    def silences(self) -> Sequence[Silence]:
        """Return the silences of ours that are not over.

        Raises:
            Unusable: They could not be had.
        """
        answer = self._ask("GET", "/api/v2/silences")
        try:
            return tuple(parse_silences(answer.json()))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._failed("the answer is not that of Alertmanager's API v2") from error

    def carry_out(self, changes: Changes) -> None:
        """Set first, then expire: what should be muted is so at each moment.

        Raises:
            Unusable: Alertmanager refused, or did not answer.
        """
        for silence in changes.to_set:
            self._ask("POST", "/api/v2/silences", json=silence.body())
        for silence in changes.to_expire:
            self._ask("DELETE", f"/api/v2/silence/{silence.id}")

    def _ask(self, method: str, path: str, **body: object) -> requests.Response:
        url = self.url.rstrip("/") + path
        try:
            answer = self.session.request(method, url, timeout=_TIMEOUT, **body)  # type: ignore[arg-type]
        except requests.RequestException as error:
            raise self._failed("no answer") from error
        if answer.status_code != _OK:
            raise self._failed(f"it answers {answer.status_code}: {answer.text[:200].strip()}")
        return answer

    def _failed(self, reason: str) -> Unusable:
        message = f"Alertmanager at {self.url}: {reason}"
        return unusable("alertmanager-failed", message, hint="is this its address?")
