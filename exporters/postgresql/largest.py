"""The largest relations of a database, by the catalogue's own estimate of their size.

To measure a million tables would open a million files, and wait for each that somebody has locked.
"""

from collections.abc import Iterator

from sothat.exporters.postgresql.part import Reading, Session, array
from sothat.exporters.source import Sample
from sothat.exporters.topmost import Topmost

# What belongs to users: not the catalogue, nor what sessions keep for themselves.
OURS = """
c.relpersistence <> 't'
AND c.relnamespace NOT IN (SELECT oid FROM pg_namespace
                           WHERE nspname IN ('pg_catalog', 'information_schema', 'pg_toast'))
"""
_LARGEST = f"""
SELECT c.oid, c.relpages FROM pg_class c WHERE {OURS} AND c.relkind = ANY($1::"char"[])
ORDER BY c.relpages DESC, c.oid LIMIT $2::int
"""  # noqa: S608 – of our own words
_SEATED = "SELECT oid, relpages FROM pg_class WHERE oid = ANY($1::oid[])"
# Candidates a seat: who may come in when one goes.
_CANDIDATES = 2


class Largest:
    """Reads figures of the largest relations of the database that is connected to.

    Args:
        reading: Its statement takes object ids as its one parameter.
        kinds: As ``pg_class.relkind`` has them.
        seats: How many have series of their own.
    """

    def __init__(self, reading: Reading, kinds: str, seats: int) -> None:
        self._reading = reading
        self._parameters = array(kinds), str(seats * _CANDIDATES)
        self._topmost: Topmost[int] = Topmost(seats)

    def read(self, session: Session) -> Iterator[Sample]:
        """Yield the figures of those that have a seat now."""
        rows = session.ask(self._reading.statement, array(self._choose(session)))
        yield from session.of_database(self._reading.samples(rows))

    def _choose(self, session: Session) -> tuple[int, ...]:
        rows = [
            *session.ask(_LARGEST, *self._parameters),
            *session.ask(_SEATED, array(self._topmost.seated)),
        ]
        return self._topmost.choose({int(oid or 0): float(size or 0) for oid, size in rows})
