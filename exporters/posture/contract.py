"""What the posture collector exposes."""

from sothat.exporters.posture.parts import (
    backups,
    certificates,
    drift,
    patches,
    reboot,
    records,
    reports,
    updates,
)
from sothat.model.metric import Contract

# Files that are named in the settings last: they may lie on a file system that hangs.
PARTS = (
    reboot.PART,
    updates.PART,
    patches.PART,
    records.PART,
    drift.PART,
    certificates.PART,
    reports.PART,
    backups.PART,
)


def contract() -> Contract:
    """Return the contract of the posture collector."""
    return Contract("posture", tuple(family for part in PARTS for family in part.families))
