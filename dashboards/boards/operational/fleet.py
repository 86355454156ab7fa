"""The fleet on the map: each floor of each building, each gateway, as words and numbers."""

from typing import Final

from sothat.dashboards import links, marks, variables
from sothat.dashboards.declared import bands_of_states, bars, board, group, line, listing, tile
from sothat.dashboards.empty import NO_DEVICE, NO_GATEWAY
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import ATTENTION, BAD, GOOD
from sothat.dashboards.query import or_row, rows
from sothat.dashboards.tables import Column
from sothat.dashboards.words import UNREACHABLE, UP_DOWN, Word

_AT: Final = variables.AT_PLACE
_CALM: Final = "All"
_DEVICE: Final = links.drill(links.DEVICE, "Details", device="${__value.raw}")

BOARD = board(
    "operational",
    links.FLEET,
    "Fleet map: sites, floors",
    "Where in which building is something silent?",
    group(
        "",
        tile(
            "Share of devices that answer, floor by floor",
            "One tile a floor. A whole floor sinking means power or network, not devices.",
            (
                (
                    f"sum by (building, floor) (tuya_device_up{{{_AT}}}) "
                    f"/ count by (building, floor) (tuya_device_up{{{_AT}}})"
                ),
                "{{building}}, {{floor}}",
            ),
            empty=NO_DEVICE,
            bands=Bands(BAD, ((0.8, ATTENTION), (1, GOOD)), "target: all"),
            unit="percentunit",
            decimals=0,
            links=(
                links.drill(links.DEVICE, "Devices of this floor", floor="${__field.labels.floor}"),
            ),
            size=(16, 8),
        ),
        bars(
            "Sites",
            "Share of each site's devices that answer now.",
            ('sort(site:tuya_devices_up:ratio{site=~"$site"})', "{{site}}"),
            empty=NO_DEVICE,
            alerts=["IotFleetDegraded"],
            decimals=0,
            size=(8, 8),
        ),
    ),
    group(
        "Gateways and devices",
        bands_of_states(
            "Gateways, up or down",
            "Whether each gateway answers; its devices go silent with it.",
            (
                f"min by (building, floor, gateway) (tuya_gateway_up{{{_AT}}})",
                "{{gateway}}, {{floor}}",
            ),
            empty=NO_GATEWAY,
            words=UP_DOWN,
            alerts=["IotGatewayDown"],
            links=(
                links.drill(links.GATEWAY, "This gateway", gateway="${__field.labels.gateway}"),
            ),
            size=(12, 9),
        ),
        listing(
            "Devices that do not answer, and why",
            "How each device fails says what to do first.",
            rows(
                or_row(
                    "max by (device, reason, building, floor, room) "
                    f"(tuya_device_unreachable{{{_AT}}})",
                    f"tuya_device_up{{{_AT}}}",
                    "device",
                    _CALM,
                )
            ),
            [
                Column(
                    "device",
                    "Device",
                    words={_CALM: Word("Every device answers", GOOD)},
                    links=(_DEVICE,),
                    least=200,
                ),
                Column("reason", "How it fails", words=UNREACHABLE),
                Column("building", "Building", 130),
                Column("floor", "Floor", 90),
                Column("room", "Room", 110),
            ],
            empty=NO_DEVICE,
            sort="Device",
            alerts=["IotDeviceOffline"],
            size=(12, 9),
        ),
    ),
    group(
        "How it develops",
        line(
            "Share of devices that answer",
            "By site, over time.",
            ('site:tuya_devices_up:ratio{site=~"$site"}', "{{site}}"),
            empty=NO_DEVICE,
            alerts=["IotFleetDegraded"],
        ),
        line(
            "Available within a day",
            "Share of a day's readings in which a site's devices answered.",
            ('site:tuya_devices_available:ratio{site=~"$site"}', "{{site}}"),
            empty=NO_DEVICE,
        ),
        bars(
            "Lowest batteries",
            "The four emptiest; replace them before they are flat.",
            (
                f"sort(bottomk(4, max by (site, device) (tuya_device_battery_ratio{{{_AT}}})))",
                "{{device}}",
            ),
            empty="no data: no device reports a battery",
            alerts=["IotDeviceBatteryLow"],
            decimals=0,
        ),
    ),
    filters=variables.place(),
    marks=[*marks.USUAL],
    topics=["iot", "map"],
    span="1h",
    refresh="30s",
)
