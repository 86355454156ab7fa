"""The exposition against the contract, and the contract against the agreement."""

import subprocess
import time

from prometheus_client.parser import text_string_to_metric_families
from sothat.incidents.contract import LAST_RECONCILED, contract
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
        # Nothing is compared in these tests.
        assert exposed.samples or family == LAST_RECONCILED
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
        for state in ("open", "acknowledged"):
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
