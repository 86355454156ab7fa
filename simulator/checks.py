"""What a schema cannot say of a building's description: references, doubles, limits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sothat.model.duration import parse_duration
from sothat.model.problem import Problem
from sothat.runtime.documents import Document
from sothat.simulator import fleet
from sothat.simulator.faults import FaultName, FaultRefused, make_fault
from sothat.simulator.products import Product

MAX_DEVICES = 2000


def contradictions(document: Document, products: Mapping[str, Product]) -> Iterator[Problem]:
    """Yield what a schema cannot say: references, doubles, limits."""
    yield from _unknown_zones(document)
    yield from _doubles(document)
    devices = document.data.get("devices", [])
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
        yield from _restless(document, where, products[entry["product"]])
    yield from _of_templates(document, products)
    yield from _too_many(document)


def _too_many(document: Document) -> Iterator[Problem]:
    templates = document.data.get("fleet", [])
    number = len(document.data.get("devices", [])) + sum(map(fleet.size, templates))
    if number > MAX_DEVICES:
        message = f"{number} devices; a building has {MAX_DEVICES} at most"
        path = ["fleet" if templates else "devices"]
        yield document.problem("too-many-devices", message, path, key=True)


def _of_templates(document: Document, products: Mapping[str, Product]) -> Iterator[Problem]:
    for index, template in enumerate(document.data.get("fleet", [])):
        where: list[str | int] = ["fleet", index]
        for number, site in enumerate(template["sites"]):
            if site not in document.data["sites"]:
                path = [*where, "sites", number]
                yield _unknown(document, path, "site", document.data["sites"])
        if template["product"] not in products:
            yield _unknown(document, [*where, "product"], "product", products)
            continue
        product = products[template["product"]]
        if product.sub_device:
            message = f"a {product.name} is reached through a gateway: put it among its 'children'"
            yield document.problem("missing-gateway", message, [*where, "product"])
        yield from _restless(document, where, product)
        yield from _wrong_children(document, where, products)
        yield from _wrong_shares(document, where)


def _wrong_children(
    document: Document, where: Sequence[str | int], products: Mapping[str, Product]
) -> Iterator[Problem]:
    template = _at(document, where)
    if "children" in template and not products[template["product"]].gateway:
        message = f"a {template['product']} is no gateway"
        yield document.problem("needless-gateway", message, [*where, "children"], key=True)
    for number, child in enumerate(template.get("children", [])):
        path = [*where, "children", number, "product"]
        if child["product"] not in products:
            yield _unknown(document, path, "product", products)
        elif not products[child["product"]].sub_device:
            message = f"a {child['product']} has an address of its own and no gateway"
            yield document.problem("needless-gateway", message, path)


def _wrong_shares(document: Document, where: Sequence[str | int]) -> Iterator[Problem]:
    shares = _at(document, where).get("faults", {})
    for fault in shares:
        if fault not in [*FaultName]:
            yield _unknown_fault(document, [*where, "faults", fault], fault, key=True)
    if sum(shares.values()) > 1:
        message = "the shares of the faults add up to more than 1"
        yield document.problem("out-of-range", message, [*where, "faults"], key=True)


def _restless(
    document: Document, where: Sequence[str | int], product: Product
) -> Iterator[Problem]:
    """Yield what is wrong with a habit of sleeping."""
    habit = _at(document, where).get("sleep")
    if habit is None:
        return
    if product.sub_device or not product.battery:
        message = f"a {product.name} does not sleep: it is no battery device with an address"
        yield document.problem("out-of-range", message, [*where, "sleep"], key=True)
    elif not 0 < parse_duration(habit["awake"]) < parse_duration(habit["every"]):
        message = "'awake' must be above zero and below 'every'"
        yield document.problem("out-of-range", message, [*where, "sleep", "awake"])


def of_names(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with names, in a description without other contradictions."""
    names = [entry["name"] for entry in fleet.entries(document.data)]
    yield from _collisions(document, names)
    yield from _script_problems(document, names)


def _script_problems(document: Document, names: Iterable[str]) -> Iterator[Problem]:
    known, fleets = set(names), [one["name"] for one in document.data.get("fleet", [])]
    for index, step in enumerate(document.data.get("script", [])):
        where: list[str | int] = ["script", index]
        if step["fault"] not in [*FaultName]:
            yield _unknown_fault(document, [*where, "fault"], step["fault"])
            continue
        for number, name in enumerate(step.get("devices", [])):
            if name not in known:
                path = [*where, "devices", number]
                yield document.problem("unknown-device", f"no device '{name}'", path)
        if step.get("fleet", "") not in ("", *fleets):
            yield _unknown(document, [*where, "fleet"], "fleet", fleets)
        try:
            make_fault(FaultName(step["fault"]), step.get("parameters", {}), 0)
        except FaultRefused as error:
            path = [*where, "parameters"]
            yield document.problem("bad-parameter", str(error), path, key=True)


def _unknown_fault(
    document: Document, where: Sequence[str | int], name: str, *, key: bool = False
) -> Problem:
    hint = f"known here: {', '.join(FaultName)}"
    return document.problem("unknown-fault", f"no fault '{name}'", where, hint=hint, key=key)


def _at(document: Document, where: Sequence[str | int]) -> Any:
    found = document.data
    for part in where:
        found = found[part]
    return found


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
    for index, entry in enumerate(document.data.get("devices", [])):
        first = seen.setdefault(entry["name"], index)
        if first != index:
            line = document.position(["devices", first]).line
            message = f"two devices are named '{entry['name']}'; the first is on line {line}"
            yield document.problem("duplicate-name", message, ["devices", index, "name"])


def _collisions(document: Document, names: Iterable[str]) -> Iterator[Problem]:
    """Yield a problem where a template makes a name that is there already."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            message = f"a template makes a second device that is named '{name}'"
            yield document.problem("duplicate-name", message, ["fleet"], key=True)
            return
        seen.add(name)


def _unknown(
    document: Document, where: Sequence[str | int], what: str, known: Iterable[str]
) -> Problem:
    value = _at(document, where)
    names = ", ".join(known)
    hint = f"known here: {names}" if names else ""
    return document.problem(f"unknown-{what}", f"no {what} '{value}'", where, hint=hint)
