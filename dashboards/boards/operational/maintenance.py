"""Maintenance now and next: what is planned, what is muted, what waits for a window."""

from typing import Final

from sothat.dashboards import links, marks
from sothat.dashboards.declared import bars, board, group, line, pages, tile
from sothat.dashboards.empty import NO_ALERTMANAGER, NO_POSTURE
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import ATTENTION, GOOD

_NO_PLAN: Final = "no data: no plan is watched; switch on the exporter's collector maintenance"
_TEXT: Final = """\
**Windows are planned** with `sothat maintenance`; while one is open, its alerts are muted."""

BOARD = board(
    "operational",
    links.MAINTENANCE,
    "Maintenance: now, next",
    "What is being worked on, what is muted by it, and what waits for a window?",
    group(
        "",
        pages("The plan", _TEXT, size=(24, 3)),
        tile(
            "Planned works",
            "Planned works by how they stand; missed: over, and nothing recorded.",
            ("sum by (state) (maintenance_works)", "{{state}}"),
            empty=_NO_PLAN,
            unit="short",
            decimals=0,
            size=(8, 6),
        ),
        tile(
            "Next work begins in",
            "Time until the next planned work.",
            ("max(maintenance_next_start_timestamp_seconds) - time()", "from now"),
            empty="no work is planned, or the plan is not watched; see sothat maintenance",
            decimals=0,
            size=(5, 6),
        ),
        tile(
            "Not announced",
            "Works that begin soon, and whose clients have not been told of them.",
            ("sum(maintenance_works_unannounced)", "target: none"),
            empty=_NO_PLAN,
            bands=Bands(GOOD, ((1, ATTENTION),)),
            unit="short",
            decimals=0,
            size=(5, 6),
        ),
        tile(
            "Silences open now",
            "Silences and windows in Alertmanager; each hides something.",
            ('sum(alertmanager_silences{state="active"})', "now"),
            empty=NO_ALERTMANAGER,
            decimals=0,
            size=(6, 6),
        ),
        tile(
            "Silences to come",
            "Those that are planned and have not begun.",
            ('sum(alertmanager_silences{state="pending"})', "planned"),
            empty=NO_ALERTMANAGER,
            decimals=0,
            size=(6, 6),
        ),
        tile(
            "Alerts held back",
            "Alerts that are muted by a silence, a window or another alert.",
            ('sum(alertmanager_alerts{state="suppressed"})', "now"),
            empty=NO_ALERTMANAGER,
            decimals=0,
            size=(6, 6),
        ),
        tile(
            "Hosts that wait for a reboot",
            "An update is installed, and not at work before the reboot.",
            ("sum(instance:reboot_required:max)", "target: none"),
            empty=NO_POSTURE,
            bands=Bands(GOOD, ((1, ATTENTION),)),
            unit="short",
            decimals=0,
            size=(6, 6),
        ),
    ),
    group(
        "What waits for a window",
        bars(
            "Security updates, by host",
            "Updates that close holes and are not installed.",
            ("sort_desc(instance:security_updates_pending:sum)", "{{instance}}"),
            empty=NO_POSTURE,
            alerts=["MaintenanceSecurityUpdatesOverdue"],
            decimals=0,
        ),
        bars(
            "Firmware, by site",
            "Share of the devices that run their target version.",
            ("sort(site:tuya_firmware_current:ratio)", "{{site}}"),
            empty="no data: no product has a target version; name one in the inventory",
            tells=["IotFirmwareBehind"],
            decimals=0,
        ),
        bars(
            "Restore tests, by backup",
            "Time since each restore was last tried and went well.",
            ("sort_desc(backup:restore_test_age_seconds:min)", "{{backup}}"),
            empty="no data: no restore test is on record; keep one with the collector posture",
            alerts=["RecoveryRestoreTestOverdue"],
        ),
        line(
            "Silences over time",
            "Windows that are open; one that never closes is a switched-off alarm.",
            ('sum(alertmanager_silences{state="active"})', "open"),
            empty=NO_ALERTMANAGER,
            size=(24, 6),
        ),
    ),
    marks=[*marks.USUAL, marks.FIRMWARE, marks.STARTS],
    topics=["maintenance"],
    span="24h",
)
