"""What the Tuya cloud's collector exposes."""

from sothat.exporters.declare import counter, flag, gauge, histogram
from sothat.exporters.tuya.contract import DEVICE_LABELS
from sothat.exporters.tuya_cloud.errors import Kind
from sothat.model.metric import Contract, Label

DURATIONS = "tuya_cloud_request_duration_seconds"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
ENDPOINTS = ("token", "devices", "keys", "device", "firmware", "signal", "logs")
UPDATES = ("none", "ready", "updating", "done", "failed", "timeout", "other")

_ENDPOINT = Label("endpoint", "What was asked for", ENDPOINTS)
_KIND = Label("kind", "What helps against it", tuple(Kind))
_CODE = Label("code", "The cloud's code, where it is a documented one; else http or other")


def contract() -> Contract:
    """Return the contract of the cloud's collector."""
    return Contract("tuya_cloud", _FAMILIES)


_FAMILIES = (
    flag("tuya_cloud_up", "Whether the last call was answered as it should be."),
    gauge("tuya_cloud_last_success_timestamp_seconds", "When a call last succeeded.", event=True),
    counter("tuya_cloud_requests_total", "Calls made, retries included.", [_ENDPOINT]),
    counter("tuya_cloud_errors_total", "Calls that failed.", [_KIND, _CODE], event=True),
    histogram(DURATIONS, "How long calls took, failed ones included.", SECONDS),
    gauge(
        "tuya_cloud_token_expiry_timestamp_seconds",
        "When the access token ends; it is renewed some minutes before.",
        event=True,
    ),
    gauge(
        "tuya_cloud_clock_skew_seconds",
        "By how much the cloud's clock is ahead of this machine's.",
        event=True,
    ),
    gauge("tuya_cloud_budget_calls", "Calls that may be made in a month."),
    gauge("tuya_cloud_budget_used_calls", "Calls made in this month."),
    gauge("tuya_cloud_budget_remaining_calls", "Calls that may still be made in this month."),
    gauge(
        "tuya_cloud_budget_forecast_calls",
        "Calls at the end of this month, should it go on as it has begun.",
    ),
    gauge("tuya_cloud_budget_reset_timestamp_seconds", "When the month ends."),
    flag("tuya_cloud_budget_sound", "Whether the budget's file can be read and written."),
    counter(
        "tuya_cloud_budget_refused_total",
        "Calls not made because the budget, or the cloud itself, did not allow them.",
        [_ENDPOINT],
        event=True,
    ),
    flag(
        "tuya_cloud_held",
        "1 while nothing is asked, because the cloud has said that it would be in vain.",
        [Label("reason", "What the cloud has said", ("quota", "plan", "credentials"))],
        event=True,
    ),
    gauge(
        "tuya_cloud_devices",
        "Devices that the cloud lists.",
        [Label("online", "Whether they are connected to it", ("true", "false"))],
        event=True,
    ),
    gauge("tuya_cloud_devices_timestamp_seconds", "When the devices were last listed.", event=True),
    flag(
        "tuya_cloud_device_online",
        "Whether the device is connected to the cloud.",
        DEVICE_LABELS,
        event=True,
    ),
    gauge(
        "tuya_cloud_device_signal_dbm",
        "Strength of its radio signal, as it told the cloud within the last hours.",
        DEVICE_LABELS,
        event=True,
    ),
    gauge(
        "tuya_cloud_device_disconnects",
        "Times that the cloud lost the device within the last day.",
        DEVICE_LABELS,
        event=True,
    ),
    flag(
        "tuya_cloud_device_key_current",
        "Whether the local key on record is the one that the cloud has.",
        DEVICE_LABELS,
        event=True,
    ),
    gauge(
        "tuya_cloud_device_firmware_info",
        "Always 1; the firmware of the device's main module.",
        [*DEVICE_LABELS, Label("version", "As the cloud has it")],
        event=True,
    ),
    flag(
        "tuya_cloud_device_update",
        "1 for what the cloud says of the device's update.",
        [*DEVICE_LABELS, Label("status", "How it stands", UPDATES)],
        event=True,
    ),
)
