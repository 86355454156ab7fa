"""A small catalogue and the metric contracts of the design, as plain data; and the real ones."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import pytest
from sothat.generator.boards_built import built_boards
from sothat.generator.checked import installed_checks
from sothat.generator.compile import compile_catalogue, installed_inputs
from sothat.generator.values import load_values
from sothat.model.alert import (
    Action,
    Alert,
    Catalogue,
    Condition,
    Outcome,
    Recording,
    Threshold,
)
from sothat.model.metric import Contract, Label, MetricFamily, MetricType, Series, index
from sothat.model.policy import Policy, Priority, PriorityTerms
from sothat.model.problem import Position

HERE = Position("catalogue.yaml", 1, 1)

DEVICE = "site device product gateway"
DATABASE = "database engine"
# name: unit, labels
FAMILIES = {
    "sothat": {
        "sothat_exporter_collector_success": ("", "collector"),
        "sothat_exporter_collector_duration_seconds": ("seconds", "collector"),
        "sothat_exporter_collector_last_success_timestamp_seconds": ("seconds", "collector"),
        "sothat_exporter_collector_errors_total": ("", "collector reason"),
        "sothat_exporter_series": ("", "collector"),
        "sothat_exporter_dropped_series": ("", "collector"),
    },
    "host": {
        "host_cpu_seconds_total": ("seconds", "cpu mode"),
        "host_cpus": ("", ""),
        "host_load5": ("", ""),
        "host_disk_read_bytes_total": ("bytes", "device"),
        "host_disk_written_bytes_total": ("bytes", "device"),
        "host_network_receive_bytes_total": ("bytes", "device"),
        "host_network_transmit_bytes_total": ("bytes", "device"),
        "host_network_receive_errors_total": ("", "device"),
        "host_network_transmit_errors_total": ("", "device"),
    },
    "database": {
        "database_connect_duration_seconds": ("seconds", DATABASE),
        "database_write_blocked": ("", DATABASE),
        "database_connections": ("", f"{DATABASE} state"),
    },
    "servers": {
        "postgresql_connect_duration_seconds": ("seconds", "server"),
        "postgresql_connections": ("", "server state"),
        "mysql_server_connections": ("", "server state"),
    },
    "probes": {
        "probe_success": ("boolean", "job"),
        "probe_duration_seconds": ("seconds", "job"),
        "probe_journey_steps": ("", ""),
        "probe_journey_steps_succeeded": ("", ""),
        "probe_journey_step_duration_seconds": ("seconds", "step"),
    },
    "tuya": {
        "tuya_device_up": ("", DEVICE),
        "tuya_device_unreachable": ("", f"{DEVICE} reason"),
        "tuya_device_response_duration_seconds": ("seconds", DEVICE),
        "tuya_device_battery_ratio": ("ratio", DEVICE),
        "tuya_device_signal_dbm": ("dbm", DEVICE),
        "tuya_device_errors_total": ("", f"{DEVICE} code"),
        "tuya_device_messages_total": ("", DEVICE),
        "tuya_device_power_watts": ("watts", DEVICE),
        "tuya_device_temperature_celsius": ("celsius", DEVICE),
        "tuya_device_firmware_info": ("", f"{DEVICE} version"),
        "tuya_gateway_up": ("", "site gateway product"),
    },
    "data-flow": {
        "tuya_cloud_budget_used_calls": ("", ""),
        "tuya_cloud_budget_forecast_calls": ("", ""),
        "tuya_cloud_budget_calls": ("", ""),
        "tuya_cloud_requests_total": ("", "endpoint"),
        "tuya_cloud_errors_total": ("", "kind code"),
        "tuya_cloud_devices": ("", "online"),
        "tuya_stream_events_total": ("", "kind"),
        "firmware_campaign_progress_ratio": ("ratio", "campaign cohort"),
        "firmware_campaign_devices": ("", "campaign cohort state"),
        "firmware_campaign_errors_per_hour": ("", "campaign group"),
        "firmware_campaign_device_problem": ("boolean", "campaign cohort site device problem"),
    },
    "business": {
        "business_support_open_tickets": ("", "site priority"),
        "business_sample_data": ("", "kpi_file"),
    },
    "incidents": {
        "incidents_open": ("", "priority state"),
        "incidents_acknowledge_overdue": ("", "priority"),
        "incidents_webhook_requests_total": ("", "outcome"),
        "incidents_notifications_total": ("", "channel outcome"),
        "incidents_outbox_oldest_seconds": ("seconds", ""),
    },
    "prometheus": {
        "up": ("", ""),
        "scrape_duration_seconds": ("seconds", ""),
        "ALERTS": ("", "alertname alertstate site priority team"),
        "prometheus_tsdb_head_series": ("", ""),
        "prometheus_rule_evaluation_failures_total": ("", "rule_group"),
        "prometheus_notifications_dropped_total": ("", ""),
        "alertmanager_alerts": ("", "state"),
        "alertmanager_notifications_total": ("", "integration"),
        "alertmanager_notifications_failed_total": ("", "integration reason"),
    },
}
# record: unit, labels
RECORDINGS = {
    "database:database_up:min": ("boolean", "database"),
    "database:database_query_duration_seconds:max": ("seconds", "database"),
    "database:database_lock_wait_seconds:max": ("seconds", "database"),
    "database:database_size_bytes:sum": ("bytes", "database"),
    "site:tuya_devices:count": ("", "site"),
    "site:tuya_devices_up:sum": ("", "site"),
    "site:tuya_devices_up:ratio": ("ratio", "site"),
    "site:support_sla_attainment_ratio:min": ("ratio", "site"),
    "site:support_satisfaction_ratio:min": ("ratio", "site"),
    "site:energy_saved_joules:sum": ("joules", "site"),
    "site:energy_saved:ratio": ("ratio", "site"),
    "priority:incidents_open:sum": ("", "priority"),
    "priority:incidents_time_to_acknowledge_seconds:mean": ("seconds", "priority"),
    "priority:incidents_time_to_resolve_seconds:mean": ("seconds", "priority"),
    "stream:mqtt_messages:rate": ("per-second", "stream"),
    "stream:mqtt_message_delay_seconds:p95": ("seconds", "stream"),
    "stream:mqtt_messages_missing:ratio": ("ratio", "stream"),
    "stream:mqtt_anomalies:ratio": ("ratio", "stream"),
    "stream:mqtt_topics_stale:ratio": ("ratio", "stream"),
    "broker_qos:mqtt_deliveries:ratio": ("ratio", "broker qos"),
    "instance:host_cpu_utilisation:ratio": ("ratio", "instance"),
    "instance:host_memory_utilisation:ratio": ("ratio", "instance"),
    "instance_mountpoint:host_filesystem_utilisation:ratio": ("ratio", "instance mountpoint"),
    "instance_device:host_disk_io_utilisation:ratio": ("ratio", "instance device"),
}


def _family(name: str, unit: str, labels: str) -> MetricFamily:
    kind = MetricType.COUNTER if name.endswith("_total") else MetricType.GAUGE
    return MetricFamily(name, kind, name, unit, tuple(Label(text) for text in labels.split()))


def _contract(source: str) -> Contract:
    families = FAMILIES[source].items()
    return Contract(source, tuple(_family(name, *rest) for name, rest in families))


@pytest.fixture(scope="session")
def contracts() -> Mapping[str, Series]:
    return index(map(_contract, FAMILIES))


@pytest.fixture(scope="session")
def make_alert() -> Callable[..., Alert]:
    def make(
        name: str,
        operator: str = ">",
        value: float = 1.0,
        priority: Priority = Priority.P3,
        text: str = "",
    ) -> Alert:
        limit = Threshold(operator, value, "", f"{operator} {text or value}")
        condition = Condition("it is so", "up", f"up {operator} {value}", limit, 60, 0, HERE)
        action = Action(priority, f"The owner mends {name}", ())
        outcome = Outcome("Tenants", f"can rely on what {name} watches", "availability")
        return Alert(
            name, "iot", "operations", "threshold", f"{name} is so", "", condition, action,
            outcome, (), (), HERE,
        )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def catalogue(make_alert: Callable[..., Alert]) -> Catalogue:
    alerts = (
        make_alert("HostCpuSaturated", ">", 0.9, text="90%"),
        make_alert("IotDeviceOffline", "==", 0),
        make_alert("IotGatewayDown", "==", 0, Priority.P2),
        make_alert("IotFleetDegraded", "<", 0.95, Priority.P2, "95%"),
    )
    terms = {
        priority: PriorityTerms(priority, "", "warning", due, None, 10 * due)
        for priority, due in zip(Priority, (900, 3600, 14400, 86400), strict=True)
    }
    recordings = tuple(
        Recording(record, "up", unit, "", tuple(labels.split()), HERE)
        for record, (unit, labels) in RECORDINGS.items()
    )
    environment = MappingProxyType({"urls.incidents": "http://127.0.0.1:9781"})
    return Catalogue(alerts, recordings, Policy(terms, {}, ()), environment)


@pytest.fixture(scope="session")
def shipped_boards() -> Mapping[str, Mapping[str, Any]]:
    """Return every board by uid, as the compiler writes it from the catalogue that we ship."""
    checked = compile_catalogue(installed_inputs(None, load_values(None, [])), installed_checks())
    return {board.uid: board.content for board in checked.once(built_boards)}


@pytest.fixture(scope="session")
def shipped_world() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the declared series and the recordings by name."""
    checked = compile_catalogue(installed_inputs(None, load_values(None, [])), installed_checks())
    return checked.series, {one.record: one for one in checked.catalogue.recordings}
