"""The tallies in the store: added to with each commit, read by a scrape."""

from collections.abc import Iterable, Iterator

from sothat.incidents.store.bulk import Write, bulk
from sothat.incidents.store.tables import TALLY
from sothat.incidents.tallies import Delta
from sqlalchemy import Connection, select

_CLASH = "(series, labels) DO UPDATE SET value = tally.value + excluded.value"


def grow(connection: Connection, deltas: Iterable[tuple[Delta, float]]) -> None:
    """Add to tallies."""
    rows = [{"series": name, "labels": list(labels), "value": by} for (name, labels), by in deltas]
    bulk(connection).write([Write(TALLY, rows, clash=_CLASH)])


def tallies(connection: Connection) -> Iterator[tuple[Delta, float]]:
    """Yield all tallies."""
    for row in connection.execute(select(TALLY)):
        yield (row.series, tuple(row.labels)), row.value
