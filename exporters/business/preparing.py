"""Whether a database would run the queries of KPIs, without running them."""

from collections.abc import Iterator, Mapping
from typing import Any

from sothat.exporters.business.kpis import Kpi, KpiFile
from sothat.exporters.business.query import bounded
from sothat.exporters.database.engines.dialect import Limits
from sothat.exporters.database.target import Target
from sothat.model.problem import Problem
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

# Preparing reads the list of tables only.
_LIMITS = Limits(lock=1.0, statement=5.0)


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
                fault = _fault(connection, kpi, parameters) if kpi.sql else ""
                if fault:
                    path = ("kpis", number, "sql")
                    yield file.document.problem("bad-query", f"{kpi.name}: {fault}", path)
    except (SQLAlchemyError, OSError):
        return


def _fault(connection: Connection, kpi: Kpi, parameters: Mapping[str, Any]) -> str:
    """Return why a query would fail; of none of its rows anything is computed."""
    query = text(bounded(kpi.sql, 0))
    used = {name: parameters[name] for name in query.compile().params}
    try:
        columns = set(connection.execute(query, used).keys())
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        return "" if "locked" in why else why
    missing = {*kpi.labels, kpi.value} - columns
    return f"the query gives no column {min(missing)}" if missing else ""
