"""The description of a building: ``kind: Building``, read strictly."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sothat.model.duration import parse_duration
from sothat.model.problem import Unusable
from sothat.runtime.documents import load_document
from sothat.runtime.schema import validate
from sothat.simulator import fleet
from sothat.simulator.behaviour.surroundings import Weather
from sothat.simulator.checks import contradictions, of_names
from sothat.simulator.plan import (
    Broadcasts,
    BuildingPlan,
    DevicePlan,
    Site,
    Sleep,
    Step,
    Timing,
)
from sothat.simulator.products import load_products

_BROADCAST_ADDRESS = "127.255.255.255"
_BROADCAST_PORTS = (6666, 6667)


def load_building(path: Path) -> BuildingPlan:
    """Read a building's description.

    Raises:
        Unusable: With all its problems, each with its place.
    """
    document = load_document(path)
    problems = validate(document, _schema())
    if not problems:
        problems = list(contradictions(document, load_products())) or list(of_names(document))
    if problems:
        raise Unusable(problems)
    return _plan(document.data)


def _schema() -> Mapping[str, Any]:
    text = Path(__file__).with_name("building.schema.json").read_text(encoding="utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema


def _plan(data: Mapping[str, Any]) -> BuildingPlan:
    sites = {name: _site(name, entry) for name, entry in data["sites"].items()}
    entries, seed = fleet.entries(data), data.get("seed", 1)
    direct = [entry for entry in entries if "gateway" not in entry]
    hosts = {entry["name"]: number for number, entry in enumerate(direct, start=1)}
    versions = {entry["name"]: str(entry["version"]) for entry in direct}
    devices = tuple(_device(entry, sites, hosts, versions) for entry in entries)
    return BuildingPlan(
        seed,
        data.get("max_clients", 1),
        float(data.get("idle_seconds", 30)),
        tuple(sites.values()),
        devices,
        report_seconds=float(data.get("report_seconds", 0)),
        broadcasts=_broadcasts(data),
        timing=_timing(data.get("clock", {})),
        weather=Weather(**data.get("weather", {})),
        script=(*_from_the_start(data, seed), *_script(data, devices, seed)),
    )


def _broadcasts(data: Mapping[str, Any]) -> Broadcasts | None:
    if "broadcast" not in data:
        return None
    given = data["broadcast"]
    plain, encrypted = given.get("ports", _BROADCAST_PORTS)
    address = given.get("address", _BROADCAST_ADDRESS)
    return Broadcasts(float(given["seconds"]), address, (plain, encrypted))


def _timing(given: Mapping[str, Any]) -> Timing:
    start = datetime.fromisoformat(given["start"]).timestamp() if "start" in given else None
    return Timing(float(given.get("factor", 1)), start)


def _from_the_start(data: Mapping[str, Any], seed: int) -> Iterator[Step]:
    for template in data.get("fleet", ()):
        for fault, names in fleet.dealt(template, seed):
            yield Step(0.0, fault, tuple(names))


def _script(data: Mapping[str, Any], devices: Sequence[DevicePlan], seed: int) -> Iterator[Step]:
    for number, step in enumerate(data.get("script", ())):
        names = step.get("devices") or [
            device.name
            for device in devices
            if device.fleet == step["fleet"] and not device.gateway
        ]
        if "share" in step:
            names = fleet.chosen(names, step["share"], f"{seed}/script/{number}")
        yield Step(
            parse_duration(step["at"]),
            step["fault"],
            tuple(names),
            parse_duration(step.get("for", "0")),
            parse_duration(step.get("every", "0")),
            step.get("parameters", {}),
        )


def _site(name: str, entry: Mapping[str, Any]) -> Site:
    zone = ZoneInfo(entry.get("timezone", "UTC"))
    return Site(name, entry["client"], entry["contract"], entry.get("building", name), zone)


def _device(
    entry: Mapping[str, Any],
    sites: Mapping[str, Site],
    hosts: Mapping[str, int],
    versions: Mapping[str, str],
) -> DevicePlan:
    through = entry.get("gateway", entry["name"])
    habit = entry.get("sleep")
    return DevicePlan(
        name=entry["name"],
        product=load_products()[entry["product"]],
        version=versions[through],
        site=sites[entry["site"]],
        floor=entry["floor"],
        room=entry["room"],
        gateway=entry.get("gateway", ""),
        host=hosts[through],
        sleep=habit and Sleep(parse_duration(habit["every"]), parse_duration(habit["awake"])),
        fleet=entry.get("fleet", ""),
    )
