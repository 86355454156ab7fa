"""Whatever sources and clients do, the exporter answers in time and gives back what it took."""

import gzip
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import Request, urlopen

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families as parse_text

from .promtool import has_nothing_to_say

HOST = "  - {type: host, interval: 200ms, deadline: 2s}\n"
EVERY = "interval: 300ms, deadline: 1s, max_series: 500"
BAD = "".join(
    f"  - {{type: hostile, name: {kind}, kind: {kind}, {EVERY}}}\n"
    for kind in ("hang", "fail", "crash", "garbage", "flood")
)
MODULES = (
    "modules:\n"
    "  - {type: hostile, name: hang, kind: hang, deadline: 1s}\n"
    "  - {type: hostile, name: wait, kind: wait, targets: ['[a-z0-9]+']}\n"
    "  - {type: hostile, name: flood, kind: flood}\n"
    "probes: {concurrency: 50, max_stuck: 2}\n"
)
GENEROUS = 15.0
# Threads that render are made on demand, and stay; nothing else does.
RENDERERS = 4


@pytest.fixture
def hostile(tmp_path):
    """Return an environment in which the hostile package is installed."""
    site = tmp_path / "site"
    info = site / "hostile-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "hostile.py").write_text(Path(__file__).with_name("hostile.py").read_text())
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile\nVersion: 1.0\n")
    points = "[sothat.exporters]\nhostile = hostile\n[sothat.probes]\nhostile = hostile\n"
    (info / "entry_points.txt").write_text(points)
    return {**os.environ, "PYTHONPATH": str(site)}


def connect(process):
    host, port = process.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=GENEROUS)


def scraped(process):
    """Return the value of each series; fails where a scrape takes too long or is malformed."""
    begun = time.monotonic()
    text = process.metrics()
    assert time.monotonic() - begun < GENEROUS
    return {
        (s.name, *sorted(s.labels.values())): s.value
        for family in parse_text(text)
        for s in family.samples
    }


def used(process):
    found = psutil.Process(process.process.pid)
    return found.num_threads(), len(found.net_connections("tcp"))


def test_sources_that_misbehave_are_told_apart_and_cost_nobody_else(exporter, hostile, until):
    process = exporter(HOST + BAD, env=hostile)
    failing = {"hang": "deadline", "fail": "gone", "crash": "error", "garbage": "contract",
               "flood": "budget"}  # fmt: skip
    error = "sothat_exporter_collector_errors_total"

    def all_failed():
        found = scraped(process)
        wanted = [(error, *sorted(pair)) in found for pair in failing.items()]
        return found if all(wanted) else None

    found = until(all_failed)
    success = "sothat_exporter_collector_success"
    assert {kind: found[success, kind] for kind in failing} == dict.fromkeys(failing, 0)
    assert found[success, "host"] == 1
    assert found["sothat_exporter_collector_stuck", "hang"] == 1
    assert found["hostile_fail_up",] == 0
    assert found["sothat_exporter_series", "flood"] == 500
    assert found["sothat_exporter_dropped_series", "flood"] == 10_000
    assert found["hostile_garbage_value", "ok"] == 1
    assert found["hostile_garbage_value", 'caf\ufffd \x00 " \\ \n'] == 1
    threads, _ = used(process)
    age = "sothat_exporter_collector_data_age_seconds"
    until(lambda: scraped(process)[age, "hang"] > 3.5)
    late = scraped(process)
    assert ("hostile_hang_up",) not in late  # what it had found has become stale
    assert used(process)[0] <= threads + RENDERERS
    assert process.stop() == 0


def test_slow_and_endless_clients_hold_up_nobody(exporter, hostile, until):
    wide = "  - {type: hostile, name: wide, kind: wide, interval: 1h}\n"
    process = exporter(HOST + wide, env=hostile).ready()
    before = used(process)
    readers = []
    for _ in range(60):
        reader = connect(process)
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        readers.append(reader)
    idle = [connect(process) for _ in range(50)]
    for number in range(3):
        assert all(len(reader.recv(1)) == 1 for reader in readers)
        assert scraped(process)["sothat_exporter_series", "wide"] == 10_000
        idle[number].sendall(b"GET /metr")
    endless = connect(process)
    with pytest.raises(OSError, match=r"reset|Broken|abort"):
        endless.sendall(b"GET / HTTP/1.1\r\nX-Much: " + b"x" * 50_000_000)
    # Each reader is owed 2 MB; all share them.
    assert psutil.Process(process.process.pid).memory_info().rss < 120e6
    for client in (*readers, *idle, endless):
        client.close()
    until(lambda: used(process)[0] <= before[0] + RENDERERS)
    until(lambda: used(process)[1] <= before[1] + 1)
    assert process.stop() == 0


def test_a_head_that_never_ends_is_refused(exporter):
    process = exporter(HOST).ready()
    with connect(process) as client:
        client.sendall(b"GET /-/healthy HTTP/1.1\r\n" + b"X-A: b\r\n" * 9_000)
        assert client.recv(100).startswith(b"HTTP/1.1 431 ")
    assert process.get("/-/healthy")[0] == 200


def test_many_scrapes_at_once_agree(exporter, hostile):
    wide = "  - {type: hostile, name: wide, kind: wide, interval: 1h}\n"
    process = exporter(HOST + wide, env=hostile).ready()

    def scrape(number):
        headers = {"Accept-Encoding": "gzip"} if number % 2 else {}
        with urlopen(Request(process.url + "/metrics", headers=headers), timeout=60) as answer:
            body = answer.read()
        return gzip.decompress(body) if number % 2 else body

    with ThreadPoolExecutor(20) as pool:
        bodies = [*pool.map(scrape, range(60))]
    assert {body.count(b"hostile_wide_value{") for body in bodies} == {10_000}
    assert process.stop() == 0


def test_a_scrape_waits_for_those_it_asks_no_longer_than_its_own_time(exporter, hostile):
    asked = "mode: scrape, deadline: 30s"
    process = exporter(
        f"  - {{type: hostile, name: wait, kind: wait, {asked}}}\n"
        f"  - {{type: hostile, name: hang, kind: hang, {asked}}}\n",
        env=hostile,
    )
    begun = time.monotonic()
    text = process.get("/metrics", X_Prometheus_Scrape_Timeout_Seconds="3")[1].decode()
    assert 2.4 < time.monotonic() - begun < GENEROUS
    assert "hostile_wait_up 1.0" in text
    assert "hostile_hang_up 1.0" in text
    assert 'collector_success{collector="hang"} 0.0' in text
    begun = time.monotonic()
    text = process.metrics()
    assert time.monotonic() - begun < GENEROUS
    assert "hostile_wait_up 1.0" in text
    assert "hostile_hang_up" not in text
    assert 'collector_errors_total{collector="hang",reason="stuck"} 1.0' in text
    assert process.stop() == 0


def test_probes_over_http(exporter, hostile, until):
    process = exporter(HOST + MODULES, env=hostile).ready()
    status, body, headers = process.get("/probe?module=wait&target=a", Accept_Encoding="gzip")
    text = gzip.decompress(body).decode()
    assert status == 200
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "probe_success 1.0" in text
    assert "hostile_wait_up 1.0" in text
    has_nothing_to_say(text)

    for query, code, why in (
        ("", 400, "the parameter 'module' is missing; modules: hang, wait, flood"),
        ("?module=nothing&target=a", 400, "unknown module 'nothing'; modules: hang, wait, flood"),
        ("?module=wait", 400, "the parameter 'target' is missing"),
        ("?module=wait&target=a.b", 403, "the module wait may not probe this target"),
    ):
        status, body, _ = process.get(f"/probe{query}")
        assert status == code
        assert body.decode().startswith(why)

    report = process.get("/debug/probe?module=flood&target=x")[1].decode()
    assert "about to do=flood" in report
    assert "failure after" in report
    assert "budget: more than 11000 samples" in report

    for target, expected in (("a", "deadline"), ("a", "stuck"), ("b", "deadline")):
        status, body, _ = process.get(f"/probe?module=hang&target={target}")
        assert (status, b"probe_success 0.0" in body) == (200, True), expected
    assert process.get("/probe?module=wait&target=c")[0] == 503
    found = scraped(process)
    assert found["sothat_exporter_probes_stuck",] == 2
    assert found["sothat_exporter_probes_total", "busy", "wait"] == 1
    assert found["sothat_exporter_probes_total", "hang", "stuck"] == 1
    assert process.stop() == 0


def test_many_targets_at_once(exporter, hostile):
    many = MODULES.replace("concurrency: 50", "concurrency: 200")
    process = exporter(HOST + many, env=hostile).ready()

    def probe(number):
        with urlopen(f"{process.url}/probe?module=wait&target=t{number}", timeout=60) as answer:
            return b"probe_success 1.0" in answer.read()

    begun = time.monotonic()
    with ThreadPoolExecutor(100) as pool:
        assert all(pool.map(probe, range(500)))
    assert time.monotonic() - begun < 500 * 0.5 / 4  # side by side, not one after another
    assert process.stop() == 0


def test_hangups_under_load_lose_no_scrape_and_no_thread(exporter, hostile, tmp_path, until):
    text = HOST + BAD + MODULES
    process = exporter(text, env=hostile)
    stuck = ("sothat_exporter_collector_stuck", "hang")
    until(lambda: scraped(process)[stuck] == 1)
    threads, _ = used(process)

    def scrape(_number):
        return scraped(process)["sothat_exporter_config_last_reload_successful",]

    with ThreadPoolExecutor(4) as pool:
        scrapes = pool.map(scrape, range(80))
        for _ in range(20):
            process.process.send_signal(signal.SIGHUP)
            time.sleep(0.05)
        assert {*scrapes} == {1}
    until(lambda: used(process)[0] <= threads + RENDERERS + 1)  # and the successor that waits
    assert scraped(process)[stuck] == 1
    assert process.stop() == 0


def test_a_bad_file_leaves_the_old_configuration_at_work(exporter, tmp_path, until):
    process = exporter(HOST).ready()
    file = tmp_path / "exporter.yaml"
    good = file.read_text()
    file.write_text(good.replace("interval", "intervall"))
    request = Request(process.url + "/-/reload", method="POST")
    refused = "sothat_exporter_config_last_reload_successful"
    with pytest.raises(Exception, match="500") as caught, urlopen(request, timeout=20):
        pass
    with caught.value as answer:
        body = answer.read().decode()
    assert "exporter.yaml:4:18: error: unknown key 'intervall' [unknown-key]" in body
    assert "did you mean 'interval'?" in body
    assert "the configuration is refused, the old one stays" in process.log
    found = scraped(process)
    assert found[refused,] == 0
    assert found["sothat_exporter_collector_success", "host"] == 1
    loaded = found["sothat_exporter_config_last_reload_success_timestamp_seconds",]

    file.write_text(good + "  - {type: host, name: second, interval: 200ms}\n")
    process.process.send_signal(signal.SIGHUP)
    until(lambda: scraped(process).get(("sothat_exporter_collector_success", "second")) == 1)
    found = scraped(process)
    assert found[refused,] == 1
    assert found["sothat_exporter_config_last_reload_success_timestamp_seconds",] > loaded
    assert process.get("/-/reload")[0] == 405
    file.write_text(good)
    with urlopen(request, timeout=20) as answer:
        assert answer.read() == b"reloaded\n"
    assert ("sothat_exporter_series", "second") not in scraped(process)
    assert process.stop() == 0


@pytest.mark.parametrize(
    ("collector", "said"),
    [
        ("{type: hostile, kind: leave}", "SystemExit: 3"),
        (
            "{type: postgresql, targets: [a], password: {file: pipe}}",
            "the secret's file pipe is empty",
        ),
        ("{type: postgresql, targets: [a], sslrootcert: pipe}", "cannot read pipe: not a regular"),
    ],
)
def test_whatever_a_new_configuration_does_the_old_one_stays_and_the_next_is_taken(
    exporter, hostile, tmp_path, collector, said
):
    process = exporter(HOST, env=hostile).ready()
    good = (tmp_path / "exporter.yaml").read_text()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "exporter.yaml").write_text(f"{good}  - {collector}\n")
    request = Request(process.url + "/-/reload", method="POST")
    with pytest.raises(Exception, match="500") as caught, urlopen(request, timeout=20):
        pass
    with caught.value as answer:
        assert said in answer.read().decode()
    (tmp_path / "exporter.yaml").write_text(good)
    with urlopen(request, timeout=20) as answer:
        assert answer.read() == b"reloaded\n"
    assert process.stop() == 0


def test_a_configuration_that_is_a_pipe_holds_no_reload_up(exporter, tmp_path):
    process = exporter(HOST).ready()
    (tmp_path / "exporter.yaml").unlink()
    os.mkfifo(tmp_path / "exporter.yaml")
    request = Request(process.url + "/-/reload", method="POST")
    with pytest.raises(Exception, match="500") as caught, urlopen(request, timeout=20):
        pass
    caught.value.close()
    assert scraped(process)["sothat_exporter_config_last_reload_successful",] == 0
    assert process.stop() == 0


def test_requests_in_one_piece_are_answered_one_after_another(exporter):
    process = exporter(HOST).ready()
    one = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with connect(process) as client:
        client.sendall(one * 199 + last)
        answers = b"".join(iter(lambda: client.recv(65536), b""))
    assert answers.count(b"HTTP/1.1 200 OK") == answers.count(b"\r\n\r\nhealthy\n") == 200
    assert process.stop() == 0


@pytest.mark.slow
def test_a_thousand_slow_clients_are_sent_away_and_scrapes_go_on(exporter, until):
    process = exporter(HOST).ready()
    before = used(process)
    clients = [connect(process) for _ in range(990)]
    for number, client in enumerate(clients[::3]):
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n"[: number % 30])
    for _ in range(3):
        assert scraped(process)["sothat_exporter_collector_success", "host"] == 1
    assert used(process)[0] <= before[0] + RENDERERS
    # Those that have said nothing at all as well as those that have not come to an end.
    until(lambda: used(process)[1] <= before[1] + 1)
    assert psutil.Process(process.process.pid).memory_info().rss < 90e6
    for client in clients:
        client.close()
    assert process.stop() == 0


def test_readiness_asks_those_whom_only_scrapes_would_ask(exporter, hostile, until):
    process = exporter("  - {type: host, mode: scrape, deadline: 2s}\n")
    until(lambda: process.get("/-/ready")[0] == 200)
    assert process.stop() == 0
