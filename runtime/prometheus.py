"""Prometheus over HTTP, for all rooms: typed, bounded in time and size, gentle to the server.

Works with Prometheus from 2.42 and with what speaks its API behind a prefix: Mimir, Thanos, Cortex.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import orjson
import requests
from sothat.runtime import prometheus_answers as answers
from sothat.runtime import prometheus_failures as failures
from sothat.runtime.bodies import TooLarge, TooLate, read_body
from sothat.runtime.prometheus_access import Access, base_address, prepare
from sothat.runtime.prometheus_answers import (
    Cost,
    Labels,
    Metadata,
    RuleGroup,
    Sample,
    Series,
    Target,
)
from sothat.runtime.prometheus_failures import PrometheusFailed
from urllib3.exceptions import HTTPError, ReadTimeoutError

__all__ = ["Moment", "Pace", "Prometheus", "PrometheusFailed", "Sample", "Series"]

log = logging.getLogger(__name__)

# Prometheus' own bound of the steps of a range query, less the first.
MAX_STEPS = 10_999
MAX_BYTES = 256 * 1024 * 1024
_ATTEMPTS = 3
_PAUSE_SECONDS = 0.5
_NO_FORMS = 405
# Busy, or a proxy without its server: worth asking again. Not 500: that would fail again.
_PASSING = frozenset({429, 502, 503, 504})
_OK = 200

# Seconds since the epoch, or a time with a zone.
Moment = float | datetime
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """Time, passed in."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Prometheus:
    """Asks one server; may be shared by threads.

    Nobody who answers is waited for once, not again by each further question.

    Args:
        url: Its address, with the prefix if there is one, without ``/api/v1``.
        session: What the requests go through; its own by default.
        timeout: Seconds that one question may take in all, retries included.
        access: What shows who asks.
        pace: Where the time comes from.
        told: Hears, as a sentence, what makes an answer less than complete: a warning of the
            server (Thanos' partial responses), native histograms that are left out.

    Raises:
        Unusable: The address is none.
    """

    def __init__(
        self,
        url: str,
        session: requests.Session | None = None,
        timeout: float = 30.0,
        *,
        access: Access | None = None,
        pace: Pace | None = None,
        told: Callable[[str], None] = log.warning,
    ) -> None:
        self.url = base_address(url)
        self._session = session or requests.Session()
        self._timeout = timeout
        self._pace = pace or Pace()
        self._told = told
        self._away = False
        prepare(self._session, access or Access())

    def instant(self, query: str, at: Moment | None = None) -> tuple[Sample, ...]:
        """Return a query's value at a moment, by default the server's now.

        Raises:
            PrometheusFailed: It could not be had.
        """
        return self._read(answers.samples, self._query(query, at))

    def cost(self, query: str, at: Moment | None = None) -> Cost:
        """Return what an instant query costs the server.

        Raises:
            PrometheusFailed: It could not be asked.
        """
        return self._parsed(answers.cost, self._query(query, at, stats="all"))

    def range(self, query: str, start: Moment, end: Moment, step: float) -> tuple[Series, ...]:
        """Return a query's values from start to end, both included, every so many seconds.

        A range of more steps than the server allows is asked for in parts, one after another; a
        query with ``@ start()`` or ``@ end()`` means those of its part.

        Raises:
            PrometheusFailed: It could not be had.
        """
        joined: dict[tuple[tuple[str, str], ...], Series] = {}
        for since, until in parts(_seconds(start), _seconds(end), step):
            for one in self._part(query, since, until, step):
                key = tuple(sorted(one.labels.items()))
                before = joined[key].points if key in joined else ()
                joined[key] = Series(one.labels, [*before, *one.points] if before else one.points)
        return tuple(joined.values())

    def rules(self) -> tuple[RuleGroup, ...]:
        """Return the groups of rules that the server has loaded, with their active alerts.

        Raises:
            PrometheusFailed: They could not be had.
        """
        return self._read(answers.groups, self.ask("rules"))

    def series(
        self, matchers: Sequence[str], start: Moment | None = None, end: Moment | None = None
    ) -> tuple[Labels, ...]:
        """Return the label sets of the series that any of the selectors selects.

        Raises:
            PrometheusFailed: They could not be had.
        """
        form = _selected(matchers, start, end)
        return self._read(answers.label_sets, self.ask("series", form, post=True))

    def label_names(
        self, matchers: Sequence[str] = (), start: Moment | None = None, end: Moment | None = None
    ) -> tuple[str, ...]:
        """Return the names of labels, of all series or of those that are selected.

        Raises:
            PrometheusFailed: They could not be had.
        """
        return self._read(_texts, self.ask("labels", _selected(matchers, start, end), post=True))

    def label_values(
        self,
        name: str,
        matchers: Sequence[str] = (),
        start: Moment | None = None,
        end: Moment | None = None,
    ) -> tuple[str, ...]:
        """Return the values of a label, of all series or of those that are selected.

        Raises:
            PrometheusFailed: They could not be had.
        """
        path = f"label/{quote(name, safe='')}/values"
        return self._read(_texts, self.ask(path, _selected(matchers, start, end)))

    def metadata(self, metric: str = "") -> Mapping[str, tuple[Metadata, ...]]:
        """Return what targets say of their metrics, of all or of one.

        Raises:
            PrometheusFailed: It could not be had.
        """
        form = {"metric": metric} if metric else {}
        return self._parsed(answers.metadata, self.ask("metadata", form))

    def targets(self) -> tuple[Target, ...]:
        """Return the active targets.

        Raises:
            PrometheusFailed: They could not be had.
        """
        return self._read(answers.targets, self.ask("targets", {"state": "active"}))

    def ask(self, path: str, form: Mapping[str, Any] | None = None, *, post: bool = False) -> Any:
        """Return the ``data`` of any page of the API.

        Args:
            path: Below ``/api/v1/``.
            form: Parameters; a sequence is repeated.
            post: Whether as a form in the body, which may be long; else in the address.

        Raises:
            PrometheusFailed: It could not be had.
        """
        body = self._fetched(f"{self.url}/api/v1/{path}", form or {}, post=post)
        try:
            said = orjson.loads(body)
        except ValueError as error:
            raise failures.not_prometheus(self.url, "its answer is no JSON") from error
        if not isinstance(said, dict) or said.get("status") != "success" or "data" not in said:
            raise failures.not_prometheus(self.url, "its answer is of no known form")
        for warning in said.get("warnings") or ():
            self._told(f"Prometheus warns: {warning}")
        return said["data"]

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def _query(self, query: str, at: Moment | None, **more: str) -> Any:
        form = {"query": query, "timeout": f"{self._timeout:.3f}", **more}
        if at is not None:
            form["time"] = _written(at)
        return self.ask("query", form, post=True)

    def _part(self, query: str, start: float, end: float, step: float) -> tuple[Series, ...]:
        form = {
            "query": query,
            "start": _written(start),
            "end": _written(end),
            "step": f"{step:.3f}",
            "timeout": f"{self._timeout:.3f}",
        }
        return self._read(answers.series, self.ask("query_range", form, post=True))

    def _read(self, read: Callable[[Any], Iterator[T]], data: Any) -> tuple[T, ...]:
        if isinstance(data, dict) and "resultType" in data:
            self._parsed(self._mention_histograms, data)
        return self._parsed(lambda found: tuple(read(found)), data)

    def _parsed(self, read: Callable[[Any], T], data: Any) -> T:
        try:
            return read(data)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise failures.not_prometheus(self.url, "its answer is of no known form") from error

    def _mention_histograms(self, data: Any) -> None:
        if count := answers.histograms(data):
            self._told(f"native histograms are left out: {count} series")

    def _fetched(self, url: str, form: Mapping[str, Any], *, post: bool) -> bytes:
        """Return the body of a success; what may pass is tried again while there is time."""
        end = self._pace.monotonic() + self._timeout
        query = str(form.get("query", ""))
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                status, body, wait = self._sent(url, form, end, query, post=post)
            except requests.ConnectionError as error:
                if self._away or not self._waited(attempt, 0.0, end):
                    self._away = True
                    raise failures.unreachable(self.url, error) from error
                continue
            self._away = False
            if status == _OK:
                return body
            if status == _NO_FORMS and post:  # a proxy that lets nothing but GET pass
                return self._fetched(url, form, post=False)
            passing = status in _PASSING and not failures.is_heavy(body)
            if not passing or not self._waited(attempt, wait, end):
                break
        raise failures.refusal(self.url, status, body, query)

    def _waited(self, attempt: int, wait: float, end: float) -> bool:
        """Wait before another attempt; return whether there is one."""
        wait = max(wait, _PAUSE_SECONDS * 2 ** (attempt - 1))
        if attempt == _ATTEMPTS or self._pace.monotonic() + wait >= end:
            return False
        self._pace.sleep(wait)
        return True

    def _sent(
        self, url: str, form: Mapping[str, Any], end: float, query: str, *, post: bool
    ) -> tuple[int, bytes, float]:
        """Return status, body and the seconds that the server asks us to wait."""
        left = max(0.001, end - self._pace.monotonic())
        given: Mapping[str, Any] = {"data": form} if post else {"params": form}
        try:
            with self._session.request(
                "POST" if post else "GET",
                url,
                **given,
                timeout=left,
                allow_redirects=False,
                stream=True,
            ) as answer:
                body = read_body(answer, MAX_BYTES, lambda: self._pace.monotonic() >= end)
                return answer.status_code, body, _retry_after(answer)
        except (requests.ReadTimeout, ReadTimeoutError, TooLate) as error:
            raise failures.too_heavy(query, f"no answer in {self._timeout:g} s") from error
        except TooLarge as error:
            raise failures.too_heavy(query, f"an answer of over {MAX_BYTES >> 20} MiB") from error
        except requests.ConnectionError:
            raise
        except (requests.RequestException, HTTPError) as error:
            raise failures.unreachable(self.url, error) from error


def parts(start: float, end: float, step: float) -> Iterator[tuple[float, float]]:
    """Yield the ranges, on the same steps, that each have no more steps than a server allows."""
    last = int((end - start) / step + 1e-9)
    for first in range(0, last + 1, MAX_STEPS + 1):
        yield start + first * step, start + min(first + MAX_STEPS, last) * step


def _selected(
    matchers: Sequence[str], start: Moment | None, end: Moment | None
) -> Mapping[str, Any]:
    times = {"start": start, "end": end}
    form: dict[str, Any] = {k: _written(at) for k, at in times.items() if at is not None}
    return {**form, "match[]": [*matchers]} if matchers else form


def _texts(data: Any) -> Iterator[str]:
    return map(str, data)


def _seconds(at: Moment) -> float:
    return at.timestamp() if isinstance(at, datetime) else at


def _written(at: Moment) -> str:
    return f"{_seconds(at):.3f}"


def _retry_after(answer: requests.Response) -> float:
    stated = answer.headers.get("Retry-After", "")
    return float(stated) if stated.isascii() and stated.isdigit() else 0.0
