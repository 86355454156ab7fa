"""What the PostgreSQL collector and probe expose."""

from sothat.exporters.declare import counter, gauge
from sothat.exporters.postgresql.part import SERVER
from sothat.exporters.postgresql.parts import (
    bloat,
    checkpoints,
    connections,
    databases,
    indexes,
    io,
    locks,
    replication,
    schema,
    server,
    settings,
    sizes,
    statements,
    tables,
    transactions,
    vacuum,
    wal,
    wal_files,
)
from sothat.model.metric import Contract, Label

# In the order of their worth: what comes late may fall to a deadline.
PARTS = (
    server.PART,
    connections.PART,
    databases.PART,
    replication.PART,
    transactions.PART,
    locks.PART,
    wal.PART,
    checkpoints.PART,
    io.PART,
    settings.PART,
    statements.PART,
    wal_files.PART,
    sizes.PART,
    vacuum.PART,
    tables.PART,
    indexes.PART,
    bloat.PART,
    schema.PART,
)
REASONS = (
    "refused",
    "unresolved",
    "authentication",
    "starting",
    "full",
    "timeout",
    "lost",
    "other",
)
REFUSALS = ("permission", "missing", "locked", "timeout", "lost", "other")
_PART = Label("part", "Part of the figures", tuple(part.name for part in PARTS))

OWN = (
    gauge("postgresql_up", "Whether the server answers in time.", [SERVER]),
    gauge(
        "postgresql_unreachable",
        "Always 1, while it does not; by why.",
        [SERVER, Label("reason", "Why", REASONS)],
        event=True,
    ),
    gauge(
        "postgresql_connect_duration_seconds",
        "How long opening the connection took that is in use.",
        [SERVER],
    ),
    gauge(
        "postgresql_part_success",
        "Whether a part was read as a whole; what is missing of it is absent.",
        [SERVER, _PART],
    ),
    counter(
        "postgresql_part_refusals_total",
        "Times that the server did not answer for a part.",
        [SERVER, _PART, Label("reason", "Why", REFUSALS)],
        event=True,
    ),
    gauge(
        "postgresql_part_age_seconds",
        "How long ago a part was read; slow ones are read less often.",
        [SERVER, _PART],
    ),
)


def contract() -> Contract:
    """Return the contract of the PostgreSQL collector."""
    return Contract("postgresql", (*OWN, *(family for part in PARTS for family in part.families)))
