"""Reports of people, and what was said about each."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from sothat.incidents.absent import Absent
from sothat.incidents.reports_in.report import WAITING, Report, Sort, Standing, Way
from sothat.incidents.store.tables import METADATA, Json, new_id
from sothat.incidents.transaction import Transaction
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

REPORT_IN = Table(
    "report_in",
    METADATA,
    new_id(),
    Column("at", BigInteger, nullable=False),
    Column("way", String(16), nullable=False),
    Column("sort", String(16), nullable=False),
    Column("title", Json, nullable=False),
    Column("text", Json, nullable=False),
    Column("reporter", Json, nullable=False),
    Column("name", Json, nullable=False),
    Column("service", Json, nullable=False),
    Column("site", Json, nullable=False),
    Column("impact", Json, nullable=False),
    Column("urgency", Json, nullable=False),
    Column("version", Json, nullable=False),
    Column("state", String(16), nullable=False),
    Column("incident_id", BigInteger),
    Column("reason", Json, nullable=False),
    Column("fixed_in", Json, nullable=False),
    Column("released_at", BigInteger),
    # The digest of what tells a second copy of the same report.
    Column("copy_of", String(64)),
)
Index("report_in_state", *(REPORT_IN.c.state, REPORT_IN.c.id))
Index("report_in_fixed", REPORT_IN.c.fixed_in)
_COPIED = REPORT_IN.c.copy_of.is_not(None)
Index(
    "report_in_copy",
    REPORT_IN.c.copy_of,
    unique=True,
    sqlite_where=_COPIED,
    postgresql_where=_COPIED,
)

REPORT_LINE = Table(
    "report_line",
    METADATA,
    new_id(),
    Column("report_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("who", Json, nullable=False),
    Column("text", Json, nullable=False),
)
Index("report_line_report", REPORT_LINE.c.report_id)

_PLAIN = tuple(
    one.name for one in fields(Report) if one.name not in ("id", "incident", "way", "sort", "state")
)


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was said about a report, by whom."""

    at: int
    who: str
    text: str


def add_report(transaction: Transaction, report: Report, copy_of: str | None) -> int:
    """Keep a new report, whose id does not count; return the number that it gets."""
    row = {**_row(report), "copy_of": copy_of}
    done = transaction.connection.execute(insert(REPORT_IN).values(row))
    key = done.inserted_primary_key
    return int(key[0]) if key else 0


def save_report(transaction: Transaction, report: Report) -> None:
    """Keep a report as it is now."""
    here = update(REPORT_IN).where(REPORT_IN.c.id == report.id)
    transaction.connection.execute(here.values(_row(report)))


def add_line(transaction: Transaction, report: int, who: str, text: str) -> None:
    """Keep what somebody says about a report."""
    row = {"report_id": report, "at": transaction.now, "who": who, "text": text}
    transaction.connection.execute(insert(REPORT_LINE).values(row))


def report_in(connection: Connection, number: int) -> Report:
    """Return a report.

    Raises:
        Absent: There is none of this number.
    """
    row = connection.execute(select(REPORT_IN).where(REPORT_IN.c.id == number)).first()
    if row is None:
        raise Absent(f"there is no report {number}")
    return _report(row)


def copy_of(connection: Connection, digest: str) -> int | None:
    """Return the report that is the same as one that comes now."""
    query = select(REPORT_IN.c.id).where(REPORT_IN.c.copy_of == digest)
    number: int | None = connection.execute(query).scalar()
    return number


def reports(
    connection: Connection, states: Sequence[Standing], limit: int, before: int | None = None
) -> Sequence[Report]:
    """Return reports in some states, the newest first; of older ones than a number."""
    query = select(REPORT_IN).where(REPORT_IN.c.state.in_([str(one) for one in states]))
    if before is not None:
        query = query.where(REPORT_IN.c.id < before)
    return [*map(_report, connection.execute(query.order_by(REPORT_IN.c.id.desc()).limit(limit)))]


def lines(connection: Connection, number: int) -> Sequence[Line]:
    """Return what was said about a report, in order."""
    query = select(REPORT_LINE).where(REPORT_LINE.c.report_id == number)
    found = connection.execute(query.order_by(REPORT_LINE.c.id))
    return [Line(row.at, row.who, row.text) for row in found]


def fixed_by(connection: Connection, version: str) -> Sequence[Report]:
    """Return the reports that a release fixes and whose reporters do not know it yet."""
    query = select(REPORT_IN).where(
        REPORT_IN.c.fixed_in == version, REPORT_IN.c.released_at.is_(None)
    )
    return [*map(_report, connection.execute(query.order_by(REPORT_IN.c.id)))]


def waiting(connection: Connection) -> int:
    """Return how many reports nobody has decided on."""
    query = select(func.count()).select_from(REPORT_IN)
    query = query.where(REPORT_IN.c.state.in_([str(one) for one in WAITING]))
    return int(connection.execute(query).scalar_one())


def forget_reports(connection: Connection, before: int, most: int) -> bool:
    """Delete some old reports that were decided on; return whether there are more."""
    decided = [str(one) for one in Standing if one not in WAITING]
    query = select(REPORT_IN.c.id).where(REPORT_IN.c.at < before, REPORT_IN.c.state.in_(decided))
    numbers = list(connection.execute(query.order_by(REPORT_IN.c.id).limit(most)).scalars())
    if numbers:
        connection.execute(delete(REPORT_LINE).where(REPORT_LINE.c.report_id.in_(numbers)))
        connection.execute(delete(REPORT_IN).where(REPORT_IN.c.id.in_(numbers)))
    return len(numbers) == most


def _row(report: Report) -> dict[str, Any]:
    row = {name: getattr(report, name) for name in _PLAIN}
    row |= {name: str(getattr(report, name)) for name in ("way", "sort", "state")}
    return {**row, "incident_id": report.incident}


def _report(row: Any) -> Report:
    plain = {name: getattr(row, name) for name in _PLAIN}
    return Report(
        id=row.id,
        way=Way(row.way),
        sort=Sort(row.sort),
        state=Standing(row.state),
        incident=row.incident_id,
        **plain,
    )
