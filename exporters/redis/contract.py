"""What the Redis collector exposes."""

from sothat.exporters.redis.part import PREFIX
from sothat.exporters.redis.parts import (
    clients,
    commands,
    keys,
    memory,
    persistence,
    replication,
    server,
    slow_log,
)
from sothat.exporters.watch import own_families
from sothat.model.metric import Contract

# In the order of their worth: what comes late may fall to a deadline.
PARTS = (
    server.PART,
    server.LATENCY,
    memory.PART,
    clients.PART,
    commands.TOTALS,
    keys.PART,
    persistence.PART,
    replication.PART,
    slow_log.PART,
    commands.PART,
)


def contract() -> Contract:
    """Return the contract of the Redis collector."""
    own = own_families(PREFIX, "a Redis server")
    return Contract("redis", (*own, *(family for part in PARTS for family in part.families)))
