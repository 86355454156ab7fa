"""Answers as JSON and HTML. Labels may hold what UTF-8 cannot: nothing here may fail on it."""

import json
from typing import Any

from starlette.responses import Response

NO_STORE = {"Cache-Control": "no-store"}


def json_answer(data: Any, status: int = 200, **headers: str) -> Response:
    """Return data as JSON, in ASCII: every text survives."""
    content = json.dumps(data, separators=(",", ":")).encode("ascii")
    return Response(content, status, {**NO_STORE, **headers}, "application/json")


def error_answer(status: int, text: str, **headers: str) -> Response:
    """Return an error as JSON."""
    return json_answer({"error": text}, status, **headers)


def html_answer(html: str, status: int = 200) -> Response:
    """Return a page; a lone surrogate in it becomes a visible escape."""
    content = html.encode("utf-8", "backslashreplace")
    return Response(content, status, NO_STORE, "text/html; charset=utf-8")


def text_answer(text: str, status: int = 200) -> Response:
    """Return plain text."""
    return Response(text.encode("utf-8", "backslashreplace"), status, NO_STORE, "text/plain")
