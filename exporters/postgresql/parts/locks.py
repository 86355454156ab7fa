"""Locks, and who waits for whom: numbers, depth and age, never a statement's text."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from sothat.exporters.declare import gauge
from sothat.exporters.postgresql.part import SERVER, Part, Reading, Session
from sothat.exporters.source import Sample
from sothat.model.metric import Label

_MODES = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
    "SIReadLock",
)
# pg_blocking_pids() stops the lock manager for a moment, each time: only so many are asked for.
_MOST_WAITERS = 50
_MODE = Label("mode", "Mode of the lock, as pg_locks has it", _MODES)
_NAMES = ", ".join(f"('{mode}')" for mode in _MODES)

_COUNTS = Reading(
    ("postgresql_locks_held", "postgresql_locks_awaited"),
    f"""
SELECT m.mode, count(*) FILTER (WHERE l.granted), count(*) FILTER (WHERE NOT l.granted)
FROM (VALUES {_NAMES}) AS m(mode)
LEFT JOIN pg_locks l ON l.mode = m.mode AND l.pid <> pg_backend_pid()
GROUP BY 1
""",  # noqa: S608 – of our own words
    ("mode",),
)
# When a wait began is known since PostgreSQL 14; before, when the waiting statement did.
_SINCE = """
SELECT l.pid, extract(epoch FROM clock_timestamp() - min(l.waitstart))
FROM pg_locks l WHERE NOT l.granted GROUP BY 1 ORDER BY 2 DESC NULLS LAST
"""
_SINCE_13 = """
SELECT l.pid, extract(epoch FROM clock_timestamp() - min(a.query_start))
FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
WHERE NOT l.granted GROUP BY 1 ORDER BY 2 DESC NULLS LAST
"""
_EDGES = """
SELECT w.pid, b.pid, (a.state LIKE 'idle in transaction%')::int
FROM unnest($1::int[]) AS w(pid), unnest(pg_blocking_pids(w.pid)) AS b(pid)
LEFT JOIN pg_stat_activity a ON a.pid = b.pid
LIMIT 2000
"""
_WITH_WAITSTART = 14


class Locks:
    """Reads the locks; who blocks whom only while somebody waits."""

    def read(self, session: Session) -> Iterator[Sample]:
        """Yield numbers of locks, and the shape of the queue."""
        counts = session.ask(_COUNTS.statement)
        yield from _COUNTS.samples(counts)
        newer = session.version >= _WITH_WAITSTART
        awaited = any(number != b"0" for _, _, number in counts)
        waits = session.ask(_SINCE if newer else _SINCE_13) if awaited else []
        yield Sample("postgresql_lock_waiters", len(waits))
        ages = [float(age) for _, age in waits if age is not None]
        if ages or not waits:
            yield Sample("postgresql_lock_wait_oldest_seconds", max(ages, default=0.0))
        pids = [int(pid) for pid, _ in waits[:_MOST_WAITERS] if pid]
        yield from _blocked(session, pids)


def _blocked(session: Session, waiting: list[int]) -> Iterator[Sample]:
    listed = "{" + ",".join(map(str, waiting)) + "}"
    if waiting:
        session.insist_on_monitor()
    rows = session.ask(_EDGES, listed) if waiting else []
    edges: dict[int, set[int]] = defaultdict(set)
    for waiter, blocker, _ in rows:
        edges[int(waiter or 0)].add(int(blocker or 0))
    blockers = {blocker for found in edges.values() for blocker in found}
    idle = {int(blocker or 0) for _, blocker, is_idle in rows if is_idle == b"1"}
    yield Sample("postgresql_lock_blockers", len(blockers))
    yield Sample("postgresql_lock_blockers_idle", len(idle))
    yield Sample("postgresql_lock_queue_depth", depth(edges))


def depth(edges: Mapping[int, Iterable[int]]) -> int:
    """Return the number of waits in the longest chain; of a circle, each session counts once."""
    known: dict[int, int] = {}
    longest = 0
    for start in edges:
        if start in known:
            continue
        # By hand: a chain may be longer than Python's stack.
        path: list[tuple[int, Iterator[int]]] = [(start, iter(edges[start]))]
        inside = {start}
        while path:
            session, ahead = path[-1]
            following = next(ahead, None)
            if following is None:
                path.pop()
                inside.discard(session)
                steps = 1 + max((known.get(b, 0) for b in edges.get(session, ())), default=-1)
                known[session] = steps
            elif following not in inside and following not in known and following in edges:
                inside.add(following)
                path.append((following, iter(edges[following])))
        longest = max(longest, known[start])
    return longest


PART = Part(
    "locks",
    (
        gauge("postgresql_locks_held", "Locks that sessions have.", [SERVER, _MODE]),
        gauge("postgresql_locks_awaited", "Locks that sessions wait for.", [SERVER, _MODE]),
        gauge("postgresql_lock_waiters", "Sessions that wait for a lock.", [SERVER]),
        gauge(
            "postgresql_lock_wait_oldest_seconds",
            "How long the session that waits longest has been waiting; 0 when none is.",
            [SERVER],
        ),
        gauge(
            "postgresql_lock_blockers",
            f"Sessions that others wait for; {_MOST_WAITERS} waiting ones are looked at.",
            [SERVER],
        ),
        gauge(
            "postgresql_lock_blockers_idle",
            "Of these, those whose client does nothing within its transaction.",
            [SERVER],
        ),
        gauge(
            "postgresql_lock_queue_depth",
            "Longest chain of sessions that wait for each other; 0 when none waits.",
            [SERVER],
        ),
    ),
    lambda _: Locks(),
)
