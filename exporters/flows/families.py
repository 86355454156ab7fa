"""The families of streams, under whatever prefix their source has."""

from sothat.exporters.declare import counter, gauge, histogram
from sothat.exporters.flows.flow import SECONDS
from sothat.exporters.flows.rules import REASONS
from sothat.model.metric import Label, MetricFamily

_STREAM = Label("stream", "Name of the stream in the configuration")
_BY_STREAM = [_STREAM]


def families(prefix: str) -> tuple[MetricFamily, ...]:
    """Return the families of a source's streams."""
    return (
        counter(
            f"{prefix}_messages_total",
            "Messages received.",
            [_STREAM, Label("qos", "Quality of service", ("0", "1", "2"))],
        ),
        counter(f"{prefix}_received_bytes_total", "Bytes of payload received.", _BY_STREAM),
        counter(
            f"{prefix}_retained_messages_total", "Messages that the broker had kept.", _BY_STREAM
        ),
        counter(f"{prefix}_repeated_messages_total", "Messages marked as sent before.", _BY_STREAM),
        counter(
            f"{prefix}_turned_away_messages_total",
            "Messages of topics beyond the number that is told apart; counted, not read.",
            _BY_STREAM,
        ),
        counter(
            f"{prefix}_unreadable_messages_total",
            "Messages that could not be read.",
            [_STREAM, Label("reason", "Why", REASONS)],
            event=True,
        ),
        gauge(
            f"{prefix}_last_message_timestamp_seconds",
            "When the last message came.",
            _BY_STREAM,
            event=True,
        ),
        histogram(
            f"{prefix}_message_delay_seconds",
            "From the time of the event to the message's arrival here.",
            SECONDS,
            _BY_STREAM,
        ),
        counter(
            f"{prefix}_early_messages_total",
            "Messages from the future: their sender's clock is ahead.",
            _BY_STREAM,
            feature=True,
        ),
        counter(
            f"{prefix}_judged_values_total",
            "Values that were held against the ones before.",
            _BY_STREAM,
            feature=True,
        ),
        counter(
            f"{prefix}_anomalies_total",
            "Values that strayed from the ones before.",
            _BY_STREAM,
            feature=True,
        ),
        gauge(f"{prefix}_topics", "Topics that messages have come for.", _BY_STREAM),
        gauge(f"{prefix}_stale_topics", "Topics that have been silent for long.", _BY_STREAM),
        gauge(
            f"{prefix}_retained_topics",
            "Topics for which only a message came that the broker had kept.",
            _BY_STREAM,
        ),
        counter(
            f"{prefix}_sequence_gaps_total",
            "Times that numbers were left out.",
            _BY_STREAM,
            feature=True,
        ),
        counter(
            f"{prefix}_missing_messages_total",
            "Numbers that were left out.",
            _BY_STREAM,
            feature=True,
        ),
        counter(
            f"{prefix}_out_of_turn_messages_total",
            "Messages that came again, or late.",
            _BY_STREAM,
            feature=True,
        ),
        counter(
            f"{prefix}_sequence_restarts_total",
            "Times that a sender began to count anew.",
            _BY_STREAM,
            feature=True,
        ),
    )
