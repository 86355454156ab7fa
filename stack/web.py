"""A small HTTP client for loopback: no proxies, no redirects, a deadline on everything."""

import json
from http.client import HTTPConnection, HTTPException
from typing import Any

from sothat.stack.part import Address


class Refused(Exception):  # noqa: N818 – it is named for what happened
    """A part did not answer as it should; the message says which and how."""


def request(
    address: Address, method: str, path: str, *, body: Any = None, timeout: float = 5.0
) -> tuple[int, bytes]:
    """Send one request and return the status and the body of the answer.

    Args:
        address: Where to.
        method: The HTTP method.
        path: Path and query.
        body: What to send as JSON; None sends nothing.
        timeout: Seconds for each step of the exchange.

    Raises:
        Refused: Nobody answered, or not in HTTP.
    """
    connection = HTTPConnection(address.host, address.port, timeout=timeout)
    payload = None if body is None else json.dumps(body).encode()
    headers = {} if body is None else {"Content-Type": "application/json"}
    try:
        connection.request(method, path, payload, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, HTTPException) as error:
        raise Refused(f"{method} {address.url}{path}: {error}") from error
    finally:
        connection.close()


def fetch_text(address: Address, path: str) -> str:
    """Return the text of a page.

    Raises:
        Refused: The answer is not a 2xx.
    """
    status, body = request(address, "GET", path)
    return _checked("GET", address, path, status, body).decode(errors="replace")


def fetch_json(address: Address, path: str) -> Any:
    """Return the JSON value of a page.

    Raises:
        Refused: The answer is not a 2xx, or no JSON.
    """
    try:
        return json.loads(fetch_text(address, path))
    except ValueError as error:
        raise Refused(f"GET {address.url}{path}: not JSON: {error}") from error


def send_json(address: Address, method: str, path: str, body: Any = None) -> None:
    """Send a JSON value.

    Raises:
        Refused: The answer is not a 2xx.
    """
    status, answer = request(address, method, path, body={} if body is None else body)
    _checked(method, address, path, status, answer)


def _checked(method: str, address: Address, path: str, status: int, body: bytes) -> bytes:
    if status // 100 == 2:  # noqa: PLR2004 – the class of success
        return body
    shown = body[:300].decode(errors="replace").strip()
    raise Refused(f"{method} {address.url}{path}: {status} {shown}")
