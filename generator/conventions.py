"""The names of labels and annotations that the compiler gives, in one place."""

ALERT_LABELS = ("alertname", "domain", "kind", "priority", "severity", "team")
WATCHDOG = "Watchdog"
WEBHOOK_PATH = "/api/v1/webhooks/alertmanager"
RUNBOOK_PATH = "/runbooks/"
BOARD_PATH = "/d/"
GROUP_PREFIX = "sothat-"
