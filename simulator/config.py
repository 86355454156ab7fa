"""The description of a building: ``kind: Building``, read strictly."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate
from sothat.simulator.products import Product, load_products

MAX_ADDRESSES = 254


@dataclass(frozen=True, slots=True)
class Site:
    """A site, the sample client that it belongs to, and the contract in force."""

    name: str
    client: str
    contract: str
    building: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """One device as described.

    Attributes:
        version: The protocol's version; a sub-device has its gateway's.
        gateway: The gateway's name for sub-devices, else empty.
        host: Number of the address within the subnet, from 1; a sub-device has its gateway's.
    """

    name: str
    product: Product
    version: str
    site: Site
    floor: str
    room: str
    gateway: str
    host: int


@dataclass(frozen=True, slots=True)
class BuildingPlan:
    """A whole building.

    Attributes:
        max_clients: How many TCP clients a device serves at once; real ones serve one.
        idle_seconds: After how long without a word a device hangs up.
    """

    seed: int
    max_clients: int
    idle_seconds: float
    sites: tuple[Site, ...]
    devices: tuple[DevicePlan, ...]


def load_building(path: Path) -> BuildingPlan:
    """Read a building's description.

    Raises:
        Unusable: With all its problems, each with its place.
    """
    document = load_document(path)
    problems = validate(document, _schema())
    if not problems:
        problems = list(_contradictions(document, load_products()))
    if problems:
        raise Unusable(problems)
    return _plan(document.data)


def _schema() -> Mapping[str, Any]:
    text = Path(__file__).with_name("building.schema.json").read_text(encoding="utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema


def _contradictions(document: Document, products: Mapping[str, Product]) -> Iterator[Problem]:
    """Yield what a schema cannot say: references, doubles, the limits of a subnet."""
    yield from _unknown_zones(document)
    yield from _doubles(document)
    devices = document.data["devices"]
    gateways = {
        entry["name"]
        for entry in devices
        if entry["product"] in products and products[entry["product"]].gateway
    }
    for index, entry in enumerate(devices):
        where: list[str | int] = ["devices", index]
        if entry["site"] not in document.data["sites"]:
            yield _unknown(document, [*where, "site"], "site", document.data["sites"])
        if entry["product"] not in products:
            yield _unknown(document, [*where, "product"], "product", products)
            continue
        yield from _misplaced(document, where, products[entry["product"]], gateways)
    direct = sum("gateway" not in entry for entry in devices)
    if direct > MAX_ADDRESSES:
        message = f"{direct} devices with an address of their own; a subnet has {MAX_ADDRESSES}"
        yield document.problem("too-many-devices", message, ["devices"], key=True)


def _misplaced(
    document: Document, where: list[str | int], product: Product, gateways: set[str]
) -> Iterator[Problem]:
    """Yield what is wrong with where a device is attached."""
    entry = document.data["devices"][where[1]]
    if "gateway" in entry and entry["gateway"] not in gateways:
        yield _unknown(document, [*where, "gateway"], "gateway", sorted(gateways))
    if product.sub_device and "gateway" not in entry:
        message = f"a {product.name} is reached through a gateway, and none is named"
        yield document.problem("missing-gateway", message, where)
    if not product.sub_device and "gateway" in entry:
        message = f"a {product.name} has an address of its own and no gateway"
        yield document.problem("needless-gateway", message, [*where, "gateway"], key=True)
    if not product.sub_device and "version" not in entry:
        yield document.problem("missing-key", "the key 'version' is missing", where)
    if product.sub_device and "version" in entry:
        message = "a sub-device speaks its gateway's version"
        yield document.problem("needless-version", message, [*where, "version"], key=True)


def _unknown_zones(document: Document) -> Iterator[Problem]:
    for name, site in document.data["sites"].items():
        try:
            ZoneInfo(site.get("timezone", "UTC"))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = f"no time zone '{site['timezone']}'"
            where = ["sites", name, "timezone"]
            yield document.problem("unknown-timezone", message, where, hint="such as Europe/London")


def _doubles(document: Document) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, entry in enumerate(document.data["devices"]):
        first = seen.setdefault(entry["name"], index)
        if first != index:
            line = document.position(["devices", first]).line
            message = f"two devices are named '{entry['name']}'; the first is on line {line}"
            yield document.problem("duplicate-name", message, ["devices", index, "name"])


def _unknown(
    document: Document, where: list[str | int], what: str, known: Iterable[str]
) -> Problem:
    value = document.data["devices"][where[1]][where[2]]
    names = ", ".join(known)
    hint = f"known here: {names}" if names else ""
    return document.problem(f"unknown-{what}", f"no {what} '{value}'", where, hint=hint)


def _plan(data: Mapping[str, Any]) -> BuildingPlan:
    sites = {name: _site(name, entry) for name, entry in data["sites"].items()}
    direct = [entry for entry in data["devices"] if "gateway" not in entry]
    hosts = {entry["name"]: number for number, entry in enumerate(direct, start=1)}
    versions = {entry["name"]: str(entry["version"]) for entry in direct}
    devices = tuple(_device(entry, sites, hosts, versions) for entry in data["devices"])
    return BuildingPlan(
        data.get("seed", 1),
        data.get("max_clients", 1),
        float(data.get("idle_seconds", 30)),
        tuple(sites.values()),
        devices,
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
    return DevicePlan(
        name=entry["name"],
        product=load_products()[entry["product"]],
        version=versions[through],
        site=sites[entry["site"]],
        floor=entry["floor"],
        room=entry["room"],
        gateway=entry.get("gateway", ""),
        host=hosts[through],
    )
