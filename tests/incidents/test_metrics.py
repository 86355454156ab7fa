"""The exposition against the contract, and the contract against the agreement."""

import subprocess
import time
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from sothat.incidents.contract import LAST_RECONCILED, contract
from sothat.incidents.exposition import bounded
from sothat.model.metric import MetricType

from .conftest import Running, alert, eventually, message, resolved


def test_every_family_matches_its_contract(service: Running) -> None:
    one = alert(priority="P1")
    service.post(message(one, alert("Other", team="who")))
    service.command(1, "acknowledge", by="somebody")
    service.post(message(resolved(one)))
    eventually(lambda: service.metrics()["incidents_outbox_pending"] == 0)
    found = {f.name: f for f in text_string_to_metric_families(service.get("/metrics").text)}
    for family in contract().families:
        name = family.name.removesuffix("_total")
        exposed = found.pop(name)
        assert exposed.type == family.type
        assert exposed.documentation == family.help
        # Nothing is compared in these tests, and there is no ticket system.
        absent = family == LAST_RECONCILED or "tracker" in family.label_names
        assert exposed.samples or absent
        for sample in exposed.samples:
            extra = {"le"} if family.type is MetricType.HISTOGRAM else set()
            assert set(sample.labels) - extra == set(family.label_names), sample
            assert sample.name in family.series_names
            for label in family.labels:
                assert not label.values or sample.labels[label.name] in label.values
    assert not found


def test_zeros_are_there_before_anything_happens(service: Running) -> None:
    metrics = service.metrics()
    for priority in ("P1", "P2", "P3", "P4"):
        for state in ("open", "acknowledged", "mitigated"):
            assert metrics[f'incidents_open{{priority="{priority}",state="{state}"}}'] == 0
        assert metrics[f'incidents_acknowledge_overdue{{priority="{priority}"}}'] == 0
        for name in ("incidents_time_to_acknowledge_seconds", "incidents_time_to_resolve_seconds"):
            assert metrics[f'{name}_count{{priority="{priority}"}}'] == 0
            assert metrics[f'{name}_bucket{{le="+Inf",priority="{priority}"}}'] == 0
    assert "incidents_last_webhook_timestamp_seconds" not in metrics
    checked = subprocess.run(
        ["promtool", "check", "metrics"],
        input=service.get("/metrics").content,
        capture_output=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_a_source_that_never_could_be_compared_shows_so(data: Path, free_url: str) -> None:
    config = data / "incidents.yaml"
    config.write_text(config.read_text() + f"reconcile: [{{peers: ['{free_url}'], every: 1s}}]\n")
    running = Running(data)
    running.start()
    failed = 'incidents_reconciliations_total{outcome="failed"}'
    eventually(lambda: running.metrics()[failed] > 0)
    last = 'incidents_reconciler_last_success_timestamp_seconds{source="alertmanager"}'
    assert running.metrics()[last] == 0
    assert running.stop() == 0


def test_openmetrics_is_spoken_to_who_asks_for_it(service: Running) -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = service.get("/metrics", headers=accept)
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_gauges_and_times_are_right(service: Running) -> None:
    one = alert()
    began = time.time()
    service.post(message(one, alert("Other", priority="P1")))
    metrics = service.metrics()
    assert metrics['incidents_open{priority="P2",state="open"}'] == 1
    assert began - 1 < metrics["incidents_last_webhook_timestamp_seconds"] < time.time() + 1
    (urgent,) = [i["id"] for i in service.incidents() if i["priority"] == "P1"]
    service.command(urgent, "acknowledge", by="somebody")
    metrics = service.metrics()
    assert metrics['incidents_open{priority="P1",state="open"}'] == 0
    assert metrics['incidents_open{priority="P1",state="acknowledged"}'] == 1
    assert metrics['incidents_open{priority="P2",state="open"}'] == 1


def test_by_when_those_who_wait_hear_again(service: Running) -> None:
    due = "incidents_next_update_timestamp_seconds"
    assert not [name for name in service.metrics() if name.startswith(due)]
    began = time.time()
    service.post(message(alert(), alert("Other", priority="P1"), alert("Small", priority="P3")))
    found = {name: at for name, at in service.metrics().items() if name.startswith(due)}
    assert set(found) == {f'{due}{{priority="P1"}}', f'{due}{{priority="P2"}}'}
    assert all(began + 60 < at < began + 86400 for at in found.values())
    for one in service.incidents():
        service.command(one["id"], "resolve", by="somebody")
    assert not [name for name in service.metrics() if name.startswith(due)]


def test_an_overdue_acknowledgement_is_counted_until_it_comes(service: Running) -> None:
    policy = service.data / "compiled/incidents/policy.json"
    short = policy.read_text().replace('"acknowledge_seconds": 3600', '"acknowledge_seconds": 0.3')
    service.stop()
    policy.write_text(short)
    service.start()
    service.post(message(alert(), alert("Other", priority="P1")))
    overdue = 'incidents_acknowledge_overdue{priority="P2"}'
    assert service.metrics()[overdue] == 0
    eventually(lambda: service.metrics()[overdue] == 1)
    assert service.metrics()['incidents_acknowledge_overdue{priority="P1"}'] == 0
    (late,) = [i["id"] for i in service.incidents() if i["priority"] == "P2"]
    assert "overdue by" in service.get("/").text
    service.command(late, "acknowledge", by="somebody")
    assert service.metrics()[overdue] == 0


def test_what_was_promised_is_counted_as_met_or_missed(service: Running) -> None:
    policy = service.data / "compiled/incidents/policy.json"
    short = policy.read_text().replace('"acknowledge_seconds": 3600', '"acknowledge_seconds": 0.3')
    service.stop()
    policy.write_text(short)
    service.start()
    both = (alert("Late"), alert("Early", priority="P1"))
    for one in both:
        service.post(message(one, groupLabels={"alertname": one["labels"]["alertname"]}))
    eventually(lambda: service.metrics()['incidents_acknowledge_overdue{priority="P2"}'] == 1)
    for number in (1, 2):
        for action in ("acknowledge", "resolve", "verify", "close"):
            assert service.command(number, action, by="somebody").status_code == 200
    metrics = service.metrics()
    kept = 'incidents_deadlines_total{{clock="{}",outcome="{}",priority="{}"}}'
    for clock, outcome, priority in [
        *(("acknowledge", "missed", "P2"), ("acknowledge", "met", "P1")),
        *(("resolve", "met", "P2"), ("resolve", "met", "P1")),
    ]:
        assert metrics[kept.format(clock, outcome, priority)] == 1
    assert sum(v for name, v in metrics.items() if "incidents_deadlines_total" in name) == 4
    resolved_total = 'incidents_resolved_total{priority="P2",team="building-operations"}'
    assert metrics[resolved_total] == 1, "closing is no second end"


def test_failures_of_the_same_sort_are_apart_by_a_time(service: Running) -> None:
    config = service.data / "incidents.yaml"
    service.stop()
    # The former incident is looked for only where it could open again.
    config.write_text(config.read_text().replace("reopen_window: 0m", "reopen_window: 1h"))
    service.start()
    one = alert("Again", outcome="warm-rooms")
    same = {"groupLabels": {"alertname": "Again"}}
    service.post(message(one, **same))
    service.post(message(resolved(one), **same))
    assert service.command(1, "close", by="somebody").status_code == 200
    count = 'incidents_time_between_failures_seconds_count{priority="P2"}'
    assert service.metrics()[count] == 0
    service.post(message({**one, "startsAt": "2026-01-05T12:00:00Z"}, **same))
    metrics = service.metrics()
    opened = 'incidents_outcome_opened_total{outcome="warm-rooms",priority="P2",site="a"}'
    assert metrics[opened] == 2
    assert metrics[count] == 1
    eventually(lambda: _delays(service) >= 2)


def _delays(service: Running) -> float:
    return service.metrics()['incidents_notification_delay_seconds_count{priority="P2"}']


def test_a_label_from_anywhere_makes_no_series_without_end() -> None:
    samples = {("P1", f"site-{n:04}", "x"): 1.0 for n in range(1200)}
    found = bounded(samples, 1)
    assert len(found) == 501
    assert found["P1", "other", "x"] == 700
    assert sum(found.values()) == 1200
