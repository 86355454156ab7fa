"""How far a campaign is, and whether it may go on: pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sothat.exporters.firmware.campaigns import Campaign, Cohort

Key = tuple[str, str]  # site and device


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one device.

    Attributes:
        version: The last that it reported.
        up: Whether it answers; None where nobody knows.
        errors: Within the last hour.
        update: What the cloud says of its update, empty where nothing.
    """

    site: str
    device: str
    version: str
    up: bool | None = None
    errors: float = 0.0
    update: str = ""

    @property
    def key(self) -> Key:
        """Return what tells it from all others."""
        return (self.site, self.device)


@dataclass(frozen=True, slots=True)
class Finding:
    """How far one device is.

    Attributes:
        state: ``pending``, ``settling``, ``updated``, ``failed`` or ``stuck``.
        problem: What is wrong, empty where nothing is.
    """

    seen: Seen
    state: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class CohortFinding:
    """How a cohort stands.

    Attributes:
        state: ``waiting``, ``running``, ``done``, ``held`` or ``stopped``.
        gates: Whether it passes each; those with nothing to judge by are left out.
    """

    cohort: Cohort
    devices: Sequence[Finding]
    gates: Mapping[str, bool]
    state: str

    @property
    def counts(self) -> Counter[str]:
        """Return the number of devices by state."""
        return Counter(one.state for one in self.devices)

    @property
    def progress(self) -> float | None:
        """Return the share that is done, None of none."""
        return self.counts["updated"] / len(self.devices) if self.devices else None

    @property
    def success(self) -> float | None:
        """Return the share of attempts that went well, None before the first."""
        counts = self.counts
        attempts = counts["updated"] + counts["failed"]
        return counts["updated"] / attempts if attempts else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a campaign stands.

    Attributes:
        errors: Errors of a device within the last hour, on average, by group.
        rollback: Whether the version is to be taken back.
    """

    campaign: Campaign
    cohorts: Sequence[CohortFinding]
    errors: Mapping[str, float]
    rollback: bool


@dataclass(slots=True)
class Memory:
    """What was seen before, by campaign.

    Attributes:
        reached: When each device was first seen on the version.
        silent: Since when each device on the version has not answered.
    """

    reached: dict[str, dict[Key, float]] = field(default_factory=dict)
    silent: dict[str, dict[Key, float]] = field(default_factory=dict)


def judge(campaign: Campaign, seen: Iterable[Seen], memory: Memory, now: float) -> Verdict:
    """Return how a campaign stands; what is to be remembered goes into the memory.

    Args:
        campaign: Its terms.
        seen: Devices of its product.
        memory: What was seen before.
        now: Seconds since the epoch.
    """
    parts: dict[str, list[Finding]] = {one.name: [] for one in campaign.cohorts}
    every: list[Finding] = []
    for one in seen:
        cohort = campaign.cohort(one.site, one.device)
        finding = _finding(campaign, cohort, one, memory, now)
        every.append(finding)
        if cohort:
            parts[cohort.name].append(finding)
    errors = _error_rates(campaign, every)
    cohorts = _cohorts(campaign, parts, errors, now)
    return Verdict(campaign, cohorts, errors, any(one.state == "stopped" for one in cohorts))


def _finding(
    campaign: Campaign, cohort: Cohort | None, one: Seen, memory: Memory, now: float
) -> Finding:
    reached = memory.reached.setdefault(campaign.name, {})
    silent = memory.silent.setdefault(campaign.name, {})
    if one.version == campaign.target:
        return _on_target(campaign, one, reached, silent, now)
    silent.pop(one.key, None)
    if one.key in reached:
        return Finding(one, "failed", "reverted")
    if one.update in ("failed", "timeout"):
        return Finding(one, "failed", "update-failed")
    if cohort and now - cohort.starts > campaign.stuck_after:
        return Finding(one, "stuck", "stuck")
    return Finding(one, "pending")


def _on_target(
    campaign: Campaign, one: Seen, reached: dict[Key, float], silent: dict[Key, float], now: float
) -> Finding:
    since = reached.setdefault(one.key, now)
    if one.up is False:
        # It restarts after an update: only what stays dark has failed.
        dark = silent.setdefault(one.key, now)
        if now - dark >= campaign.settle:
            return Finding(one, "failed", "silent")
        return Finding(one, "settling")
    silent.pop(one.key, None)
    return Finding(one, "updated" if now - since >= campaign.settle else "settling")


def _error_rates(campaign: Campaign, every: Sequence[Finding]) -> Mapping[str, float]:
    groups = {
        "updated": [one.seen.errors for one in every if one.seen.version == campaign.target],
        "others": [one.seen.errors for one in every if one.seen.version != campaign.target],
    }
    return {name: sum(found) / len(found) for name, found in groups.items() if found}


def _cohorts(
    campaign: Campaign,
    parts: Mapping[str, Sequence[Finding]],
    errors: Mapping[str, float],
    now: float,
) -> Sequence[CohortFinding]:
    found: list[CohortFinding] = []
    for cohort in campaign.cohorts:
        devices = parts[cohort.name]
        gates = _gates(campaign, devices, errors)
        state = _state(cohort, devices, gates, found, now)
        found.append(CohortFinding(cohort, devices, gates, state))
    return found


def _gates(
    campaign: Campaign, devices: Sequence[Finding], errors: Mapping[str, float]
) -> Mapping[str, bool]:
    counts = Counter(one.state for one in devices)
    problems = Counter(one.problem for one in devices)
    attempts = counts["updated"] + counts["failed"]
    if not attempts:
        return {}
    terms = campaign.gates
    gates = {
        "success": counts["updated"] >= terms.success * attempts,
        "failures": counts["failed"] <= terms.failures * len(devices),
        "silent": problems["silent"] <= terms.silent * attempts,
    }
    if len(errors) == 2:  # noqa: PLR2004 – both groups
        # Where the others have none at all, one error a day is not yet a comparison.
        usual = max(errors["others"], 1 / 24)
        gates["errors"] = errors["updated"] <= terms.errors * usual
    return gates


def _state(
    cohort: Cohort,
    devices: Sequence[Finding],
    gates: Mapping[str, bool],
    before: Sequence[CohortFinding],
    now: float,
) -> str:
    if not gates.get("failures", True) or not gates.get("silent", True):
        return "stopped"
    if now < cohort.starts:
        return "waiting"
    if not all(map(_lets_go_on, before)):
        return "held"
    if devices and all(one.state == "updated" for one in devices):
        return "done"
    return "running"


def _lets_go_on(cohort: CohortFinding) -> bool:
    """Return whether the next cohort may begin: this one is well, and has been tried."""
    if not cohort.devices:
        return True
    return bool(cohort.gates) and all(cohort.gates.values())
