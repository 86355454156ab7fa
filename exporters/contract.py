"""What the exporter tells about itself."""

from sothat.exporters.declare import counter, gauge
from sothat.model.metric import Contract, Label

_COLLECTOR = Label("collector", "Name of the collector in the configuration")
# Collectors may add reasons of their own.
_REASON = Label(
    "reason", "Why: deadline, error, contract, budget, stuck, or the collector's own word"
)
_FLEET = Label("fleet", "What the processes that share targets out are called together")
_MODULE = Label("module", "Name of the module in the configuration")
_OUTCOME = Label(
    "outcome",
    "success; failure: the probe says so; deadline: given up; stuck: the target's last probe has "
    "not come back; busy: refused, too many at once",
    ("success", "failure", "deadline", "stuck", "busy"),
)
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
    gauge(
        f"{_PREFIX}_collector_data_age_seconds",
        "How long ago the last poll ended; absent before the first.",
        [_COLLECTOR],
    ),
    gauge(
        f"{_PREFIX}_collector_stuck",
        "Whether a poll that was given up has not come back: until it has, none begins.",
        [_COLLECTOR],
    ),
    gauge(f"{_PREFIX}_series", "Series that the collector has in this exposition.", [_COLLECTOR]),
    gauge(
        f"{_PREFIX}_dropped_series",
        "Series of the last poll that were left out: over the budget, or doubled.",
        [_COLLECTOR],
    ),
    counter(
        f"{_PREFIX}_probes_total",
        "Probes, by how they ended.",
        [_MODULE, _OUTCOME],
        feature=True,
    ),
    gauge(
        f"{_PREFIX}_targets",
        "Targets that this process takes, where several share them out.",
        [_COLLECTOR, _FLEET],
        feature=True,
    ),
    gauge(
        f"{_PREFIX}_targets_listed",
        "Targets on the collector's list, whoever takes them, where several share them out.",
        [_COLLECTOR, _FLEET],
        feature=True,
    ),
    gauge(f"{_PREFIX}_probes_running", "Probes under way."),
    gauge(f"{_PREFIX}_probes_stuck", "Probes that were given up and have not come back."),
    gauge(
        f"{_PREFIX}_config_last_reload_successful",
        "Whether the last reload was accepted; 0: the configuration before it is at work.",
    ),
    gauge(
        f"{_PREFIX}_config_last_reload_success_timestamp_seconds",
        "When the configuration at work was loaded.",
    ),
    gauge(f"{_PREFIX}_build_info", "Always 1; its version.", [Label("version", "Release")]),
)
