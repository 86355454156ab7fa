"""Posture: patches, backup, drift, known holes."""

from typing import Final

from sothat.dashboards import links, marks, variables
from sothat.dashboards.declared import bars, board, group, line, tile
from sothat.dashboards.empty import NO_POSTURE as EMPTY
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import ATTENTION, BAD, GOOD

_ON: Final = variables.ON_HOST
_NO_BACKUP: Final = "no data: no backup is watched; name them in the collector posture"
_NO_REPORT: Final = "no data: no scanner's report is read; name them in the collector posture"

BOARD = board(
    "technical",
    links.POSTURE,
    "Posture: patches, backup",
    "What have we put off, and would a restore work today?",
    group(
        "",
        tile(
            "Hosts patched",
            "Share of hosts without a security update that waits.",
            ("global:hosts_patched:ratio", ""),
            empty=EMPTY,
            decimals=0,
            bands=Bands(BAD, ((0.9, ATTENTION), (1, GOOD)), "target: all"),
        ),
        tile(
            "Patched in time",
            "Share of hosts that take security updates within the time that was agreed.",
            ("global:hosts_patched_in_time:ratio", ""),
            empty=EMPTY,
            decimals=0,
            alerts=["MaintenancePatchesLate"],
        ),
        tile(
            "Security updates that wait",
            "On all hosts together.",
            (f"sum(instance:security_updates_pending:sum{{{_ON}}})", "target: none"),
            empty=EMPTY,
            decimals=0,
            bands=Bands(GOOD, ((1, ATTENTION),)),
        ),
        tile(
            "Hosts that wait for a reboot",
            "An update is installed, and not at work before the reboot.",
            (f"sum(instance:reboot_required:max{{{_ON}}})", "target: none"),
            empty=EMPTY,
            unit="short",
            decimals=0,
            bands=Bands(GOOD, ((1, ATTENTION),)),
        ),
        tile(
            "Oldest backup",
            "Age of the newest backup of whatever was not backed up for longest.",
            ("max(backup:backup_age_seconds:min)", ""),
            empty=_NO_BACKUP,
            decimals=0,
            alerts=["RecoveryBackupTooOld"],
        ),
        tile(
            "Oldest restore test",
            "Time since a restore was last tried, of what was not tried for longest.",
            ("max(backup:restore_test_age_seconds:min)", ""),
            empty=_NO_BACKUP,
            decimals=0,
            alerts=["RecoveryRestoreTestOverdue"],
        ),
    ),
    group(
        "Backups",
        bars(
            "Age of backups",
            "Time since each backup was last complete.",
            ("sort_desc(backup:backup_age_seconds:min)", "{{backup}}"),
            empty=_NO_BACKUP,
            alerts=["RecoveryBackupTooOld"],
        ),
        bars(
            "Age of restore tests",
            "Time since each restore was last tried and went well.",
            ("sort_desc(backup:restore_test_age_seconds:min)", "{{backup}}"),
            empty="no data: no restore test is on record; keep one with the collector posture",
            alerts=["RecoveryRestoreTestOverdue"],
        ),
        line(
            "Size of backups",
            "A backup that shrinks is missing something.",
            ("backup:backup_size_bytes:max", "{{backup}}"),
            empty=_NO_BACKUP,
            alerts=["RecoveryBackupShrunk"],
        ),
    ),
    group(
        "Updates and drift",
        line(
            "Updates that wait",
            "Updates that are not installed, by host.",
            (f"instance:updates_pending:sum{{{_ON}}}", "{{instance}}"),
            empty=EMPTY,
            alerts=["MaintenanceUpdatesPiling"],
        ),
        line(
            "Security updates, by host",
            "Of these, the ones that close holes.",
            (f"instance:security_updates_pending:sum{{{_ON}}}", "{{instance}}"),
            empty=EMPTY,
            alerts=["MaintenanceSecurityUpdatesOverdue"],
        ),
        line(
            "Files that have drifted",
            "Files that are not as the reviewed manifest has them.",
            (f"instance_manifest:drifted_files:sum{{{_ON}}}", "{{instance}} {{manifest}}"),
            empty="no data: no manifest is compared; name one in the collector posture",
            alerts=["MaintenanceConfigurationDrifted"],
        ),
    ),
    group(
        "Known holes",
        line(
            "Critical ones, by report",
            "Critical vulnerabilities that a scanner has found.",
            (
                f"instance_report:vulnerabilities_critical:sum{{{_ON}}}",
                "{{instance}} {{report}}",
            ),
            empty=_NO_REPORT,
            alerts=["SecurityReportVulnerabilityCritical"],
        ),
        line(
            "Critical ones, by namespace",
            "Critical vulnerabilities of the images that run in the cluster.",
            ("namespace:vulnerabilities_critical:sum", "{{namespace}}"),
            empty="no data: no cluster is scanned; run trivy-operator",
            alerts=["SecurityVulnerabilityCritical"],
        ),
        bars(
            "Dependencies not reviewed for",
            "Time since a person last reviewed what a project depends on.",
            ("sort_desc(subject:dependency_review_age_seconds:min)", "{{subject}}"),
            empty="no data: no review is on record; keep one with the collector posture",
            alerts=["SecurityDependencyReviewOverdue"],
        ),
    ),
    filters=[
        variables.choice("instance", "Host", "instance:updates_pending:sum"),
    ],
    marks=[*marks.USUAL],
    topics=["maintenance", "backup", "security"],
    span="7d",
    refresh="5m",
)
