"""What the firmware collector exposes."""

from sothat.exporters.declare import flag, gauge
from sothat.model.metric import Contract, Label

STATES = ("pending", "updated", "settling", "failed", "stuck")
GATES = ("success", "failures", "silent", "errors")
COHORTS = ("waiting", "running", "done", "held", "stopped")

_CAMPAIGN = Label("campaign", "Name of the campaign")
_COHORT = Label("cohort", "Name of the cohort")
_BOTH = (_CAMPAIGN, _COHORT)


def contract() -> Contract:
    """Return the contract of the firmware collector."""
    return Contract("firmware", _FAMILIES)


_FAMILIES = (
    flag("firmware_source_up", "Whether Prometheus has told what devices report."),
    gauge(
        "firmware_campaign_info",
        "Always 1; what the campaign is about.",
        [_CAMPAIGN, Label("product", "Product"), Label("version", "Target version")],
    ),
    gauge(
        "firmware_campaign_devices",
        "Devices of a cohort by how far they are; settling: on the version, but not for long.",
        [*_BOTH, Label("state", "How far they are", STATES)],
        feature=True,
    ),
    gauge(
        "firmware_campaign_progress_ratio",
        "Share of a cohort that runs the version and has settled.",
        _BOTH,
        event=True,
    ),
    gauge(
        "firmware_campaign_success_ratio",
        "Share of the attempts that went well: updated, of updated and failed.",
        _BOTH,
        event=True,
    ),
    gauge(
        "firmware_campaign_start_timestamp_seconds", "When the cohort begins.", _BOTH, feature=True
    ),
    flag(
        "firmware_campaign_cohort_state",
        "1 for how a cohort stands, 0 for the others.",
        [*_BOTH, Label("state", "How it stands", COHORTS)],
        feature=True,
    ),
    gauge(
        "firmware_campaign_errors_per_hour",
        "Errors of a device within an hour, on average, on the version and not on it.",
        [_CAMPAIGN, Label("group", "Which devices", ("updated", "others"))],
        event=True,
    ),
    flag(
        "firmware_campaign_gate_passed",
        "Whether a cohort passes a gate; absent while there is nothing to judge by.",
        [*_BOTH, Label("gate", "What is asked", GATES)],
        event=True,
    ),
    flag(
        "firmware_campaign_held",
        "Whether a cohort whose time has come must wait for those before it.",
        _BOTH,
        feature=True,
    ),
    flag(
        "firmware_campaign_rollback",
        "Whether so much has gone wrong that the version is to be taken back.",
        [_CAMPAIGN],
    ),
    flag(
        "firmware_campaign_device_problem",
        "1 for a device that has failed or is stuck; the first five hundred.",
        [
            *_BOTH,
            Label("site", "Site of the device"),
            Label("device", "Name of the device"),
            Label("problem", "What is wrong", ("reverted", "silent", "update-failed", "stuck")),
        ],
        event=True,
    ),
)
