"""What the exporter tells about itself."""

from sothat.exporters.declare import counter, gauge
from sothat.model.metric import Contract, Label

_COLLECTOR = Label("collector", "Name of the collector in the configuration")
# Collectors may add reasons of their own.
_REASON = Label("reason", "Why: deadline, error, contract, or the collector's own word")
_PREFIX = "sothat_exporter"


def contract() -> Contract:
    """Return the contract of the exporter's own health."""
    return Contract("exporter", _FAMILIES)


_FAMILIES = (
    gauge(
        f"{_PREFIX}_collector_success",
        "Whether the last poll was complete; absent before the first. Polled in the background.",
        [_COLLECTOR],
    ),
    gauge(
        f"{_PREFIX}_collector_duration_seconds",
        "How long the last poll took, or until it was given up.",
        [_COLLECTOR],
    ),
    gauge(
        f"{_PREFIX}_collector_last_success_timestamp_seconds",
        "When a poll was last complete; absent before the first success.",
        [_COLLECTOR],
        event=True,
    ),
    counter(
        f"{_PREFIX}_collector_errors_total",
        "Polls that were not complete, by reason.",
        [_COLLECTOR, _REASON],
        event=True,
    ),
    gauge(f"{_PREFIX}_series", "Series that the collector has in this exposition.", [_COLLECTOR]),
    gauge(
        f"{_PREFIX}_dropped_series",
        "Series of the last poll that were left out: over the budget, or doubled.",
        [_COLLECTOR],
    ),
    gauge(f"{_PREFIX}_build_info", "Always 1; its version.", [Label("version", "Release")]),
)
