"""The exporter as users meet it: a process."""

import gzip
import json
import os
import shutil
import signal
import socket
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families as parse_text
from sothat.exporters.contract import contract as own
from sothat.exporters.host.contract import contract as host

from .promtool import has_nothing_to_say

HOST = "  - {type: host, interval: 200ms, deadline: 2s}\n"
# A team's own collector, installed as any package is, that never comes back.
HANGING = """
import time
from sothat.model.metric import Contract

class Source:
    contract = Contract("hanging", ())
    def collect(self, deadline):
        time.sleep(3600)
        yield
    def close(self):
        pass

class Collector:
    def schema(self):
        return {"properties": {}}
    def open(self, settings, context):
        return Source()

COLLECTOR = Collector()
"""


@pytest.fixture
def hanging_plugin(tmp_path):
    """Return an environment in which a package with a hanging collector is installed."""
    site = tmp_path / "site"
    info = site / "hanging-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "hanging_collector.py").write_text(HANGING)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hanging\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[sothat.exporters]\nhanging = hanging_collector\n")
    return {**os.environ, "PYTHONPATH": str(site)}


def test_what_is_served(exporter):
    process = exporter(HOST).ready()
    assert process.get("/-/healthy")[0] == 200
    status, body, headers = process.get("/metrics")
    assert status == 200
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    assert process.get("/nothing")[0] == 404
    page = process.get("/")[1].decode()
    assert "<td>host</td><td>complete</td>" in page

    has_nothing_to_say(body)

    declared = {f.name: f for contract in (own(), host()) for f in contract.families}
    for family in parse_text(body.decode()):
        name = family.name + ("_total" if family.type == "counter" else "")
        assert declared[name].type == family.type
        assert declared[name].help == family.documentation
        for sample in family.samples:
            assert set(sample.labels) == set(declared[name].label_names)


def test_openmetrics_and_gzip_on_request(exporter):
    process = exporter(HOST).ready()
    accept = "application/openmetrics-text; version=1.0.0"
    _, body, headers = process.get("/metrics", Accept=accept, Accept_Encoding="gzip")
    assert headers["content-encoding"] == "gzip"
    assert headers["content-type"].startswith("application/openmetrics-text")
    assert gzip.decompress(body).endswith(b"# EOF\n")


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_a_hanging_collector_shows_and_does_not_hold_up_the_stop(
    exporter, hanging_plugin, until, sig
):
    collectors = HOST + "  - {type: hanging, interval: 200ms, deadline: 300ms}\n"
    process = exporter(collectors, env=hanging_plugin).ready()
    failed = 'sothat_exporter_collector_success{collector="hanging"} 0.0'
    until(lambda: failed in process.metrics())
    text = process.metrics()
    assert 'sothat_exporter_collector_success{collector="host"} 1.0' in text
    assert 'collector_errors_total{collector="hanging",reason="deadline"} 1.0' in text
    threads = psutil.Process(process.process.pid).num_threads()
    time.sleep(1)
    assert psutil.Process(process.process.pid).num_threads() <= threads
    begun = time.monotonic()
    assert process.stop(sig) == 0
    assert time.monotonic() - begun < 15
    assert "polls_left_behind=True" in process.log


def test_a_probe_that_the_stop_cuts_off_is_told_so_and_is_no_error_in_the_log(
    exporter, stranger, until
):
    # Says nothing until the client hangs up.
    silent = stranger(lambda connection: connection.recv(1))
    module = 'modules:\n  - {type: tcp, deadline: 60s, dialogue: [{expect: "^hello"}]}\n'
    process = exporter(HOST + module).ready()
    with ThreadPoolExecutor() as threads:
        path = f"/probe?module=tcp&target={silent.address}"
        asked = threads.submit(process.get, path, X_Prometheus_Scrape_Timeout_Seconds="60")
        until(lambda: silent.met)
        assert process.stop() == 0
        status, body, _ = asked.result()
    assert (status, body) == (503, b"the exporter is stopping\n")
    assert "Exception" not in process.log
    assert "msg=stopped" in process.log


def test_a_client_that_stays_connected_does_not_hold_up_the_stop(exporter):
    process = exporter(HOST).ready()
    host_name, port = process.url.removeprefix("http://").split(":")
    with socket.create_connection((host_name, int(port))) as idle:
        idle.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(10)
        begun = time.monotonic()
        assert process.stop() == 0
        assert time.monotonic() - begun < 15


def test_databases_and_their_kpis_are_as_promtool_wants_them(exporter, tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.db")) as database:
        database.execute("CREATE TABLE orders (site TEXT, shipped_at TEXT)")
        database.execute("INSERT INTO orders VALUES ('café \"1\"', NULL)")
        database.commit()
    shutil.copy(Path(__file__).parents[2] / "examples" / "exporters" / "kpis.yaml", tmp_path)
    process = exporter(
        "  - {type: database, url: 'sqlite:///a.db'}\n"
        "  - {type: business, url: 'sqlite:///a.db', kpis: kpis.yaml}\n"
    ).ready()
    text = process.metrics()
    assert "\ndatabase_up{" in text
    assert 'business_shop_open_orders{site="café \\"1\\""} 1' in text
    has_nothing_to_say(text)


def test_not_ready_before_the_first_poll_of_all(exporter, hanging_plugin, until):
    collectors = HOST + "  - {type: hanging, interval: 1h, deadline: 1h}\n"
    process = exporter(collectors, env=hanging_plugin)
    until(lambda: "host_load1" in process.metrics())
    status, body, _ = process.get("/-/ready")
    assert (status, body) == (503, b"not ready: not polled yet: hanging\n")
    assert process.get("/-/healthy")[0] == 200


def refused(sothat, *arguments):
    process = sothat("export", *arguments)
    assert process.process.wait(20) == 2
    assert "Traceback" not in process.log
    return process.log


def test_a_port_in_use_is_one_clear_problem(sothat, tmp_path):
    text = "apiVersion: sothat/v1\nkind: Exporter\nlisten: 127.0.0.1:PORT\ncollectors:\n" + HOST
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "x.yaml").write_text(text.replace("PORT", str(port)))
        log = refused(sothat, "--config", "x.yaml")
        assert f"x.yaml:3:9: error: cannot listen on 127.0.0.1:{port}" in log
        assert "[address-in-use]" in log
        log = refused(sothat, "--config", "x.yaml", "--listen", f"127.0.0.1:{port}")
        assert log.startswith(f"error: cannot listen on 127.0.0.1:{port}")


def test_check_starts_nothing(sothat, tmp_path):
    (tmp_path / "x.yaml").write_text("apiVersion: sothat/v1\nkind: Exporter\ncollectors:\n" + HOST)
    process = sothat("export", "--config", "x.yaml", "--check")
    assert process.process.wait(20) == 0
    assert process.log == "x.yaml: fine, collectors: host\n"


def test_a_missing_configuration(sothat):
    assert "missing.yaml: error: cannot read" in refused(sothat, "--config", "missing.yaml")


def test_paths_start_from_the_data_folder(sothat, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    sqlite3.connect(data / "a.db").close()
    text = "apiVersion: sothat/v1\nkind: Exporter\ncollectors:\n"
    (tmp_path / "x.yaml").write_text(text + "  - {type: database, url: 'sqlite:///a.db'}\n")
    assert "x.yaml:4:27: error: unreadable database a.db" in refused(sothat, "--config", "x.yaml")
    process = sothat("export", "--config", "x.yaml", "--data", "data", "--check")
    assert process.process.wait(20) == 0


def test_json_logs(sothat, tmp_path, until):
    (tmp_path / "x.yaml").write_text("apiVersion: sothat/v1\nkind: Exporter\ncollectors:\n" + HOST)
    arguments = ("--config", "x.yaml", "--listen", "127.0.0.1:0", "--log-format", "json")
    process = sothat("export", *arguments)
    until(lambda: "listening" in process.log)
    assert json.loads(process.log.splitlines()[0])["msg"] == "listening"
    assert process.stop() == 0
