"""What a replica knows of its way to the source."""

from collections.abc import Iterator, Mapping

from sothat.exporters.mysql.part import known, sample, shown
from sothat.exporters.mysql.session import Flavour, Session, number
from sothat.exporters.source import Sample
from sothat.exporters.watch import plain
from sothat.model.metric import Label

# MySQL 8.0.22 has renamed it; MariaDB can have several sources, and tells of all of them.
_RENAMED = (8, 0, 22)


def read(session: Session) -> Iterator[Sample]:
    """Yield lag and threads of each channel; a server that is no replica has none."""
    for row in session.table(statement_of(session.flavour)):
        lowered = {name.lower(): value for name, value in row.items()}
        channel = lowered.get("channel_name", lowered.get("connection_name", ""))
        yield from _channel(lowered, channel)


def statement_of(flavour: Flavour) -> str:
    """Return the statement that shows a replica's channels."""
    if flavour.mariadb:
        return "SHOW ALL SLAVES STATUS"
    return "SHOW REPLICA STATUS" if flavour.version >= _RENAMED else "SHOW SLAVE STATUS"


def _channel(row: Mapping[str, str], channel: str) -> Iterator[Sample]:
    lag = row.get("seconds_behind_source", row.get("seconds_behind_master"))
    yield from known("replication_lag_seconds", number(lag), channel=channel)
    for thread in ("io", "sql"):
        said = row.get(f"replica_{thread}_running", row.get(f"slave_{thread}_running"))
        if said is not None:
            running = said.lower() == "yes"
            yield sample("replication_running", running, channel=channel, thread=thread)
        error = number(row.get(f"last_{thread}_errno"))
        yield from known("replication_error", error, channel=channel, thread=thread)
    relay = number(row.get("relay_log_space"))
    yield from known("replication_relay_log_bytes", relay, channel=channel)


_CHANNEL = Label("channel", "Name of the channel or connection; mostly empty")
_THREAD = Label("thread", "io fetches, sql applies", ("io", "sql"))
PART = plain(
    "replication",
    (
        shown(
            "replication_lag_seconds",
            "How far a replica is behind; absent while it does not know.",
            _CHANNEL,
            feature=True,
        ),
        shown(
            "replication_running",
            "Whether a thread of a replica works; one that tries to connect does not.",
            _CHANNEL,
            _THREAD,
            feature=True,
        ),
        shown(
            "replication_error",
            "Number of its last error; 0: none.",
            _CHANNEL,
            _THREAD,
            feature=True,
        ),
        shown("replication_relay_log_bytes", "Fetched, in relay logs.", _CHANNEL, feature=True),
    ),
    read,
)
