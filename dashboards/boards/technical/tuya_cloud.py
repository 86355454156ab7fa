"""The Tuya cloud: the budget of calls, what is refused, what the stream brings."""

from typing import Final

from sothat.dashboards import links, marks
from sothat.dashboards.declared import bands_of_states, board, group, line, spread, tile
from sothat.dashboards.empty import NO_CLOUD as EMPTY
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import ATTENTION, BAD, GOOD
from sothat.dashboards.words import WORKS_FAILS

_RATE: Final = "[$__rate_interval]"
_NO_DEVICE_LIST: Final = "no data: the cloud has not listed its devices yet"
_NO_STREAM: Final = "no data: no message stream is configured; add a collector tuya_stream"

BOARD = board(
    "technical",
    links.TUYA_CLOUD,
    "Tuya cloud: quota, calls",
    "Does the budget of calls last until the month's end, and does the cloud answer?",
    group(
        "",
        tile(
            "Budget that the month will take",
            "Calls at the month's end at this pace, as a share of those allowed.",
            (
                "max(tuya_cloud_budget_forecast_calls) / max(tuya_cloud_budget_calls)",
                "",
            ),
            empty=EMPTY,
            bands=Bands(GOOD, ((0.9, ATTENTION), (1, BAD)), "below 90 %"),
            tells=["TuyaCloudBudgetShort"],
            unit="percentunit",
            decimals=0,
            top=1.5,
            size=(4, 7),
        ),
        bands_of_states(
            "The cloud",
            "Whether the last call was answered as it should be.",
            ("min by (instance) (tuya_cloud_up)", "calls, {{instance}}"),
            ("min by (instance) (tuya_stream_up)", "stream, {{instance}}"),
            empty=EMPTY,
            words=WORKS_FAILS,
            alerts=["TuyaCloudUnreachable", "TuyaStreamDown"],
            size=(10, 7),
        ),
        line(
            "Budget of calls",
            "Calls of this month: used, what the month ends with at this pace, and allowed.",
            ("max by (instance) (tuya_cloud_budget_used_calls)", "used, {{instance}}"),
            ("max by (instance) (tuya_cloud_budget_forecast_calls)", "forecast, {{instance}}"),
            ("max by (instance) (tuya_cloud_budget_calls)", "allowed, {{instance}}"),
            empty=EMPTY,
            size=(10, 7),
        ),
    ),
    group(
        "Calls",
        line(
            "Calls",
            "Calls made a second, by what is asked for.",
            (f"sum by (endpoint) (rate(tuya_cloud_requests_total{_RATE}))", "{{endpoint}}"),
            empty=EMPTY,
        ),
        line(
            "Failed calls",
            "Calls a second that failed, by what helps against it and the cloud's code.",
            (f"sum by (kind, code) (rate(tuya_cloud_errors_total{_RATE}))", "{{kind}} {{code}}"),
            empty="no call has failed yet",
            tells=["TuyaCloudRefusing"],
        ),
        spread(
            "Time of calls",
            "How many calls took how long.",
            (f"sum by (le) (rate(tuya_cloud_request_duration_seconds_bucket{_RATE}))", ""),
            empty=EMPTY,
            unit="s",
            size=(8, 7),
        ),
    ),
    group(
        "Devices and stream",
        line(
            "Devices by the cloud",
            "Devices that the cloud lists, connected to it and not.",
            ("max by (online) (tuya_cloud_devices)", "online: {{online}}"),
            empty=_NO_DEVICE_LIST,
        ),
        line(
            "Events of the stream",
            "Events a second of the message stream, by kind.",
            (f"sum by (kind) (rate(tuya_stream_events_total{_RATE}))", "{{kind}}"),
            empty=_NO_STREAM,
        ),
        spread(
            "Delay of events",
            "From the time of an event to its arrival here.",
            (f"sum by (le) (rate(tuya_stream_event_delay_seconds_bucket{_RATE}))", ""),
            empty=_NO_STREAM,
            unit="s",
            size=(8, 7),
        ),
    ),
    marks=[*marks.USUAL],
    topics=["tuya", "quota"],
    span="24h",
)
