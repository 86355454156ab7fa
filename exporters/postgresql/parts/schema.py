"""Changes of the schema, told by a fingerprint that says nothing of what is in it."""

from collections.abc import Iterator

from sothat.exporters.declare import counter, gauge
from sothat.exporters.postgresql.part import DATABASE, SERVER, Part, Reading, Session, text
from sothat.exporters.source import Sample
from sothat.model.metric import Label

_KINDS = {
    "r": "table",
    "p": "partitioned table",
    "i": "index",
    "I": "partitioned index",
    "v": "view",
    "m": "materialized view",
    "S": "sequence",
    "f": "foreign table",
    "c": "type",
}
_NAMES = ", ".join(f"('{kind}', '{name}')" for kind, name in _KINDS.items())
# What sessions keep for themselves changes all the time, and is nobody's schema.
_USERS = """
SELECT oid FROM pg_namespace
WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_(toast|temp)'
"""
_RELATIONS = Reading(
    ("postgresql_relations",),
    f"""
SELECT k.name, count(c.oid)
FROM (VALUES {_NAMES}) AS k(kind, name)
LEFT JOIN pg_class c ON c.relkind = k.kind::"char" AND c.relnamespace IN ({_USERS})
GROUP BY 1
""",  # noqa: S608 – of our own words
    ("kind",),
)
# Sums do not care for the order of rows, so nothing is sorted.
_FINGERPRINT = f"""
WITH n AS MATERIALIZED ({_USERS}),
     c AS MATERIALIZED (SELECT * FROM pg_class WHERE relnamespace IN (SELECT oid FROM n))
SELECT
  (SELECT sum(hashtextextended(concat_ws('/', oid, relname, relkind, relnamespace, relowner,
                                         relpersistence, reloptions), 0)) FROM c)::text,
  (SELECT sum(hashtextextended(concat_ws('/', a.attrelid, a.attnum, a.attname, a.atttypid,
                                         a.atttypmod, a.attnotnull, a.atthasdef, a.attisdropped),
                               0))
   FROM pg_attribute a JOIN c ON c.oid = a.attrelid WHERE a.attnum > 0)::text,
  (SELECT sum(hashtextextended(concat_ws('/', i.indexrelid, i.indisvalid, i.indisunique), 0))
   FROM pg_index i JOIN c ON c.oid = i.indexrelid)::text,
  (SELECT sum(hashtextextended(concat_ws('/', oid, conname, convalidated), 0))
   FROM pg_constraint WHERE connamespace IN (SELECT oid FROM n))::text,
  (SELECT sum(hashtextextended(concat_ws('/', t.oid, t.tgname, t.tgenabled), 0))
   FROM pg_trigger t JOIN c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal)::text,
  (SELECT sum(hashtextextended(concat_ws('/', oid, proname, prosrc, proowner), 0))
   FROM pg_proc WHERE pronamespace IN (SELECT oid FROM n))::text
"""  # noqa: S608 – of our own words


class Schema:
    """The schema of the database that one server is connected to."""

    def __init__(self) -> None:
        self._last: tuple[str, ...] | None = None
        self._changes = 0
        self._changed: float | None = None

    def read(self, session: Session) -> Iterator[Sample]:
        """Yield numbers of relations, and the changes since this process began to look."""
        yield from session.of_database(_RELATIONS.samples(session.ask(_RELATIONS.statement)))
        (row,) = session.ask(_FINGERPRINT)
        self._note(tuple(map(text, row)), session.now)
        labels = {"database": session.database}
        yield Sample("postgresql_schema_changes_total", self._changes, labels)
        if self._changed is not None:
            yield Sample("postgresql_schema_last_change_timestamp_seconds", self._changed, labels)

    def _note(self, fingerprint: tuple[str, ...], now: float) -> None:
        if self._last is not None and fingerprint != self._last:
            self._changes += 1
            self._changed = now
        self._last = fingerprint


_BOTH = (SERVER, DATABASE)

PART = Part(
    "schema",
    (
        gauge(
            "postgresql_relations",
            "Tables and the like outside of the catalogue.",
            [*_BOTH, Label("kind", "What it is", tuple(_KINDS.values()))],
        ),
        counter(
            "postgresql_schema_changes_total",
            "Times that the schema was found changed since the exporter was started.",
            _BOTH,
        ),
        gauge(
            "postgresql_schema_last_change_timestamp_seconds",
            "When it was found changed; absent until it is.",
            _BOTH,
            event=True,
        ),
    ),
    lambda _: Schema(),
    slow=True,
)
