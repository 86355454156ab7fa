"""What the host collector exposes."""

from sothat.exporters.host.filesystems import FAMILIES
from sothat.exporters.host.parts import (
    clock,
    connections,
    descriptors,
    disks,
    memory,
    network,
    pressure,
    processor,
    system,
    temperatures,
)
from sothat.model.metric import Contract

# In the order of their worth: what comes late may fall to a deadline.
PARTS = (
    processor.PART,
    memory.PART,
    pressure.PART,
    disks.PART,
    network.PART,
    connections.PART,
    descriptors.PART,
    clock.PART,
    temperatures.PART,
    system.PART,
)


def contract() -> Contract:
    """Return the contract of the host collector."""
    return Contract("host", (*(family for part in PARTS for family in part.families), *FAMILIES))
