"""The largest relations of a database, by the catalogue's own estimate of their size.

To measure a million tables would open a million files, and wait for each that somebody has locked.
"""

from sothat.exporters.postgresql.part import Session, array
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
    """Those that have series of their own.

    Args:
        kinds: As ``pg_class.relkind`` has them.
        seats: How many.
    """

    def __init__(self, kinds: str, seats: int) -> None:
        self._parameters = array(kinds), str(seats * _CANDIDATES)
        self._topmost: Topmost[int] = Topmost(seats)

    def choose(self, session: Session) -> str:
        """Return their object ids, as an array is written."""
        rows = [
            *session.ask(_LARGEST, *self._parameters),
            *session.ask(_SEATED, array(self._topmost.seated)),
        ]
        return array(self._topmost.choose({int(oid or 0): float(size or 0) for oid, size in rows}))
