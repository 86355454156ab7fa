"""Why Prometheus has not told, as problems for people."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
import requests
from sothat.model.problem import Problem, Unusable

_SHOWN = 300
_REDIRECTS = range(300, 400)
_FORBIDDEN = (401, 403)
_REJECTED = (400, 422)
_BUSY = 429
# How servers say that a query asks for more than they give.
_HEAVY = re.compile(r"too many|exceed|too large|timed out|limit", re.IGNORECASE)
_HEAVY_TYPES = ("timeout", "canceled", "too_large")


class PrometheusFailed(Unusable):
    """Prometheus has not told.

    Attributes:
        heavy: Whether a smaller question may be answered.
        evaluated: Whether the question is sound, and failed on the series of some moment.
    """

    def __init__(self, problem: Problem, *, heavy: bool = False, evaluated: bool = False) -> None:
        super().__init__([problem])
        self.heavy = heavy
        self.evaluated = evaluated

    @property
    def code(self) -> str:
        """Return the problem's code."""
        return self.problems[0].code


def unreachable(url: str, error: Exception) -> PrometheusFailed:
    """Return what to say when nobody answered."""
    if isinstance(error, requests.exceptions.SSLError):
        reason, hint = "its certificate is not trusted", "name its authority with --ca-file"
    else:
        reason, hint = "no connection", "is it running, and is this its address?"
    message = f"no answer from Prometheus at {url}: {reason}"
    return PrometheusFailed(Problem("prometheus-unreachable", message, hint=hint))


def too_heavy(query: str, reason: str) -> PrometheusFailed:
    """Return what to say when an answer is more than the server or we can bear."""
    message = f"the question is too much for Prometheus: {_short(reason)}"
    hint = "ask for less: a shorter time, a coarser step, fewer series; or give it more --timeout"
    problem = Problem("query-too-heavy", message, hint=hint, expression=query)
    return PrometheusFailed(problem, heavy=True)


def not_prometheus(url: str, reason: str) -> PrometheusFailed:
    """Return what to say when what answers is something else."""
    hint = "behind a prefix, name it: Mimir's is /prometheus"
    message = f"what answers at {url} is not Prometheus: {reason}"
    return PrometheusFailed(Problem("not-prometheus", message, hint=hint))


def refusal(url: str, status: int, body: bytes, query: str) -> PrometheusFailed:
    """Return what an answer that is no success means.

    Args:
        url: Of the server.
        status: The HTTP status.
        body: Of the answer; whatever a proxy may write.
        query: What was asked; empty where it was no query.
    """
    if status in _FORBIDDEN:
        message = f"Prometheus at {url} does not let us in: HTTP {status}"
        hint = "name a token's file, or a user and the password's file"
        return PrometheusFailed(Problem("prometheus-forbidden", message, hint=hint))
    if status in _REDIRECTS:
        return not_prometheus(url, f"it sends us elsewhere (HTTP {status})")
    kind, reason = _stated(body)
    if not kind and status != _BUSY and status < 500:  # noqa: PLR2004 – the class of the server's errors
        return not_prometheus(url, f"HTTP {status}")
    if kind in _HEAVY_TYPES or (status in _REJECTED and _HEAVY.search(reason)):
        return too_heavy(query, reason)
    if status in _REJECTED:
        message = f"Prometheus refuses the question: {_short(reason)}"
        problem = Problem("query-refused", message, expression=query)
        return PrometheusFailed(problem, evaluated=kind == "execution")
    message = f"Prometheus at {url} fails: HTTP {status} {_short(reason)}".rstrip()
    return PrometheusFailed(Problem("prometheus-failed", message, hint="its log may say why"))


def is_heavy(body: bytes) -> bool:
    """Return whether a server gave up on the question itself: asked again it would again."""
    return _stated(body)[0] in _HEAVY_TYPES


def _stated(body: bytes) -> tuple[str, str]:
    """Return the type of an error and its text, as Prometheus states them."""
    try:
        said: Any = orjson.loads(body)
    except ValueError:
        return "", body[:_SHOWN].decode(errors="replace")
    if not isinstance(said, Mapping):
        return "", ""
    return str(said.get("errorType", "")), str(said.get("error", ""))


def _short(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_SHOWN]
