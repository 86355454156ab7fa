"""What the MySQL collector exposes."""

from sothat.exporters.mysql.part import PREFIX
from sothat.exporters.mysql.parts import (
    binlog,
    connections,
    deadlocks,
    digests,
    indexes,
    innodb,
    locks,
    replication,
    schema,
    server,
    settings,
    space,
    statements,
    transactions,
)
from sothat.exporters.watch import own_families
from sothat.model.metric import Contract

# In the order of their worth: what comes late may fall to a deadline.
PARTS = (
    server.PART,
    connections.PART,
    statements.PART,
    innodb.PART,
    replication.PART,
    transactions.PART,
    locks.PART,
    deadlocks.PART,
    settings.PART,
    binlog.PART,
    digests.PART,
    space.PART,
    indexes.USE,
    indexes.DUPLICATES,
    schema.PART,
)


def contract() -> Contract:
    """Return the contract of the MySQL collector."""
    own = own_families(PREFIX, "a MySQL or MariaDB server")
    return Contract("mysql", (*own, *(family for part in PARTS for family in part.families)))
