"""What the Tuya collector exposes."""

from sothat.exporters.declare import counter, flag, gauge
from sothat.model.metric import Contract, Label

REASONS = ("refused", "timeout", "wrong-key", "protocol", "gateway", "other")

_SITE = Label("site", "Site of the inventory; empty for a device that it does not list")
_PRODUCT = Label("product", "Product by the inventory, else by Tuya's device list")
_REASON = Label("reason", "How it fails; gateway: the gateway in front of it is down", REASONS)
_DEVICE = (
    _SITE,
    Label("device", "Name of the device"),
    _PRODUCT,
    Label("gateway", "Name of the gateway in front of it, empty where there is none"),
)
_GATEWAY = (_SITE, Label("gateway", "Name of the gateway"), _PRODUCT)


def contract() -> Contract:
    """Return the contract of the Tuya collector."""
    return Contract("tuya", _FAMILIES)


_FAMILIES = (
    flag("tuya_device_up", "Whether the device answers as it should.", _DEVICE),
    flag(
        "tuya_device_unreachable",
        "1 while the device does not answer as it should, by how it fails.",
        [*_DEVICE, _REASON],
        event=True,
    ),
    gauge(
        "tuya_device_last_seen_timestamp_seconds",
        "When the device last answered.",
        _DEVICE,
        event=True,
    ),
    gauge(
        "tuya_device_response_duration_seconds",
        "How long its last answer took, the connecting included.",
        _DEVICE,
        event=True,
    ),
    gauge("tuya_device_battery_ratio", "Charge of its battery.", _DEVICE, event=True),
    gauge("tuya_device_signal_dbm", "Strength of its radio signal.", _DEVICE, event=True),
    counter(
        "tuya_device_errors_total",
        "Failed requests by tinytuya's error code.",
        [*_DEVICE, Label("code", "900 to 914")],
        event=True,
    ),
    counter("tuya_device_messages_total", "Answers received from the device.", _DEVICE),
    gauge("tuya_device_power_watts", "Power that it meters.", _DEVICE, event=True),
    counter("tuya_device_energy_joules_total", "Energy that it has metered.", _DEVICE, event=True),
    gauge("tuya_device_voltage_volts", "Voltage that it meters.", _DEVICE, event=True),
    gauge("tuya_device_current_amperes", "Current that it meters.", _DEVICE, event=True),
    gauge("tuya_device_temperature_celsius", "Temperature it measures.", _DEVICE, event=True),
    gauge(
        "tuya_device_target_temperature_celsius", "Temperature it is set to.", _DEVICE, event=True
    ),
    gauge("tuya_device_humidity_ratio", "Relative humidity it measures.", _DEVICE, event=True),
    flag("tuya_device_contact_open", "Whether its contact is open.", _DEVICE, event=True),
    flag("tuya_device_motion_detected", "Whether it senses motion.", _DEVICE, event=True),
    gauge(
        "tuya_device_firmware_info",
        "Always 1; the firmware that it reports.",
        [*_DEVICE, Label("version", "As reported")],
        event=True,
    ),
    flag(
        "tuya_device_firmware_current",
        "Whether it reports the target version of the inventory.",
        _DEVICE,
        event=True,
    ),
    gauge(
        "tuya_device_unknown_points",
        "Data points that have no metric, or a value out of bounds.",
        _DEVICE,
    ),
    flag("tuya_gateway_up", "Whether the gateway answers as it should.", _GATEWAY),
    flag(
        "tuya_gateway_unreachable",
        "1 while the gateway does not answer as it should, by how it fails.",
        [*_GATEWAY, _REASON],
        event=True,
    ),
    gauge("tuya_gateway_children", "Sub-devices that belong to the gateway.", _GATEWAY),
    gauge(
        "tuya_gateway_response_duration_seconds",
        "How long its last answer took, the connecting included.",
        _GATEWAY,
        event=True,
    ),
)
