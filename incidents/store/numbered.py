"""Rows that have a number of the database's: added, kept, found."""

from collections.abc import Mapping
from typing import Any

from sothat.incidents.absent import Absent
from sothat.incidents.transaction import Transaction
from sqlalchemy import Connection, Table, insert, select, update

Values = Mapping[str, Any]


def add(transaction: Transaction, table: Table, values: Values) -> int:
    """Add a row, whatever its ``id`` says; return the number that it got."""
    row = {name: value for name, value in values.items() if name != "id"}
    made = transaction.connection.execute(insert(table).returning(table.c.id), row)
    return int(made.scalar_one())


def keep(transaction: Transaction, table: Table, values: Values) -> None:
    """Let the row of an ``id`` have other values."""
    changed = update(table).where(table.c.id == values["id"]).values(values)
    transaction.connection.execute(changed)


def found(connection: Connection, table: Table, number: int, what: str) -> Any:
    """Return a row.

    Raises:
        Absent: There is none of this number.
    """
    row = connection.execute(select(table).where(table.c.id == number)).first()
    if row is None:
        raise Absent(f"there is no {what} {number}")
    return row
