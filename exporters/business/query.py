"""Which queries a KPI may use: one that reads, with the parameters that we pass."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

PARAMETERS = ("now", "today", "month_start")

# Comments, and quoted text and names with doubled quotes; what is left is SQL itself.
_QUOTED = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`", re.DOTALL)
_WRITING = re.compile(
    r"\b(insert|update|delete|merge|upsert|drop|alter|create|truncate|attach|detach|pragma|into"
    r"|grant|revoke|call|copy|vacuum|lock)\b",
    re.IGNORECASE,
)


def fault_of(sql: str) -> str:
    """Return why a query is refused, empty when it may run.

    The connection is read-only besides; this catches mistakes before anything runs.
    """
    bare = _QUOTED.sub(" ", sql).strip().rstrip(";").strip()
    if not re.match(r"(select|with)\b", bare, re.IGNORECASE):
        return "only a query that begins with SELECT or WITH is run"
    if ";" in bare:
        return "only one statement is run"
    writing = _WRITING.search(bare)
    if writing:
        return f"a query must only read, and this has {writing.group().upper()}"
    return _unknown_parameter(sql)


def _unknown_parameter(sql: str) -> str:
    try:
        used = text(sql).compile().params
    except SQLAlchemyError as error:
        return f"not a query: {str(error).splitlines()[0]}"
    unknown = [name for name in used if name not in PARAMETERS]
    return f"the parameter :{unknown[0]} is not known" if unknown else ""


def parameters(now: float) -> Mapping[str, Any]:
    """Return what queries are given: the time in epoch seconds, and dates in UTC as ISO text."""
    today = datetime.fromtimestamp(now, UTC).date()
    return {
        "now": int(now),
        "today": today.isoformat(),
        "month_start": today.replace(day=1).isoformat(),
    }
