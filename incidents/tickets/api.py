"""Asking a ticket system over HTTP: bounded in time and size, and no secret gets out of it."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth
from sothat.incidents.notification import Rejected, Retry
from sothat.incidents.posting import may_have_arrived, retry_after
from sothat.incidents.tickets.marks import mark_of
from sothat.incidents.tickets.tracker import Changes, Denied, Missing, Touched, Trouble
from sothat.incidents.times import SECOND, seconds
from sothat.runtime.bodies import TooLarge, TooLate, read_body
from sothat.runtime.secrets import Secret
from urllib3.exceptions import HTTPError

_CONNECT_SECONDS = 5.0
# A ticket with some thousand comments is smaller.
_LARGEST = 16 * 1024 * 1024
_MOST_WORDS = 300
# How many entries a page of a list has, and how many pages are read at once.
PER_PAGE = 100
_MOST_PAGES = 10
_DENIED = (401, 403)
_GONE = (404, 410)
_LATER = (408, 409, 423, 425, 429)
# What says that there was too much: some systems say Forbidden.
_THROTTLED = (403, 429)
# How long it is left alone where it does not say itself when it has had too much.
_BREATH_SECONDS = 60.0


class TokenAuth(AuthBase):
    """A header with a token; as an object, so that no netrc file gets in its way."""

    def __init__(self, name: str, before: str, token: Secret) -> None:
        self._name = name
        self._value = f"{before}{token.reveal()}".encode()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request with the header."""
        request.headers[self._name] = self._value  # type: ignore[assignment]  # bytes are right
        return request


def password_auth(username: str, password: Secret) -> AuthBase:
    """Return a name and a password, as UTF-8."""
    return HTTPBasicAuth(username.encode(), password.reveal().encode())


@dataclass(frozen=True, slots=True)
class Page:
    """What an answer says.

    Attributes:
        data: The JSON value; None where there is no body.
        headers: By name, whatever its case.
    """

    data: Any
    headers: Mapping[str, str]


Throttled = Callable[[requests.Response, bytes], float | None]


def never(_response: requests.Response, _content: bytes) -> float | None:
    """Return None: a 403 never means that there was too much."""
    return None


class Api:
    """The JSON API of a system.

    Args:
        base: What all paths begin with.
        auth: Puts the credentials into a request.
        secrets: What must never be shown.
        headers: Of every request.
        timeout: Seconds that an answer may take.
        throttled: Returns for how long a system wants to be left alone that says 403 or 429 for
            it; None: 403 means just that, and of 429 the header tells.
        gap: Seconds from one change to the next.
        clock: Seconds since 1970.
    """

    def __init__(  # noqa: PLR0913 – one of each, all by name
        self,
        base: str,
        *,
        auth: AuthBase,
        secrets: Sequence[Secret],
        timeout: float,
        headers: Mapping[str, str] | None = None,
        throttled: Throttled = never,
        gap: float = 0.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._base = base.rstrip("/")
        self._auth = auth
        self._hidden = (*(one.reveal() for one in secrets), *_shown_by(auth))
        self._timeout = timeout
        self._throttled = throttled
        self._gap = gap
        self._next_change = 0.0
        self._clock = clock
        self._ahead = 0.0
        self._session = requests.Session()
        self._session.headers.update({"Accept": "application/json", **(headers or {})})

    @property
    def host(self) -> str:
        """Return who is asked."""
        return urlsplit(self._base).hostname or ""

    @property
    def now(self) -> int:
        """Return the moment by the clock of the system, as far as it has told, in nanoseconds."""
        return seconds(self._clock() + self._ahead)

    def get(self, path: str, **query: str | int) -> Any:
        """Return what is at a path.

        Raises:
            Trouble: It cannot be had.
        """
        return self.page(path, **query).data

    def page(self, path: str, **query: str | int) -> Page:
        """Return what is at a path, and the headers of the answer.

        Raises:
            Trouble: It cannot be had.
        """
        return self._ask("GET", path, query, None, {})

    def search(self, path: str, body: object) -> Any:
        """Return what is found; as `get`, though the question is a body.

        Raises:
            Trouble: It cannot be had.
        """
        return self._ask("POST", path, {}, body, {}, changes=False).data

    def write(self, method: str, path: str, body: object, **headers: str) -> Any:
        """Change something, and return what is answered.

        Raises:
            Trouble: It was not done, or nobody knows.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        time.sleep(max(0.0, self._next_change - monotonic()))
        self._next_change = monotonic() + self._gap
        return self._ask(method, path, {}, body, named).data

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int],
        body: object,
        headers: Mapping[str, str],
        *,
        changes: bool | None = None,
    ) -> Page:
        unsure = method != "GET" if changes is None else changes
        end = monotonic() + self._timeout
        try:
            with self._session.request(
                method,
                self._base + path,
                params=query,
                json=_clean(body),
                headers=headers,
                auth=self._auth,
                timeout=(min(_CONNECT_SECONDS, self._timeout), self._timeout),
                stream=True,
                allow_redirects=False,
            ) as response:
                self._set_clock(response)
                content = read_body(response, _LARGEST, lambda: monotonic() > end)
                self._judge(response, content, unsure=unsure)
                return Page(_parsed(content, unsure=unsure), response.headers)
        except (requests.RequestException, HTTPError) as error:
            # The error's own text may hold the URL, and what is in it.
            reason = f"no answer: {type(error).__name__}"
            raise Trouble(Retry(reason, unsure=unsure and may_have_arrived(error))) from None
        except (TooLate, TooLarge) as error:
            reason = f"no usable answer: {type(error).__name__}"
            raise Trouble(Retry(reason, unsure=unsure)) from None

    def _set_clock(self, response: requests.Response) -> None:
        with suppress(ValueError):
            told = parsedate_to_datetime(response.headers.get("Date", ""))
            self._ahead = told.timestamp() - self._clock()

    def _judge(self, response: requests.Response, content: bytes, *, unsure: bool) -> None:
        """Raise what an answer other than 2xx means."""
        code = response.status_code
        if 200 <= code < 300:  # noqa: PLR2004 – the class of status codes
            return
        reason = f"it answered {code}{self._words(content)}"
        breath = self._throttled(response, content) if code in _THROTTLED else None
        if breath is not None:
            raise Trouble(Retry(reason, breath))
        if code in _DENIED:
            raise Trouble(Denied(reason))
        if code in _GONE:
            raise Trouble(Missing(reason))
        if code in _LATER:
            after = retry_after(response.headers) or (
                _BREATH_SECONDS if code in _THROTTLED else None
            )
            raise Trouble(Retry(reason, after))
        if code >= 500:  # noqa: PLR2004 – likewise
            raise Trouble(Retry(reason, retry_after(response.headers), unsure=unsure))
        raise Trouble(Rejected(reason))

    def _words(self, content: bytes) -> str:
        """Return what a system says of a failure, without our secrets and what is no text."""
        words = "; ".join(_texts(_loaded(content)))[:_MOST_WORDS]
        for secret in self._hidden:
            words = words.replace(secret, "…")
        shown = "".join(c if c.isprintable() else " " for c in words)
        return f": {shown}" if shown else ""


def _shown_by(auth: AuthBase) -> Iterator[str]:
    """Yield what credentials look like in a request: a system may repeat that, too."""
    request = requests.Request("GET", "https://example.org").prepare()
    before = dict(request.headers)
    for name, value in auth(request).headers.items():
        if name not in before:
            told: str | bytes = value
            text = told.decode("utf-8", "replace") if isinstance(told, bytes) else told
            yield text.rpartition(" ")[2]


def _parsed(content: bytes, *, unsure: bool) -> Any:
    if not content.strip():
        return None
    found = _loaded(content)
    if found is None:
        # Somebody in between has answered: what was asked for may have been done or not.
        raise Trouble(Retry("its answer is not JSON", unsure=unsure))
    return found


def _loaded(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _texts(node: Any, depth: int = 4) -> Sequence[str]:
    """Return the texts in a JSON value, each with the name of its field."""
    if isinstance(node, str):
        return [node] if node else []
    if depth and isinstance(node, list):
        return [text for one in node[:10] for text in _texts(one, depth - 1)]
    if depth and isinstance(node, dict):
        pairs = ((name, text) for name, one in node.items() for text in _texts(one, depth - 1))
        return [f"{name}: {text}" for name, text in pairs]
    return []


def _clean(node: Any) -> Any:
    """Return a JSON value whose texts are valid UTF-8, without NUL, which databases refuse."""
    if isinstance(node, str):
        return node.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(node, Mapping):
        return {name: _clean(inner) for name, inner in node.items()}
    if isinstance(node, list | tuple):
        return [_clean(inner) for inner in node]
    return node


def text_of(node: Any, *path: str | int) -> str:
    """Return the text at a path of an answer as it can be stored; empty where there is none."""
    for part in path:
        if isinstance(node, dict):
            node = node.get(part)
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node = node[part]
        else:
            return ""
    if node is None or isinstance(node, dict | list):
        return ""
    return str(node).replace("\0", "")


def part_of(node: Any, name: str) -> Any:
    """Return a member of an answer; None where there is none."""
    return node.get(name) if isinstance(node, dict) else None


def items_of(node: Any, *path: str) -> list[Any]:
    """Return the list at a path of an answer; empty where there is none."""
    for part in path:
        node = node.get(part) if isinstance(node, dict) else None
    return node if isinstance(node, list) else []


def moment_of(text: str) -> int | None:
    """Return the moment of an ISO 8601 text, which is UTC unless it says otherwise."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return round(found.timestamp() * 1_000_000) * 1000


def stamp(moment: int) -> str:
    """Return a moment as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(moment // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def pages(
    read: Callable[[int], list[Any]], first: int = 1, most: int = _MOST_PAGES
) -> Iterator[Any]:
    """Yield what is on some pages of a list, up to the first one that is not full.

    Args:
        read: Returns the entries of a page, a hundred unless it is the last one.
        first: Number of the first page.
        most: How many pages are read.
    """
    for number in range(first, first + most):
        found = read(number)
        yield from found
        if len(found) < PER_PAGE:
            return


def with_mark(entries: Iterable[Any], name: str, key: str) -> Any:
    """Return the first of some tickets whose text ends with the mark of a key; None: none does.

    Args:
        entries: The tickets.
        name: Of the field that has the text.
        key: As in `Mark`.
    """
    for entry in entries:
        mark = mark_of(text_of(entry, name))
        if mark is not None and mark.key == key:
            return entry
    return None


def together(found: Iterable[Changes]) -> Changes:
    """Return what has changed in several places; it is known as far as the slowest one is."""
    parts = list(found)
    return Changes(
        tuple(one for part in parts for one in part.touched),
        min((part.until for part in parts if part.until is not None), default=None),
        any(part.more for part in parts),
    )


def changes_in(entries: Sequence[tuple[str, str]], now: int, *, full: bool) -> Changes:
    """Return what a list of changed tickets says.

    Args:
        entries: Reference and time of change (ISO 8601) of each, the oldest first.
        now: The moment by the clock of the system.
        full: Whether there may be more.
    """
    touched = tuple(Touched(reference, version) for reference, version in entries)
    last = moment_of(entries[-1][1]) if entries and full else now
    return Changes(touched, last, full)
