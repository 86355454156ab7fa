"""Signs of life: when the last message came in, and the watchdog's last beat."""

from collections.abc import Iterable

from sothat.incidents.store.bulk import Write, bulk
from sothat.incidents.store.tables import BEAT
from sqlalchemy import Connection, select

WEBHOOK = "webhook"
WATCHDOG = "watchdog"
# Before the name of a source whose watchdog has been heard.
WATCHED = "watchdog:"
# Before the name of a source that has been compared with its Alertmanagers.
RECONCILER = "reconciler:"
# Written by the readiness probe, to find out whether anything can be.
PROBE = "probe"


def mark_beats(connection: Connection, now: int, sources: Iterable[str]) -> None:
    """Note that something has just been heard of some sources."""
    bulk(connection).write([beat(now, sources)])


def beat(now: int, sources: Iterable[str]) -> Write:
    """Return what notes that something has just been heard of some sources."""
    rows = [{"source": source, "at": now} for source in sources]
    return Write(BEAT, rows, clash="(source) DO UPDATE SET at = excluded.at")


def last_beat(connection: Connection, source: str) -> int | None:
    """Return when a source was last heard of, None if never."""
    query = select(BEAT.c.at).where(BEAT.c.source == source)
    moment: int | None = connection.execute(query).scalar()
    return moment


def last_beats(connection: Connection, prefix: str) -> dict[str, int]:
    """Return when the sources of a kind were last heard of, by what follows the prefix."""
    query = select(BEAT.c.source, BEAT.c.at).where(BEAT.c.source.startswith(prefix))
    return {row.source[len(prefix) :]: row.at for row in connection.execute(query)}
