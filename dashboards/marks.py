"""What is marked on the time axis: incidents, starts of processes, firmware updates."""

from typing import Any, Final

from sothat.dashboards.palette import ATTENTION, BAD, GOOD, NEUTRAL
from sothat.dashboards.query import FIRING

Json = dict[str, Any]

_URGENT: Final = FIRING.replace("}", ',priority=~"P1|P2"}')
# Looked at once a step, so that an alert's start is one line and not a span.
_STEP: Final = "30s"

URGENT_ALERTS: Final[Json] = {
    "name": "P1 and P2 alerts",
    "enable": True,
    "iconColor": BAD,
    "expr": (
        f"count by (alertname, site) ({_URGENT}) "
        f"unless count by (alertname, site) ({_URGENT} offset {_STEP})"
    ),
    "titleFormat": "{{alertname}}",
    "textFormat": "{{site}}",
    "step": _STEP,
}
MAINTENANCE: Final[Json] = {
    "name": "Maintenance",
    "enable": True,
    "iconColor": NEUTRAL,
    "expr": 'max(maintenance_works{state="running"}) > 0',
    "titleFormat": "Planned work is under way",
    "textFormat": "",
    "step": "60s",
}
# What belongs on every time axis.
USUAL: Final = (URGENT_ALERTS, MAINTENANCE)
STARTS: Final[Json] = {
    "name": "Starts and deployments",
    "enable": True,
    "iconColor": GOOD,
    "expr": "1000 * max by (job, instance) (process_start_time_seconds)",
    "useValueForTime": True,
    "titleFormat": "{{job}} started",
    "textFormat": "{{instance}}",
    "step": "60s",
}
FIRMWARE: Final[Json] = {
    "name": "Firmware updates",
    "enable": True,
    "iconColor": ATTENTION,
    "expr": "1000 * max by (campaign, cohort) (firmware_campaign_start_timestamp_seconds)",
    "useValueForTime": True,
    "titleFormat": "{{campaign}}: {{cohort}} begins",
    "textFormat": "",
    "step": "60s",
}
