"""Data flow: do readings arrive, in time, all of them, and do they make sense."""

from typing import Final

from sothat.dashboards import links, marks
from sothat.dashboards.declared import bars, board, folded, group, line
from sothat.dashboards.empty import NO_DEVICE, NO_EXPORTER
from sothat.dashboards.empty import NO_STREAM as EMPTY

_RATE: Final = "[$__rate_interval]"
_NO_BROKER: Final = "no data: no broker's own figures are scraped; add mosquitto_exporter"

BOARD = board(
    "technical",
    links.DATA_FLOW,
    "Data flow: delay, losses",
    "Do readings arrive in time and complete, and where do they get lost?",
    group(
        "From the devices",
        line(
            "Messages of the sites",
            "Messages that a site's devices deliver a second.",
            ("site:tuya_device_messages:rate", "{{site}}"),
            empty=NO_DEVICE,
            tells=["DataIngestionStopped"],
        ),
        bars(
            "Age of the figures",
            "How old the figures of each collector are.",
            ("sort_desc(collector:data_age_seconds:max)", "{{collector}}"),
            empty=NO_EXPORTER,
            alerts=["ExporterDataStale"],
        ),
        line(
            "Errors of devices",
            "Errors that a site's devices reported within an hour.",
            ("site:tuya_device_errors:increase", "{{site}}"),
            empty="no device has reported an error yet",
            tells=["IotDeviceErrorsRising"],
        ),
    ),
    group(
        "Streams of messages",
        line(
            "Messages",
            "Messages of each stream a second.",
            ("stream:mqtt_messages:rate", "{{stream}}"),
            empty=EMPTY,
        ),
        line(
            "Delay",
            "Time from the event to our receiving it, exceeded by one message in twenty.",
            ("stream:mqtt_message_delay_seconds:p95", "{{stream}}"),
            empty=EMPTY,
            alerts=["MqttMessagesLate"],
        ),
        line(
            "Missing",
            "Share of messages that never came, by their senders' numbers.",
            ("stream:mqtt_messages_missing:ratio", "{{stream}}"),
            empty=EMPTY,
            alerts=["MqttMessagesMissing"],
        ),
        line(
            "Anomalies",
            "Share of values that stray from the ones before.",
            ("stream:mqtt_anomalies:ratio", "{{stream}}"),
            empty=EMPTY,
            alerts=["MqttValuesUnusual"],
        ),
        line(
            "Silent topics",
            "Share of topics that have been silent for long.",
            ("stream:mqtt_topics_stale:ratio", "{{stream}}"),
            empty=EMPTY,
            alerts=["MqttTopicsSilent"],
        ),
        line(
            "Delivery",
            "Share of our own messages that come back through the broker in time.",
            ("broker_qos:mqtt_deliveries:ratio", "{{broker}}, quality {{qos}}"),
            empty=EMPTY,
            alerts=["MqttDeliveryFailing"],
        ),
    ),
    folded(
        "The broker",
        line(
            "Messages published",
            "Messages that devices publish to a broker a second.",
            ("instance:mqtt_messages_received:rate", "{{instance}}"),
            empty=_NO_BROKER,
        ),
        line(
            "Messages dropped",
            "Share of the published messages that a broker dropped.",
            ("instance:mqtt_messages_dropped:ratio", "{{instance}}"),
            empty=_NO_BROKER,
            alerts=["MqttMessagesDropped"],
        ),
        line(
            "Unreadable messages",
            "Messages a second that are not what their stream says.",
            (
                f"sum by (stream, reason) (rate(mqtt_unreadable_messages_total{_RATE}))",
                "{{stream}} {{reason}}",
            ),
            empty="no message was unreadable, or no broker is listened to",
        ),
    ),
    marks=[*marks.USUAL],
    topics=["data-flow", "mqtt"],
)
