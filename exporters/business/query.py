"""Which queries a KPI may use: one that reads, with the parameters that we pass."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sothat.exporters.business.words import DIALECTS, Unclear, words_of

PARAMETERS = (
    "now",
    "today",
    "week_ago",
    "four_weeks_ago",
    "month_ago",
    "month_start",
    "last_month_start",
)

# One statement that begins with SELECT or WITH writes by one of these words, or by a function.
_WRITING = re.compile(
    r"\b(insert|update|delete|merge|into|for\s+(?:no\s+key\s+|key\s+)?share|lock\s+in\s+share"
    r"|replace\s+into|values\s+into|outfile|dumpfile)\b",
    re.IGNORECASE,
)
# What has an effect, waits, or reads the server's files, in the three kinds of database.
_ACTING = re.compile(
    r"\b(set_config|nextval|setval|lo_\w+|dblink\w*|query_to_xml\w*|cursor_to_xml\w*"
    r"|pg_(?:terminate_backend|cancel_backend|sleep\w*|read_\w+|ls_\w+|stat_file|reload_conf"
    r"|rotate_logfile|switch_wal|advisory\w*|try_advisory\w*|logical_\w+|replication\w*|create_\w+"
    r"|drop_\w+|promote|import_\w+|export_snapshot|notify|stat_reset\w*|log_backend\w*)"
    r"|sleep|benchmark|get_lock|release_lock|release_all_locks|load_file|master_pos_wait|sys_exec"
    r"|sys_eval|load_extension|readfile|writefile|edit|fts3_tokenizer)\s*\(",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")


def fault_of(sql: str, dialects: Sequence[str] = DIALECTS) -> str:
    """Return why a query is refused, empty when it may run.

    It is read as each kind of database would; the connection is read-only besides.
    """
    if "\0" in sql:
        return "a query holds no NUL"
    return next(filter(None, (_fault(sql, dialect) for dialect in dialects)), "")


def _fault(sql: str, dialect: str) -> str:
    try:
        bare = words_of(sql, dialect).strip().rstrip(";").strip()
    except Unclear as error:
        return f"a query must only read, and this has {error}"
    if not re.match(r"(select|with)\b", bare, re.IGNORECASE):
        return "only a query that begins with SELECT or WITH is run"
    if ";" in bare:
        return "only one statement is run"
    return _effect(bare) or _unknown_parameter(bare)


def _effect(bare: str) -> str:
    if found := _WRITING.search(bare):
        return f"a query must only read, and this has {found.group().upper()}"
    if found := _ACTING.search(bare):
        return f"a query must only read, and {found.group(1)}() does more"
    return "a query must only read, and this assigns a variable (:=)" if ":=" in bare else ""


def _unknown_parameter(bare: str) -> str:
    unknown = [name for name in _PARAMETER.findall(bare) if name not in PARAMETERS]
    return f"the parameter :{unknown[0]} is not known" if unknown else ""


def used_parameters(sql: str) -> frozenset[str]:
    """Return the parameters that a query names outside of quotes and comments."""
    return frozenset(_PARAMETER.findall(words_of(sql, "sqlite")))


def bounded(sql: str, most: int) -> str:
    """Return a query for at most so many rows; where it stands, no database lets one write.

    The line ends keep a comment at its end from swallowing what follows.
    """
    return f"SELECT * FROM (\n{without_end(sql)}\n) AS kpi LIMIT {most}"  # noqa: S608 – the user's own


_END = re.compile(r";\s*(?:--[^\n]*\s*|/\*.*?\*/\s*)*\Z", re.DOTALL)


def without_end(sql: str) -> str:
    """Return a query without the semicolon at its end."""
    return _END.sub("", sql)


def parameters(now: float) -> Mapping[str, Any]:
    """Return what queries are given: the time in epoch seconds, and dates in UTC as ISO text."""
    today = datetime.fromtimestamp(now, UTC).date()
    month = today.replace(day=1)
    days = {
        "today": today,
        "week_ago": today - timedelta(days=7),
        "four_weeks_ago": today - timedelta(days=28),
        "month_ago": today - timedelta(days=30),
        "month_start": month,
        "last_month_start": (month - timedelta(days=1)).replace(day=1),
    }
    return {"now": int(now), **{name: day.isoformat() for name, day in days.items()}}
