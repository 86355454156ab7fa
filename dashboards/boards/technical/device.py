"""One device, or those of a floor: does it answer, what does it report, what does it run."""

from typing import Final

from sothat.dashboards import links, marks, variables
from sothat.dashboards.declared import (
    bands_of_states,
    board,
    folded,
    group,
    line,
    listing,
    tile,
)
from sothat.dashboards.empty import NO_DEVICE, NO_EVENT_YET, NO_READING
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import ATTENTION, GOOD
from sothat.dashboards.query import rows
from sothat.dashboards.tables import Column
from sothat.dashboards.words import UP_DOWN

_OF: Final = variables.OF_DEVICE
_RATE: Final = "[$__rate_interval]"
_BY: Final = "{{device}}, {{site}}"


def _reading(name: str) -> tuple[str, str]:
    """Return the query of a reading, one series a device."""
    return f"max by (site, device) ({name}{{{_OF}}})", _BY


BOARD = board(
    "technical",
    links.DEVICE,
    "Devices: state, readings",
    "What is the matter with this device, and since when?",
    group(
        "",
        tile(
            "Do not answer",
            "Of the chosen devices, those that do not answer.",
            (f"sum(1 - tuya_device_up{{{_OF}}})", "target: none"),
            empty=NO_DEVICE,
            bands=Bands(GOOD, ((1, ATTENTION),)),
            unit="short",
            decimals=0,
            size=(4, 8),
        ),
        bands_of_states(
            "Up or down",
            "Whether each device answers, of several exporters the worst.",
            (f"min by (site, device) (tuya_device_up{{{_OF}}})", "{{device}}"),
            empty=NO_DEVICE,
            words=UP_DOWN,
            alerts=["IotDeviceOffline"],
            size=(12, 8),
        ),
        line(
            "Response time",
            "How long a device takes to answer; seconds point to radio or an overloaded gateway.",
            _reading("tuya_device_response_duration_seconds"),
            empty=NO_READING,
            alerts=["IotDeviceSlow"],
            size=(8, 8),
        ),
    ),
    group(
        "Power supply and radio",
        line(
            "Battery",
            "Charge of the devices that run on battery.",
            _reading("tuya_device_battery_ratio"),
            empty=NO_READING,
            alerts=["IotDeviceBatteryLow"],
        ),
        line(
            "Signal strength",
            "Radio signal at the device; below -80 dBm expect drops: move the access point.",
            _reading("tuya_device_signal_dbm"),
            empty=NO_READING,
            alerts=["IotDeviceSignalWeak"],
        ),
        line(
            "Messages",
            "Messages that devices deliver a second; a device that is up and silent is stuck.",
            (f"sum by (site, device) (rate(tuya_device_messages_total{{{_OF}}}{_RATE}))", _BY),
            empty=NO_READING,
        ),
    ),
    group(
        "What they report",
        line(
            "Power",
            "Power that metered devices draw.",
            _reading("tuya_device_power_watts"),
            empty=NO_READING,
        ),
        line(
            "Temperature",
            "Temperature that thermostats and sensors measure.",
            _reading("tuya_device_temperature_celsius"),
            empty=NO_READING,
        ),
        line(
            "Off the set temperature",
            "How far a room is from the temperature that was set for it.",
            (
                (
                    'site_device:tuya_room_temperature_deviation_celsius:max{site=~"$site",'
                    'device=~"$device"}'
                ),
                _BY,
            ),
            empty="no data: none of the chosen devices is a thermostat",
            alerts=["IotRoomComfortLost"],
        ),
    ),
    group(
        "Faults and firmware",
        line(
            "Errors",
            "Faults a second that devices report, by fault code of the product.",
            (
                f"sum by (site, device, code) (rate(tuya_device_errors_total{{{_OF}}}{_RATE}))",
                f"{_BY} {{{{code}}}}",
            ),
            empty=NO_EVENT_YET,
        ),
        line(
            "Connections made",
            "How often a device connected within an hour; a healthy one stays connected.",
            (f"sum by (site, device) (increase(tuya_device_connects_total{{{_OF}}}[1h]))", _BY),
            empty=NO_READING,
            tells=["IotDeviceFlapping"],
        ),
        listing(
            "Firmware",
            "Version that each device runs.",
            rows(f"max by (device, version, product, site) (tuya_device_firmware_info{{{_OF}}})"),
            [
                Column("device", "Device", least=180),
                Column("version", "Version", 90),
                Column("product", "Product", 190),
                Column("site", "Site", 130),
            ],
            empty="no data: none of the chosen devices reports its firmware",
            sort="Device",
            alerts=["IotFirmwareBehind"],
            size=(8, 7),
        ),
    ),
    folded(
        "Air, water, doors",
        line(
            "Humidity",
            "Relative humidity that sensors measure.",
            _reading("tuya_device_humidity_ratio"),
            empty=NO_READING,
        ),
        line(
            "Carbon dioxide",
            "Share of the air, by volume; above 0.1 % people tire.",
            _reading("tuya_device_co2_ratio"),
            empty=NO_READING,
            unit="percentunit",
            top=0.005,
        ),
        line(
            "Voltage",
            "Mains voltage at metered devices.",
            _reading("tuya_device_voltage_volts"),
            empty=NO_READING,
            tells=["IotVoltageOutOfBand"],
        ),
    ),
    filters=variables.fleet(),
    marks=[*marks.USUAL, marks.FIRMWARE],
    topics=["iot", "devices"],
)
