"""The campaign file: ``kind: FirmwareCampaigns``, read strictly."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sothat.exporters.schema import DURATION_SCHEMA
from sothat.model.duration import parse_duration
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate

_NAME = {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,62}$"}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
_TEXTS = {"type": "array", "minItems": 1, "items": _TEXT, "uniqueItems": True}
_PERCENT = {"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]+)?%$"}
_COHORT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "starts"],
    "properties": {
        "name": _NAME,
        "starts": _TEXT,
        "devices": _TEXTS,
        "sites": _TEXTS,
        "share": _PERCENT,
    },
}
_GATES = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "success": {**_PERCENT, "default": "98%"},
        "failures": {**_PERCENT, "default": "5%"},
        "silent": {**_PERCENT, "default": "5%"},
        "errors": {"type": "number", "minimum": 1, "default": 2},
    },
}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "campaigns"],
    "properties": {
        "apiVersion": {"const": "sothat/v1"},
        "kind": {"const": "FirmwareCampaigns"},
        "campaigns": {
            "type": "array",
            "maxItems": 100,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "product", "target", "cohorts"],
                "properties": {
                    "name": _NAME,
                    "product": _TEXT,
                    "target": _TEXT,
                    "stuck_after": {**DURATION_SCHEMA, "default": "1d"},
                    "settle": {**DURATION_SCHEMA, "default": "1h"},
                    "gates": _GATES,
                    "cohorts": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 50,
                        "items": _COHORT,
                    },
                },
            },
        },
    },
}
_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Cohort:
    """A part of the devices that begins at the same time.

    Attributes:
        starts: Seconds since the epoch.
        devices: By name; empty: any.
        sites: Empty: any.
        share: Of the devices that are left to it, from 0 to 1.
    """

    name: str
    starts: float
    devices: frozenset[str]
    sites: frozenset[str]
    share: float

    def takes(self, campaign: str, site: str, device: str) -> bool:
        """Return whether a device belongs here, unless it belongs to a cohort before."""
        if self.devices and device not in self.devices:
            return False
        if self.sites and site not in self.sites:
            return False
        # The same devices each time, whatever else there is, and others in each campaign.
        seed = f"{campaign}\0{self.name}\0{site}\0{device}".encode()
        return zlib.crc32(seed) % _BUCKETS < self.share * _BUCKETS


@dataclass(frozen=True, slots=True)
class Gates:
    """What a cohort must keep to.

    Attributes:
        success: Least share of attempts that go well before the next cohort may begin.
        failures: Greatest share of a cohort that may fail; beyond it the version is taken back.
        silent: Greatest share of updated devices that may be silent; as failures.
        errors: How many times as many errors updated devices may have as the others.
    """

    success: float
    failures: float
    silent: float
    errors: float


@dataclass(frozen=True, slots=True)
class Campaign:
    """One roll-out.

    Attributes:
        stuck_after: Seconds after which a device that has not taken the version is stuck.
        settle: Seconds that a device must run the version before it counts as updated.
    """

    name: str
    product: str
    target: str
    stuck_after: float
    settle: float
    gates: Gates
    cohorts: tuple[Cohort, ...]

    def cohort(self, site: str, device: str) -> Cohort | None:
        """Return the cohort that a device belongs to, the first that takes it."""
        return next((one for one in self.cohorts if one.takes(self.name, site, device)), None)


def load_campaigns(path: Path) -> tuple[Campaign, ...]:
    """Read the file.

    Raises:
        Unusable: It cannot be read or used; all problems are named.
    """
    document = load_document(path)
    problems = validate(document, SCHEMA) or [*_faults(document)]
    if problems:
        raise Unusable(problems)
    return tuple(map(_campaign, document.data["campaigns"]))


def _campaign(written: Mapping[str, Any]) -> Campaign:
    gates = written.get("gates", {})
    return Campaign(
        name=written["name"],
        product=written["product"],
        target=written["target"],
        stuck_after=parse_duration(written.get("stuck_after", "1d")),
        settle=parse_duration(written.get("settle", "1h")),
        gates=Gates(
            _ratio(gates.get("success", "98%")),
            _ratio(gates.get("failures", "5%")),
            _ratio(gates.get("silent", "5%")),
            gates.get("errors", 2),
        ),
        cohorts=tuple(map(_cohort, written["cohorts"])),
    )


def _cohort(written: Mapping[str, Any]) -> Cohort:
    return Cohort(
        written["name"],
        _instant(written["starts"]) or 0.0,
        frozenset(written.get("devices", ())),
        frozenset(written.get("sites", ())),
        _ratio(written.get("share", "100%")),
    )


def _ratio(text: str) -> float:
    return float(text.removesuffix("%")) / 100


def _instant(text: str) -> float | None:
    """Return the seconds since the epoch of an RFC 3339 time, None where it is none."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC).timestamp() if found.tzinfo else None
    except (ValueError, OverflowError):  # the second: before the year 1, or after 9999, in UTC
        return None


def _faults(document: Document) -> Iterator[Problem]:
    names: set[str] = set()
    for number, campaign in enumerate(document.data["campaigns"]):
        path: list[str | int] = ["campaigns", number]
        if campaign["name"] in names:
            message = f"another campaign has the name '{campaign['name']}'"
            yield document.problem("name-clash", message, [*path, "name"])
        names.add(campaign["name"])
        yield from _percent_faults(document, [*path, "gates"], campaign.get("gates", {}))
        yield from _cohort_faults(document, [*path, "cohorts"], campaign["cohorts"])


def _cohort_faults(
    document: Document, path: list[str | int], cohorts: list[Mapping[str, Any]]
) -> Iterator[Problem]:
    names: set[str] = set()
    latest = float("-inf")
    for number, cohort in enumerate(cohorts):
        where = [*path, number]
        if cohort["name"] in names:
            message = f"another cohort has the name '{cohort['name']}'"
            yield document.problem("name-clash", message, [*where, "name"])
        names.add(cohort["name"])
        yield from _percent_faults(document, where, cohort)
        starts = _instant(cohort["starts"])
        if starts is None:
            message = f"'{cohort['starts']}' is no time with its offset"
            hint = "such as 2026-11-23T08:00:00Z"
            yield document.problem("bad-time", message, [*where, "starts"], hint=hint)
        elif starts < latest:
            message = "a cohort begins before the one above it"
            yield document.problem("out-of-range", message, [*where, "starts"])
        else:
            latest = starts


def _percent_faults(
    document: Document, path: list[str | int], written: Mapping[str, Any]
) -> Iterator[Problem]:
    for key, value in written.items():
        if isinstance(value, str) and value.endswith("%") and _ratio(value) > 1:
            yield document.problem("out-of-range", f"{value} is more than all", [*path, key])
