"""What the Tuya collector exposes."""

from collections.abc import Iterator
from dataclasses import replace

from sothat.exporters.declare import counter, flag, gauge
from sothat.exporters.tuya.registry.metrics import COUNTERS, FLAGS, GATEWAY_GAUGES, GAUGES
from sothat.exporters.tuya.registry.units import base_unit
from sothat.model.metric import Contract, Label, MetricFamily

REASONS = ("refused", "timeout", "wrong-key", "protocol", "gateway", "other")

_SITE = Label("site", "Site of the inventory; empty for a device that it does not list")
_PLACE = (
    _SITE,
    Label("building", "Building of the inventory, empty where it names none"),
    Label("floor", "Floor of the inventory, empty where it names none"),
    Label("room", "Room of the inventory, empty where it names none"),
)
_PRODUCT = Label("product", "Product by the inventory, else by Tuya's device list")
_REASON = Label("reason", "How it fails; gateway: the gateway in front of it is down", REASONS)
_KIND = Label("kind", "What is wrong with the frame")
_CODE = Label("code", "900 to 914")
DEVICE_LABELS = (
    *_PLACE,
    Label("device", "Name of the device"),
    _PRODUCT,
    Label("gateway", "Name of the gateway in front of it, empty where there is none"),
)
_DEVICE = DEVICE_LABELS
_GATEWAY = (*_PLACE, Label("gateway", "Name of the gateway"), _PRODUCT)
_PHASE = Label("phase", "Phase of the mains", ("a", "b", "c"))
# Families whose series of one device are told apart by a label.
_FURTHER = {"switch_on": Label("point", "Code of the data point")}


def contract() -> Contract:
    """Return the contract of the Tuya collector."""
    return Contract("tuya", (*_FAMILIES, *measured()))


def measured() -> Iterator[MetricFamily]:
    """Yield the families that data points become."""
    for name, bounds in GAUGES.items():
        yield _in_unit(gauge(f"tuya_device_{name}", bounds.help, _DEVICE, event=True))
    for name, bounds in COUNTERS.items():
        yield _in_unit(counter(f"tuya_device_{name}", bounds.help, _DEVICE, event=True))
    for name, help_text in FLAGS.items():
        labels = (*_DEVICE, _FURTHER[name]) if name in _FURTHER else _DEVICE
        yield flag(f"tuya_device_{name}", help_text, labels, event=True)
    for name, bounds in GATEWAY_GAUGES.items():
        yield _in_unit(gauge(f"tuya_gateway_{name}", bounds.help, _GATEWAY, event=True))
    yield from _POINTS


def _in_unit(family: MetricFamily) -> MetricFamily:
    return replace(family, unit=base_unit(family.name))


_POINTS = (
    gauge(
        "tuya_device_phase_voltage_volts",
        "Voltage of one phase.",
        [*_DEVICE, _PHASE],
        event=True,
    ),
    gauge(
        "tuya_device_phase_current_amperes",
        "Current of one phase.",
        [*_DEVICE, _PHASE],
        event=True,
    ),
    gauge(
        "tuya_device_phase_power_watts",
        "Power of one phase.",
        [*_DEVICE, _PHASE],
        event=True,
    ),
    flag(
        "tuya_device_state",
        "1 for the state that an enumeration has, 0 for its others.",
        [*_DEVICE, Label("point", "Code of the data point"), Label("state", "One of its states")],
        event=True,
    ),
    flag(
        "tuya_device_fault_active",
        "Whether the device reports a fault, by the fault's name.",
        [*_DEVICE, Label("fault", "Name of the bit in the product's fault map")],
        event=True,
    ),
    gauge(
        "tuya_device_unknown_points",
        "Data points that have no metric, or a value out of bounds.",
        _DEVICE,
    ),
    gauge(
        "tuya_device_rejected_points",
        "Data points that the registry knows, with a value that cannot be told or be true.",
        _DEVICE,
    ),
    gauge(
        "tuya_product_unknown_point_devices",
        "Devices that report a data point without a metric, for the first hundred such points.",
        [_PRODUCT, Label("point", "Code of the data point, or its number where it has none")],
        event=True,
    ),
)
_FAMILIES = (
    flag("tuya_device_up", "Whether the device answers as it should.", _DEVICE),
    flag(
        "tuya_device_unreachable",
        "1 while the device does not answer as it should, by how it fails.",
        [*_DEVICE, _REASON],
        event=True,
    ),
    flag(
        "tuya_device_asleep",
        "1 for a battery device that is within its report interval, and not asked.",
        _DEVICE,
        event=True,
    ),
    gauge(
        "tuya_device_last_seen_timestamp_seconds",
        "When the device last showed life.",
        _DEVICE,
        event=True,
    ),
    gauge(
        "tuya_device_data_timestamp_seconds",
        "When data points of the device last came.",
        _DEVICE,
        event=True,
    ),
    gauge(
        "tuya_device_response_duration_seconds",
        "How long its last answer took.",
        _DEVICE,
        event=True,
    ),
    counter(
        "tuya_device_errors_total",
        "Failed requests by tinytuya's error code.",
        [*_DEVICE, _CODE],
        event=True,
    ),
    counter("tuya_device_messages_total", "Answers received from the device.", _DEVICE),
    counter("tuya_device_connects_total", "Connections made to the device.", _DEVICE),
    flag(
        "tuya_device_circuit_open",
        "Whether the device is asked rarely, having failed many times in a row.",
        _DEVICE,
    ),
    counter(
        "tuya_device_malformed_frames_total",
        "Frames that could not be used, by what is wrong with them.",
        [*_DEVICE, _KIND],
        event=True,
    ),
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
        "How long its last answer took.",
        _GATEWAY,
        event=True,
    ),
    gauge(
        "tuya_gateway_last_seen_timestamp_seconds",
        "When the gateway last showed life.",
        _GATEWAY,
        event=True,
    ),
    counter(
        "tuya_gateway_errors_total",
        "Failed requests by tinytuya's error code.",
        [*_GATEWAY, _CODE],
        event=True,
    ),
    counter("tuya_gateway_messages_total", "Answers received from the gateway.", _GATEWAY),
    counter("tuya_gateway_connects_total", "Connections made to the gateway.", _GATEWAY),
    flag(
        "tuya_gateway_circuit_open",
        "Whether the gateway is asked rarely, having failed many times in a row.",
        _GATEWAY,
    ),
    counter(
        "tuya_gateway_malformed_frames_total",
        "Frames that could not be used, by what is wrong with them.",
        [*_GATEWAY, _KIND],
        event=True,
    ),
    gauge(
        "tuya_gateway_queue_depth",
        "Sub-devices that are still to be asked in this round.",
        _GATEWAY,
    ),
    gauge(
        "tuya_gateway_firmware_info",
        "Always 1; the firmware that it reports.",
        [*_GATEWAY, Label("version", "As reported")],
        event=True,
    ),
    flag(
        "tuya_gateway_firmware_current",
        "Whether it reports the target version of the inventory.",
        _GATEWAY,
        event=True,
    ),
    flag(
        "tuya_device_list_reload_successful",
        "Whether the file was sound when it was last read.",
        [Label("file", "Its name as configured")],
    ),
)
