"""Devices and gateways: which are down since when, and why."""

from collections.abc import Iterator
from typing import Final

from sothat.dashboards import empty, links
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.kit import Kit
from sothat.dashboards.palette import GOOD
from sothat.dashboards.panels import bar_gauge, time_series
from sothat.dashboards.query import Query, now, or_row, rows
from sothat.dashboards.states import state_timeline
from sothat.dashboards.tables import Column, table
from sothat.dashboards.words import UNREACHABLE, UP_DOWN, Word

_CHOSEN: Final = 'site=~"$site",gateway=~"$gateway"'
# Where no device fails, the link to the details chooses all of them.
_CALM: Final = "All"


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return the tiles on devices, then those on gateways."""
    yield _device_states(kit)
    yield _unreachable(kit)
    yield _gateway_states(kit)
    yield _batteries(kit)
    yield _availability(kit)


def _device_states(kit: Kit) -> Tile:
    name = "tuya_device_up"
    face = Face(
        "Devices, up or down",
        kit.describe("Whether each building device answers.", "IotDeviceOffline"),
        kit.unit(name),
        empty.NO_DEVICE,
        words=UP_DOWN,
        links=(links.drill(links.DEVICE, "Details", device="${__field.labels.device}"),),
    )
    # The worst of several exporters: one that lags must not paint a device up that is down.
    expr = f"min by (site, device) ({name}{{{_CHOSEN}}})"
    return state_timeline(face, Query(expr, "{{device}}"), size=(14, 14))


def _unreachable(kit: Kit) -> Tile:
    name = "tuya_device_unreachable"
    alerts = ("IotDeviceOffline", "IotDeviceKeyRejected")
    face = Face(
        "Devices that do not answer, and why",
        kit.describe("How each device fails says what to do first.", *alerts),
        kit.unit(name),
        empty.NO_DEVICE,
    )
    calm = {_CALM: Word("Every device answers", GOOD)}
    details = links.drill(links.DEVICE, "Details", device="${__value.raw}")
    columns = [
        Column("device", "Device", words=calm, links=(details,)),
        Column("reason", "How it fails", words=UNREACHABLE),
        Column("site", "Site", 130),
        Column("gateway", "Gateway", 130),
    ]
    failing = f"max by (device, reason, site, gateway) ({name}{{{_CHOSEN}}})"
    query = rows(or_row(failing, f"tuya_device_up{{{_CHOSEN}}}", "device", _CALM))
    return table(face, query, columns, sort="Device", size=(10, 14))


def _gateway_states(kit: Kit) -> Tile:
    name = "tuya_gateway_up"
    face = Face(
        "Gateways, up or down",
        kit.describe("Whether each gateway answers.", "IotGatewayDown"),
        kit.unit(name),
        empty.NO_GATEWAY,
        words=UP_DOWN,
    )
    expr = f"min by (site, gateway) ({name}{{{_CHOSEN}}})"
    return state_timeline(face, Query(expr, "{{gateway}}"), size=(8, 6))


def _batteries(kit: Kit) -> Tile:
    name = "tuya_device_battery_ratio"
    alerts = ("IotDeviceBatteryLow",)
    face = Face(
        "Lowest batteries",
        kit.describe("The three emptiest batteries; replace before they are flat.", *alerts),
        kit.unit(name),
        "no data: no device reports a battery",
        kit.bands(*alerts),
        decimals=0,
    )
    expr = f"sort(bottomk(3, max by (site, device) ({name}{{{_CHOSEN}}})))"
    return bar_gauge(face, now(expr, "{{device}}, {{site}}"), size=(8, 6))


def _availability(kit: Kit) -> Tile:
    record = "site:tuya_devices_up:ratio"
    alerts = ("IotFleetDegraded",)
    face = Face(
        "Share of devices that answer",
        kit.describe("A whole site sinking means network or power, not devices.", *alerts),
        kit.unit(record),
        empty.NO_DEVICE,
        kit.bands(*alerts),
    )
    return time_series(face, Query(f'{record}{{site=~"$site"}}', "{{site}}"), size=(8, 6))
