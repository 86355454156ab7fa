"""Device detail: response, errors, radio, battery, power, temperature, firmware."""

from collections.abc import Iterator
from typing import Final

from sothat.dashboards.boards.technical._lines import gauge_line, rate_line
from sothat.dashboards.face import Face, Tile
from sothat.dashboards.kit import Kit
from sothat.dashboards.query import Query, rows
from sothat.dashboards.tables import Column, table

_CHOSEN: Final = 'site=~"$site",gateway=~"$gateway",device=~"$device"'
_BY: Final = "{{device}}, {{site}}"
_EMPTY: Final = "no data: none of the chosen devices reports this"
_GAUGES: Final = (
    (
        "Response time",
        "How long a device takes to answer; seconds point to radio or an overloaded gateway.",
        "tuya_device_response_duration_seconds",
        (),
    ),
    (
        "Signal strength",
        "Radio signal at the device; below -80 dBm expect drops: move the access point.",
        "tuya_device_signal_dbm",
        (),
    ),
    (
        "Battery",
        "Charge of the devices that run on battery.",
        "tuya_device_battery_ratio",
        ("IotDeviceBatteryLow",),
    ),
    (
        "Power",
        "Power that metered devices draw.",
        "tuya_device_power_watts",
        (),
    ),
    (
        "Temperature",
        "Temperature that thermostats and sensors measure.",
        "tuya_device_temperature_celsius",
        (),
    ),
)


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return the tiles on the chosen devices."""
    for title, description, name, alerts in _GAUGES:
        query = Query(f"max by (site, device) ({name}{{{_CHOSEN}}})", _BY)
        yield gauge_line(kit, title, description, name, query, empty=_EMPTY, alerts=alerts)
    yield _errors(kit)
    yield _messages(kit)
    yield _firmware(kit)


def _errors(kit: Kit) -> Tile:
    name = "tuya_device_errors_total"
    expr = f"sum by (site, device, code) (rate({name}{{{_CHOSEN}}}[$__rate_interval]))"
    description = "Faults that devices report, by fault code of the product."
    query = Query(expr, f"{_BY} {{{{code}}}}")
    return rate_line(kit, "Device errors", description, name, query, empty="no error reported yet")


def _messages(kit: Kit) -> Tile:
    name = "tuya_device_messages_total"
    expr = f"sum by (site, device) (rate({name}{{{_CHOSEN}}}[$__rate_interval]))"
    description = "Messages that devices deliver; a device that is up and silent is stuck."
    return rate_line(kit, "Messages", description, name, Query(expr, _BY), empty=_EMPTY)


def _firmware(kit: Kit) -> Tile:
    name = "tuya_device_firmware_info"
    face = Face(
        "Firmware",
        kit.describe("Version that each device runs.", "IotFirmwareBehind"),
        kit.unit(name),
        "no data: none of the chosen devices reports its firmware",
    )
    columns = [
        Column("device", "Device"),
        Column("version", "Version", 110),
        Column("product", "Product", 150),
        Column("site", "Site", 130),
    ]
    query = rows(f"max by (device, version, product, site) ({name}{{{_CHOSEN}}})")
    return table(face, query, columns, sort="Device", size=(8, 7))
