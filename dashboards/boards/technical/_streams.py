"""Streams of messages: rate, delay, losses, anomalies, silence, delivery."""

from collections.abc import Iterator
from typing import Final

from sothat.dashboards.boards.technical._lines import gauge_line
from sothat.dashboards.face import Tile
from sothat.dashboards.kit import Kit
from sothat.dashboards.query import Query

_EMPTY: Final = "no data: no broker is listened to (collector type mqtt)"
_LINES: Final = (
    ("Messages", "Messages of each stream a second.", "stream:mqtt_messages:rate", ()),
    (
        "Delay",
        "Time from the event to our receiving it, exceeded by one message in twenty.",
        "stream:mqtt_message_delay_seconds:p95",
        ("MqttMessagesLate",),
    ),
    (
        "Missing",
        "Share of messages that never came, by their senders' numbers.",
        "stream:mqtt_messages_missing:ratio",
        ("MqttMessagesMissing",),
    ),
    (
        "Anomalies",
        "Share of values that stray from the ones before.",
        "stream:mqtt_anomalies:ratio",
        ("MqttValuesUnusual",),
    ),
    (
        "Silent topics",
        "Share of topics that have been silent for long.",
        "stream:mqtt_topics_stale:ratio",
        ("MqttTopicsSilent",),
    ),
)


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return the tiles on streams."""
    for title, description, name, alerts in _LINES:
        query = Query(name, "{{stream}}")
        yield gauge_line(kit, title, description, name, query, empty=_EMPTY, alerts=alerts)
    yield _delivery(kit)


def _delivery(kit: Kit) -> Tile:
    name = "broker_qos:mqtt_deliveries:ratio"
    description = "Share of our own messages that come back through the broker in time."
    query = Query(name, "{{broker}}, quality {{qos}}")
    alerts = ("MqttDeliveryFailing",)
    return gauge_line(kit, "Delivery", description, name, query, empty=_EMPTY, alerts=alerts)
