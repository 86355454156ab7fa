"""Structured logs on standard error: logfmt for people, JSON for machines."""

import json
import logging
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {
    *("message", "asctime", "taskName"),
    "color_message",  # uvicorn's: the message again, with a terminal's escapes in it
}
# They log each request's address, in which a secret may be: a token in a path, a webhook.
_TELL_ADDRESSES = ("httpx", "httpcore", "urllib3")


def configure_logs(form: str = "logfmt", level: str = "info", stream: TextIO | None = None) -> None:
    """Send all logs of this process to a stream (default: standard error) in one form.

    Args:
        form: ``logfmt`` or ``json``.
        level: ``debug``, ``info``, ``warning`` or ``error``.
        stream: Where to.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else LogfmtFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _TELL_ADDRESSES:
        logging.getLogger(name).setLevel(logging.WARNING)


def fields(record: logging.LogRecord) -> Mapping[str, Any]:
    """Return a record's fields in the order in which they are shown."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    shown: dict[str, Any] = {
        "ts": f"{stamp}.{int(record.msecs):03d}Z",
        "level": record.levelname.lower(),
        "logger": record.name.removeprefix("sothat."),
        "msg": record.getMessage(),
    }
    shown.update({k: v for k, v in record.__dict__.items() if k not in _STANDARD})
    if record.exc_info and record.exc_info[1]:
        shown["error"] = repr(record.exc_info[1])
        shown["trace"] = _trace(record.exc_info[2])
    return shown


def _trace(trace: TracebackType | None) -> str:
    """Return where an error came from, innermost first; no texts, for causes may hold secrets."""
    frames = reversed(traceback.extract_tb(trace))
    return " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames)


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        return json.dumps(fields(record), ensure_ascii=False, default=str)


class LogfmtFormatter(logging.Formatter):
    """``key=value`` pairs on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of logfmt."""
        return " ".join(f"{key}={_quoted(value)}" for key, value in fields(record).items())


def _quoted(value: Any) -> str:
    text = str(value)
    if text and not any(c in text for c in ' "=\n\r\t\\') and text.isprintable():
        return text
    return json.dumps(text, ensure_ascii=False)
