"""Replicas, what they are behind, and what slots hold back."""

from collections.abc import Iterator

from sothat.exporters.declare import gauge
from sothat.exporters.postgresql.part import SERVER, Part, Reading, Session
from sothat.exporters.source import Sample
from sothat.model.metric import Label, MetricFamily

_MOST = 100
_REPLICA = (
    Label("replica", "Name that the replica gave itself (application_name)"),
    Label("address", "Where it connects from; empty through a socket"),
)
# A replica that has all reports no time: it is 0 then, and not known otherwise. A cascading replica
# has sent what it has received itself.
_BEHIND = f"""
WITH here AS MATERIALIZED (
  SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
              ELSE pg_current_wal_lsn() END AS lsn)
SELECT application_name, coalesce(host(client_addr), ''),
       max(pg_wal_lsn_diff(here.lsn, sent_lsn)),
       max(pg_wal_lsn_diff(here.lsn, flush_lsn)),
       max(pg_wal_lsn_diff(here.lsn, replay_lsn)),
       max(CASE WHEN replay_lsn >= here.lsn THEN 0 ELSE extract(epoch FROM replay_lag) END),
       max((state = 'streaming')::int), max((sync_state IN ('sync', 'quorum'))::int)
FROM pg_stat_replication, here
GROUP BY 1, 2 ORDER BY 1, 2 LIMIT {_MOST}
"""  # noqa: S608 – of our own words
_COUNT = "SELECT count(*) FROM pg_stat_replication"
# To have replayed all that was received says nothing once nothing is received any more.
_OWN = """
SELECT CASE WHEN r.connected AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END,
       pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()),
       r.connected::int, pg_is_wal_replay_paused()::int
FROM (SELECT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') AS connected) r
"""
_SLOTS = f"""
SELECT s.slot_name, s.slot_type, s.active::int,
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                            ELSE pg_current_wal_lsn() END, s.restart_lsn),
       s.safe_wal_size, (s.wal_status = 'lost')::int
FROM pg_replication_slots s ORDER BY 1 LIMIT {_MOST}
"""  # noqa: S608 – of our own words
_SLOT = (Label("slot", "Replication slot"), Label("type", "Its type", ("physical", "logical")))


def _replica(name: str, said: str) -> MetricFamily:
    return gauge(f"postgresql_replica_{name}", said, [SERVER, *_REPLICA], feature=True)


def _slot(name: str, said: str) -> MetricFamily:
    return gauge(f"postgresql_slot_{name}", said, [SERVER, *_SLOT], feature=True)


def _own(name: str, said: str) -> MetricFamily:
    return gauge(f"postgresql_{name}", f"{said} Only of replicas.", [SERVER], feature=True)


_OWN_READING = Reading(
    (
        "postgresql_replay_lag_seconds",
        "postgresql_replay_lag_bytes",
        "postgresql_receiver_connected",
        "postgresql_replay_paused",
    ),
    _OWN,
)
_SLOTS_READING = Reading(
    (
        "postgresql_slot_active",
        "postgresql_slot_retained_bytes",
        "postgresql_slot_safe_bytes",
        "postgresql_slot_lost",
    ),
    _SLOTS,
    ("slot", "type"),
)
_BEHIND_READING = Reading(
    (
        "postgresql_replica_unsent_bytes",
        "postgresql_replica_unflushed_bytes",
        "postgresql_replica_lag_bytes",
        "postgresql_replica_lag_seconds",
        "postgresql_replica_streaming",
        "postgresql_replica_synchronous",
    ),
    _BEHIND,
    ("replica", "address"),
)


class Replication:
    """Both sides of replication; most servers have only one, many neither."""

    def read(self, session: Session) -> Iterator[Sample]:
        """Yield how far it is behind itself, then its slots, then who is behind it."""
        if session.replica:
            yield from _OWN_READING.samples(session.ask(_OWN))
        yield from _SLOTS_READING.samples(session.ask(_SLOTS))
        session.insist_on_monitor()
        ((number,),) = session.ask(_COUNT)
        yield Sample("postgresql_replicas", float(number or 0))
        if number != b"0":
            yield from _BEHIND_READING.samples(session.ask(_BEHIND))


PART = Part(
    "replication",
    (
        gauge("postgresql_replicas", "Replicas and other receivers connected to it.", [SERVER]),
        _replica("unsent_bytes", "Log that was not sent yet."),
        _replica("unflushed_bytes", "Log that the replica has not written to disk."),
        _replica("lag_bytes", "Log that the replica has not replayed."),
        _replica(
            "lag_seconds",
            "Time until what is written now was replayed, as last measured; 0 for a replica that "
            "has all; absent while it is not known.",
        ),
        _replica("streaming", "Whether it is in step, not catching up."),
        _replica("synchronous", "Whether commits may wait for it."),
        _own(
            "replay_lag_seconds",
            "Age of the last transaction that was replayed; 0 while all that is received from a "
            "connected primary is replayed.",
        ),
        _own("replay_lag_bytes", "Log that was received and not replayed."),
        _own("receiver_connected", "Whether it receives log from another server."),
        _own("replay_paused", "Whether an operator has paused replaying."),
        _slot("active", "Whether somebody uses a slot."),
        _slot("retained_bytes", "Log that is kept for a slot."),
        _slot(
            "safe_bytes",
            "Log that may still be written before the slot is lost; absent without such a limit.",
        ),
        _slot("lost", "Whether log that the slot needs is gone."),
    ),
    lambda _: Replication(),
)
