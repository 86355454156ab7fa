"""Whether a database would run the queries of KPIs, without running them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sothat.exporters.business.kpis import Kpi, KpiFile
from sothat.exporters.database.engines.dialect import Limits
from sothat.exporters.database.target import Target
from sothat.model.problem import Problem
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

# Preparing reads the list of tables only.
_LIMITS = Limits(lock=1.0, statement=5.0)
_END = re.compile(r";\s*(?:--[^\n]*\s*|/\*.*?\*/\s*)*\Z", re.DOTALL)


def broken_queries(
    file: KpiFile, target: Target, parameters: Mapping[str, Any]
) -> Iterator[Problem]:
    """Yield a problem for each query that cannot be prepared, or gives other columns.

    A database that cannot be asked at this moment (locked) has no problem with its queries.
    """
    try:
        with target.connect(_LIMITS) as connection:
            target.dialect.read(connection)
            for number, kpi in enumerate(file.kpis):
                fault = _fault(connection, kpi, parameters)
                if fault:
                    path = ("kpis", number, "sql")
                    yield file.document.problem("bad-query", f"{kpi.name}: {fault}", path)
    except (SQLAlchemyError, OSError):
        return


def _fault(connection: Connection, kpi: Kpi, parameters: Mapping[str, Any]) -> str:
    """Return why a query would fail; of none of its rows anything is computed."""
    # The line ends keep a comment at the query's end from swallowing what follows.
    query = text(f"SELECT * FROM (\n{_END.sub('', kpi.sql)}\n) LIMIT 0")  # noqa: S608 – the user's own
    used = {name: parameters[name] for name in query.compile().params}
    try:
        columns = set(connection.execute(query, used).keys())
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        return "" if "locked" in why else why
    missing = {*kpi.labels, kpi.value} - columns
    return f"the query gives no column {min(missing)}" if missing else ""
