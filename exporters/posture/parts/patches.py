"""How soon security patches were installed once they were published (Debian and its kin).

A security patch is an upgrade in dpkg's log to a version whose newest changelog entry was made for
a security archive. It was in time when it was installed within ``patch_within`` of that entry's
date. Upgrades whose changelog is not installed, or is of another version, count neither way.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sothat.exporters.clock import Deadline
from sothat.exporters.declare import gauge
from sothat.exporters.posture.changelogs import newest_entry
from sothat.exporters.posture.dpkg_log import Upgrade, upgrades
from sothat.exporters.posture.machine import Machine
from sothat.exporters.posture.part import Part, Reader
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.source import Context, PollFailed, Sample, Settings
from sothat.model.duration import parse_duration
from sothat.model.metric import Label

DEFAULT_WITHIN = "14d"
LOOKED_BACK = 90 * 86400.0
_MOST_PACKAGES = 5_000


def _open(settings: Settings, machine: Machine, _context: Context) -> Reader:
    within = parse_duration(settings.values.get("patch_within", DEFAULT_WITHIN))

    def read(deadline: Deadline) -> Iterator[Sample]:
        found = list(_newest(upgrades(machine, deadline), machine.clock.time()))
        if found:
            yield Sample("posture_last_upgrade_timestamp_seconds", max(u.at for u in found))
            yield from _patches(found, within, machine, deadline)

    return read


def _newest(found: Iterable[Upgrade], now: float) -> Iterator[Upgrade]:
    """Yield the last upgrade of each package that was upgraded lately."""
    packages: dict[str, Upgrade] = {}
    for upgrade in found:
        if now - LOOKED_BACK <= upgrade.at <= now and len(packages) < _MOST_PACKAGES:
            known = packages.get(upgrade.package)
            if known is None or known.at <= upgrade.at:
                packages[upgrade.package] = upgrade
    yield from packages.values()


def _patches(
    found: Iterable[Upgrade], within: float, machine: Machine, deadline: Deadline
) -> Iterator[Sample]:
    counts = {"in-time": 0, "late": 0}
    for upgrade in found:
        if deadline.expired():
            raise PollFailed("deadline", "no time to read all changelogs")
        entry = newest_entry(machine, upgrade.package)
        if entry and entry.version == upgrade.version and entry.security:
            counts["in-time" if upgrade.at - entry.at <= within else "late"] += 1
    for timing, count in counts.items():
        yield Sample("posture_security_patches", count, {"timing": timing})


_PROPERTIES: dict[str, Any] = {"patch_within": {**DURATION_SCHEMA, "default": DEFAULT_WITHIN}}
PART = Part(
    "patches",
    (
        gauge(
            "posture_last_upgrade_timestamp_seconds",
            "When a package was last upgraded; absent where none was within 90 days.",
            feature=True,
        ),
        gauge(
            "posture_security_patches",
            "Security patches of the last 90 days, by whether they were installed within "
            "patch_within of being published.",
            [Label("timing", "Whether it was in time", ("in-time", "late"))],
            feature=True,
        ),
    ),
    _open,
    _PROPERTIES,
)
