"""A service's pages over HTTP: bounded, with credentials that never leave its address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from string import Template
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson
import requests
from jmespath.exceptions import JMESPathError
from sothat.exporters.business.tables.layout import Http, Paging
from sothat.exporters.source import Deadline
from sothat.runtime.bodies import TooLarge, TooLate, read_body
from urllib3.exceptions import HTTPError

MAX_PAGE_BYTES = 16 * 1024 * 1024
_CONNECT_SECONDS = 5.0
_OK = 200
_REFUSED = (401, 403)
_TOO_MANY = 429
_LONGEST_WAIT = 3600.0


class ApiFailed(Exception):  # noqa: N818 – it is named for what has happened
    """A page could not be had.

    Attributes:
        reason: One word.
        wait: Seconds for which the service asks to be left alone.
    """

    def __init__(self, reason: str, message: str, wait: float = 0.0) -> None:
        self.reason = reason
        self.wait = wait
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Page:
    """A page to ask for.

    Attributes:
        url: Whole.
        query: Parameters beside those of the address.
        number: Counted from 0.
        rows: How many came before it.
    """

    url: str
    query: Mapping[str, str]
    number: int = 0
    rows: int = 0


class Api:
    """One service.

    Args:
        base: Its address.
        session: Knows how to show who asks.
    """

    def __init__(self, base: str, session: requests.Session) -> None:
        self._base = base.rstrip("/")
        self._session = session

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def first(self, source: Http, since: float, now: float) -> Page:
        """Return the first page of what changed since a moment; both in epoch seconds."""
        moment = datetime.fromtimestamp(int(since), UTC).isoformat().replace("+00:00", "Z")
        ago = max(1, ceil((now - since) / 60))
        moments = {"since": str(int(since)), "since_iso": moment, "since_minutes": str(ago)}
        query = {k: Template(v).safe_substitute(moments) for k, v in source.query.items()}
        paging = source.paging
        if paging and paging.page:
            query[paging.page] = "1"
        if paging and paging.offset:
            query[paging.offset] = "0"
        return Page(self._base + Template(source.path).safe_substitute(moments), query)

    def get(self, source: Http, page: Page, deadline: Deadline) -> tuple[list[Any], Page | None]:
        """Return the rows of a page and the page after it, None after the last.

        Raises:
            ApiFailed: It could not be had, or is not what it should be.
        """
        answer, body = self._fetched(page, deadline)
        try:
            data = orjson.loads(body)
            rows = source.rows.search(data)
            if not isinstance(rows, list):
                raise ApiFailed("form", f"{_shown(page)} holds no list of rows")
            return rows, self._following(source.paging, page, data, len(rows), answer)
        except (ValueError, JMESPathError, RecursionError) as error:
            raise ApiFailed("form", f"{_shown(page)} is not as expected: {error}") from error

    def _fetched(self, page: Page, deadline: Deadline) -> tuple[requests.Response, bytes]:
        left = max(0.1, deadline.remaining())
        try:
            with self._session.get(
                page.url,
                params=dict(page.query),
                timeout=(min(_CONNECT_SECONDS, left), left),
                allow_redirects=False,  # the credentials are for this service only
                stream=True,
            ) as answer:
                _require_ok(answer, page)
                return answer, read_body(answer, MAX_PAGE_BYTES, lambda: deadline.remaining() <= 0)
        except (requests.Timeout, TooLate) as error:
            raise ApiFailed("timeout", f"{_shown(page)} took too long") from error
        except TooLarge as error:
            most = f"{MAX_PAGE_BYTES >> 20} MiB"
            raise ApiFailed("budget", f"{_shown(page)} is larger than {most}") from error
        except (requests.RequestException, HTTPError, OSError) as error:
            why = type(error).__name__
            raise ApiFailed("connect", f"{_shown(page)} cannot be reached: {why}") from error

    def _following(
        self, paging: Paging | None, page: Page, data: Any, rows: int, answer: requests.Response
    ) -> Page | None:
        if paging is None or (paging.end is not None and paging.end.search(data)):
            return None
        total = page.rows + rows
        if paging.page or paging.offset:
            if rows < paging.size:
                return None
            step = {paging.page: page.number + 2} if paging.page else {paging.offset: total}
            query = {**page.query, **{name: str(value) for name, value in step.items()}}
            return Page(page.url, query, page.number + 1, total)
        if paging.token is not None:
            token = paging.token.search(data)
            query = {**page.query, paging.parameter: str(token)}
            return Page(page.url, query, page.number + 1, total) if token else None
        where = answer.links.get("next", {}).get("url") if paging.link else None
        if paging.next is not None:
            where = paging.next.search(data)
        return self._at(str(where), page, total) if where else None

    def _at(self, where: str, page: Page, total: int) -> Page:
        url = urljoin(page.url, where)
        if _origin(url) != _origin(self._base):
            raise ApiFailed("form", f"{_shown(page)} leads on to another server")
        if url == page.url and not page.query:
            raise ApiFailed("form", f"{_shown(page)} leads on to itself")
        return Page(url, {}, page.number + 1, total)


def _require_ok(answer: requests.Response, page: Page) -> None:
    status = answer.status_code
    if status == _OK:
        return
    if status == _TOO_MANY:
        wait = answer.headers.get("Retry-After", "")
        seconds = min(float(wait), _LONGEST_WAIT) if wait.isascii() and wait.isdigit() else 60.0
        raise ApiFailed("rate-limited", f"{_shown(page)}: asked too often", seconds)
    reason = "credentials" if status in _REFUSED else "status"
    raise ApiFailed(reason, f"{_shown(page)} answers {status}")


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or default


def _shown(page: Page) -> str:
    """Return a page for messages, without its parameters, which may hold what is private."""
    return urlsplit(page.url).path or "/"
