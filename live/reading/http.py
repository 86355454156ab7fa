"""Alertmanager and Grafana over HTTP: bounded in time and size, failures told in words."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import requests
from sothat.model.problem import Problem, Unusable
from sothat.runtime.bodies import TooLarge, TooLate, read_body
from sothat.runtime.prometheus_access import Access, base_address, prepare
from urllib3.exceptions import HTTPError

MAX_BYTES = 64 * 1024 * 1024
_SHOWN = 300
_FORBIDDEN = (401, 403)
_NOT_FOUND = 404
_REDIRECT, _FAILURE = 300, 400


class ServerFailed(Unusable):
    """A server has not answered as asked.

    Attributes:
        status: The HTTP status; 0 where there was no answer at all.
    """

    def __init__(self, problem: Problem, status: int = 0) -> None:
        super().__init__([problem])
        self.status = status

    @property
    def reason(self) -> str:
        """Return the failure in words."""
        return self.problems[0].message

    @property
    def missing(self) -> bool:
        """Return whether there is no such thing on the server."""
        return self.status == _NOT_FOUND


class Api:
    """Talks to one server.

    Args:
        name: What people call it, such as ``Grafana``.
        url: Its address, with the prefix if there is one.
        access: What shows who asks.
        timeout: Seconds that one request may take in all.
        session: What the requests go through.
        clock: Seconds that only grow.

    Raises:
        Unusable: The address is none.
    """

    def __init__(
        self,
        name: str,
        url: str,
        access: Access | None = None,
        timeout: float = 30.0,
        session: requests.Session | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.url = base_address(url)
        self._timeout = timeout
        self._clock = clock
        self._session = session or requests.Session()
        prepare(self._session, access or Access())

    def get(self, path: str, **parameters: str | int) -> Any:
        """Return the JSON of a page.

        Raises:
            ServerFailed: It could not be had.
        """
        return self._json(self._sent("GET", path, params=parameters))

    def text(self, path: str) -> str:
        """Return the text of a page.

        Raises:
            ServerFailed: It could not be had.
        """
        return self._sent("GET", path).decode("utf-8", "replace")

    def send(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Any:
        """Send JSON, and return what the server answers.

        Raises:
            ServerFailed: It was not accepted.
        """
        return self._json(self._sent(method, path, json=content))

    def order(self, path: str) -> None:
        """Send a request without content, whose answer says nothing.

        Raises:
            ServerFailed: It was not accepted.
        """
        self._sent("POST", path)

    def odd(self, reason: str) -> ServerFailed:
        """Return what to say of an answer that is not that of such a server."""
        message = f"what answers at {self.url} is not {self.name}: {reason}"
        hint = "is this its address, with the prefix if it has one?"
        return ServerFailed(Problem("not-the-server", message, hint=hint), _FAILURE)

    def _json(self, body: bytes) -> Any:
        try:
            return orjson.loads(body) if body.strip() else None
        except ValueError as error:
            raise self.odd("its answer is no JSON") from error

    def _sent(self, method: str, path: str, **given: Any) -> bytes:
        end = self._clock() + self._timeout
        try:
            with self._session.request(
                method,
                f"{self.url}{path}",
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
                **given,
            ) as answer:
                body = read_body(answer, MAX_BYTES, lambda: self._clock() >= end)
                status = answer.status_code
        except (requests.Timeout, TooLate) as error:
            raise self._unreachable(f"no answer in {self._timeout:g} s") from error
        except TooLarge as error:
            raise self.odd(f"an answer of over {MAX_BYTES >> 20} MiB") from error
        except requests.exceptions.SSLError as error:
            raise self._unreachable("its certificate is not trusted") from error
        except (requests.RequestException, HTTPError, OSError) as error:
            raise self._unreachable("no connection") from error
        if status >= _REDIRECT:
            raise self._refusal(status, body)
        return body

    def _unreachable(self, reason: str) -> ServerFailed:
        message = f"no answer from {self.name} at {self.url}: {reason}"
        hint = "is it running, and is this its address?"
        return ServerFailed(Problem("server-unreachable", message, hint=hint))

    def _refusal(self, status: int, body: bytes) -> ServerFailed:
        if status in _FORBIDDEN:
            message = f"{self.name} at {self.url} does not let us do this: HTTP {status}"
            hint = "name a token, or a user with the password, that may"
            return ServerFailed(Problem("server-forbidden", message, hint=hint), status)
        if status < _FAILURE:
            return self.odd(f"it sends us elsewhere (HTTP {status})")
        text = " ".join(body[:_SHOWN].decode("utf-8", "replace").split())
        message = f"{self.name} at {self.url} refuses: HTTP {status} {text}".rstrip()
        return ServerFailed(Problem("server-refused", message), status)
