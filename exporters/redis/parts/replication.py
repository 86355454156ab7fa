"""Role, the way to the primary, and how far replicas are behind."""

import re
from collections.abc import Iterator, Mapping

from sothat.exporters.redis.part import Figure, figures, sample, shown, status
from sothat.exporters.redis.session import Session, number, parse_values
from sothat.exporters.source import Sample
from sothat.exporters.watch import plain
from sothat.model.metric import Label

_REPLICA = re.compile("slave[0-9]{1,5}")
_MOST_REPLICAS = 64
_OF_A_REPLICA = (
    Figure("primary_last_contact_seconds", "master_last_io_seconds_ago"),
    Figure("primary_link_down_seconds", "master_link_down_since_seconds"),
    Figure("synchronising", "master_sync_in_progress"),
)


def read(session: Session) -> Iterator[Sample]:
    """Yield what this role has."""
    info = session.info
    if "role" not in info:
        return
    replica = info["role"] == "slave"
    yield sample("is_replica", replica)
    yield from figures(info, [Figure("replicas", "connected_slaves")])
    if replica:
        yield from status(info, "primary_link_up", "master_link_status", "up")
        yield from figures(info, _OF_A_REPLICA)
    yield from _replicas(info)


def _replicas(info: Mapping[str, str]) -> Iterator[Sample]:
    written = number(info.get("master_repl_offset"))
    seen: set[str] = set()
    for field in info:
        if not _REPLICA.fullmatch(field) or len(seen) >= _MOST_REPLICAS:
            continue
        values = parse_values(info[field])
        name = f"{values.get('ip', '')}:{values.get('port', '')}"
        if name in seen:
            continue
        seen.add(name)
        yield from _replica(values, name, written)


def _replica(values: Mapping[str, str], name: str, written: float | None) -> Iterator[Sample]:
    yield sample("replica_online", values.get("state") == "online", replica=name)
    lag = number(values.get("lag"))
    if lag is not None:
        yield sample("replica_lag_seconds", lag, replica=name)
    read_up_to = number(values.get("offset"))
    if written is not None and read_up_to is not None:
        yield sample("replica_lag_bytes", max(0.0, written - read_up_to), replica=name)


_LABEL = Label("replica", "Address of the replica, as the server sees it")
PART = plain(
    "replication",
    (
        shown("is_replica", "Whether the server follows another one."),
        shown("replicas", "Replicas that are connected."),
        shown("primary_link_up", "Whether a replica is connected to its primary.", feature=True),
        shown(
            "primary_last_contact_seconds",
            "How long ago a replica has heard of its primary.",
            feature=True,
        ),
        shown("primary_link_down_seconds", "How long a replica has been alone.", feature=True),
        shown("synchronising", "Whether a replica is fetching all data anew.", feature=True),
        shown("replica_online", "Whether a replica follows.", _LABEL, feature=True),
        shown("replica_lag_seconds", "Time since its last acknowledgement.", _LABEL, feature=True),
        shown("replica_lag_bytes", "What it has not acknowledged yet.", _LABEL, feature=True),
    ),
    read,
)
