"""Requests to providers: one way to make them, and what their answers mean."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from sothat.incidents.notification import Rejected, Result, Retry, Sent
from urllib3.exceptions import NewConnectionError

_TOO_MANY = 429
_TIMED_OUT = 408
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,60}")


def asked(method: str, url: str, timeout: float, **how: Any) -> requests.Response | Retry:
    """Make a request; no redirect is followed, which would lose the body or give a secret away.

    Returns:
        The answer, whatever its status; or why there is none.
    """
    try:
        return requests.request(method, url, timeout=timeout, allow_redirects=False, **how)
    except requests.RequestException as error:
        # The error's own text may hold the URL, and a URL of this kind is often a secret.
        return Retry(f"no answer: {type(error).__name__}", unsure=may_have_arrived(error))


def judged(response: requests.Response, who: str = "the provider") -> Result:
    """Return what an answer's status means; 408, 429 and 5xx are worth another try."""
    code = response.status_code
    # Providers choose the words after the code; one that repeats what it was sent tells secrets.
    reason = f"{who} answered {code}"
    if 200 <= code < 300:  # noqa: PLR2004 – the class of status codes
        return Sent()
    if code in (_TIMED_OUT, _TOO_MANY) or code >= 500:  # noqa: PLR2004 – likewise
        return Retry(reason, retry_after(response.headers))
    return Rejected(reason)


def content_of(response: requests.Response) -> Mapping[str, Any] | None:
    """Return the JSON object in an answer; None: it has none."""
    try:
        data = response.json()
    except requests.JSONDecodeError:
        return None
    return data if isinstance(data, dict) else None


def word(text: object) -> str:
    """Return a provider's word for an error, if it is one: what else it says may tell secrets."""
    return text if isinstance(text, str) and _WORD.fullmatch(text) else "something else"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header, in either of its forms; None: there is none."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    # A zone of "-0000" is one that is not told: it is UTC all the same.
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def may_have_arrived(error: Exception) -> bool:
    """Return whether the request may have been taken, though no answer to it came."""
    cause = error.args[0] if error.args else None
    never = isinstance(getattr(cause, "reason", None), NewConnectionError)
    early = (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError)
    return not never and not isinstance(error, early)


def plain(text: str, most: int) -> str:
    """Return a text on one line, as UTF-8 has it, and no longer than ``most``."""
    line = "".join(c if c.isprintable() else " " for c in text.encode("utf-8", "replace").decode())
    return line if len(line) <= most else f"{line[: most - 1]}…"
