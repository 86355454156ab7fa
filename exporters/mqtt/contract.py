"""What the MQTT collector exposes; the families of values are named in its configuration."""

from sothat.exporters.declare import counter, flag, histogram
from sothat.exporters.flows.families import families
from sothat.model.metric import Contract, Label

PREFIX = "mqtt"
VALUES = "mqtt_value_"
DELIVERY = "mqtt_delivery_duration_seconds"
DELIVERY_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

_BROKER = Label("broker", "Name of the collector that watches the broker")
_QOS = Label("qos", "Quality of service", ("0", "1", "2"))


def contract() -> Contract:
    """Return the contract of the MQTT collector."""
    return Contract(PREFIX, _FAMILIES, open_prefixes=(VALUES,))


_FAMILIES = (
    flag(
        "mqtt_up", "Whether the broker is connected and has granted all subscriptions.", [_BROKER]
    ),
    counter("mqtt_connects_total", "Connections to the broker.", [_BROKER]),
    counter(
        "mqtt_disconnects_total",
        "Connections that ended, or were refused.",
        [_BROKER, Label("reason", "Why", ("lost", "refused", "unreachable"))],
        event=True,
    ),
    counter(
        "mqtt_delivery_attempts_total",
        "Messages published to ourselves.",
        [_BROKER, _QOS],
        feature=True,
    ),
    counter(
        "mqtt_deliveries_total",
        "Of these, those that came back in time, each once.",
        [_BROKER, _QOS],
        feature=True,
    ),
    counter(
        "mqtt_delivery_repeats_total",
        "Of these, those that came back once more.",
        [_BROKER, _QOS],
        feature=True,
    ),
    histogram(
        DELIVERY, "From publishing a message to its coming back.", DELIVERY_SECONDS, [_BROKER, _QOS]
    ),
    *families(PREFIX),
)
