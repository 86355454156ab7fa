"""What the collector of Tuya's message stream exposes."""

from sothat.exporters.declare import counter, flag, gauge, histogram
from sothat.exporters.flows.flow import SECONDS
from sothat.exporters.tuya.contract import DEVICE_LABELS
from sothat.model.metric import Contract, Label

DELAY = "tuya_stream_event_delay_seconds"
KINDS = ("status", "online", "offline", "upgradeStatus", "nameUpdate", "delete", "other")


def contract() -> Contract:
    """Return the contract of the stream's collector."""
    return Contract("tuya_stream", _FAMILIES)


_FAMILIES = (
    flag("tuya_stream_up", "Whether the stream is connected."),
    counter("tuya_stream_connects_total", "Connections to the stream."),
    counter(
        "tuya_stream_disconnects_total",
        "Connections that ended, or were refused.",
        [Label("reason", "Why", ("lost", "refused", "unreachable", "idle"))],
        event=True,
    ),
    counter(
        "tuya_stream_events_total", "Events received.", [Label("kind", "The cloud's word", KINDS)]
    ),
    counter("tuya_stream_received_bytes_total", "Bytes received."),
    counter("tuya_stream_redelivered_total", "Messages that the stream had sent before."),
    counter(
        "tuya_stream_unopened_total",
        "Messages that could not be opened; key: mostly a wrong secret.",
        [Label("reason", "Why", ("frame", "payload", "key"))],
        event=True,
    ),
    gauge("tuya_stream_last_event_timestamp_seconds", "When the last event came.", event=True),
    histogram(DELAY, "From the time of an event to its arrival here.", SECONDS),
    counter("tuya_stream_judged_values_total", "Values that were held against the ones before."),
    counter("tuya_stream_anomalies_total", "Values that strayed from the ones before."),
    gauge("tuya_stream_devices", "Devices that events have come from."),
    gauge(
        "tuya_stream_device_last_event_timestamp_seconds",
        "When the device's last event came.",
        DEVICE_LABELS,
        event=True,
    ),
    flag(
        "tuya_stream_device_online",
        "Whether the device is connected to the cloud, by its last event of that kind.",
        DEVICE_LABELS,
        event=True,
    ),
    counter("tuya_stream_device_events_total", "Events of the device.", DEVICE_LABELS, event=True),
)
