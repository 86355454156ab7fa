"""The metrics that `sothat drift`, `apply` and `check --live` write for a textfile collector."""

from sothat.live.applying.tally import Ending
from sothat.live.change import Part
from sothat.model.metric import Contract, Label, MetricFamily, MetricType, Presence

_PART = Label("part", "What of the deployment is concerned", tuple(map(str, Part)))


def _gauge(name: str, text: str, unit: str, *labels: Label, event: bool = False) -> MetricFamily:
    presence = Presence.EVENT if event else Presence.FEATURE
    return MetricFamily(name, MetricType.GAUGE, text, unit, labels, presence)


DRIFT_CHANGES = _gauge(
    "sothat_drift_changes", "Things on the servers that are not as reviewed.", "", _PART
)
DRIFT_SUCCESS = _gauge(
    "sothat_drift_check_success", "Whether the last comparison could be made: 1 or 0.", ""
)
DRIFT_CHECKED = _gauge(
    "sothat_drift_last_check_timestamp_seconds", "When drift was last looked for.", "seconds"
)
RULE_DEAD = _gauge(
    "sothat_rule_series_missing",
    "Rules that ask for series of which the server has none, though it had some: 1.",
    "",
    Label("rule", "The alert or record"),
    event=True,
)
LIVE_CHECKED = _gauge(
    "sothat_live_last_check_timestamp_seconds",
    "When rules were last held against series.",
    "seconds",
)


APPLIES = MetricFamily(
    "sothat_applies_total",
    MetricType.COUNTER,
    "Applies of the catalogue, by how they ended.",
    "",
    (Label("outcome", "How it ended", tuple(map(str, Ending))),),
    Presence.FEATURE,
)


def contract() -> Contract:
    """Return the contract of all files."""
    families = (DRIFT_CHANGES, DRIFT_SUCCESS, DRIFT_CHECKED, RULE_DEAD, LIVE_CHECKED, APPLIES)
    return Contract("sothat-textfiles", families=families)
