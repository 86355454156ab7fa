"""The collector: a list of targets, in one process, with what /probe shows beside it."""

import shutil
import socket
import threading
import time

import pytest
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import PollFailed
from sothat.model.problem import Unusable

from .promtool import has_nothing_to_say
from .strangers import listed, silence
from .test_network_http import answering, page

MODULES = """
modules:
  - {type: tcp, name: port, deadline: 5s}
  - {type: tcp, name: banner, deadline: 1s, dialogue: [{expect: ^220}]}
  - {type: http, name: web, targets: ['http://127.*']}
"""


def poll(source, seconds=20.0):
    clock = SystemClock()
    screened = Screen(source.contract).screen(
        source.collect(Deadline(clock.monotonic() + seconds, clock))
    )
    assert not screened.complaints
    assert not screened.doubled
    return screened.samples


def of(samples, name):
    return {(s.labels["module"], s.labels["target"]): s.value for s in samples if s.name == name}


def config(*targets, more=""):
    lines = "".join(f"\n      - {{{target}}}" for target in targets)
    return f"{MODULES}collectors:\n  - type: network\n{more}    targets:{lines}\n"


def test_each_target_has_its_figures(stranger, free_port):
    server = stranger(answering(page(b"x")))
    source = listed(
        config(
            f"module: port, target: '{server.address}', labels: {{site: a}}",
            f"module: port, target: '127.0.0.1:{free_port}'",
            f"module: web, target: '{server.url}', labels: {{site: b, tier: one}}",
        )
    )
    samples = poll(source)
    assert of(samples, "probe_success") == {
        ("port", server.address): 1,
        ("port", f"127.0.0.1:{free_port}"): 0,
        ("web", server.url): 1,
    }
    assert set(of(samples, "probe_duration_seconds")) == set(of(samples, "probe_success"))
    assert of(samples, "probe_http_status_code") == {("web", server.url): 200}
    labels = {s.labels["target"]: (s.labels["site"], s.labels["tier"]) for s in samples}
    assert labels == {
        server.address: ("a", ""),
        f"127.0.0.1:{free_port}": ("", ""),
        server.url: ("b", "one"),
    }
    source.close()


def test_a_target_that_comes_back_comes_back(stranger, free_port):
    source = listed(config(f"module: port, target: '127.0.0.1:{free_port}'"))
    assert [*of(poll(source), "probe_success").values()] == [0]
    with socket.create_server(("127.0.0.1", free_port)):
        assert [*of(poll(source), "probe_success").values()] == [1]
    assert [*of(poll(source), "probe_success").values()] == [0]


def test_slow_targets_cost_others_nothing_but_their_places(stranger):
    slow, quick = stranger(silence), stranger(lambda conn: conn.sendall(b"220 x\r\n"))
    targets = [f"module: banner, target: '{slow.address}'"]
    targets += [f"module: banner, target: 'localhost:{slow.port}'"]
    targets += [f"module: banner, target: '{quick.address}'"]
    source = listed(config(*targets, more="    concurrency: 1\n"))
    start = time.monotonic()
    samples = poll(source, 6.0)
    assert time.monotonic() - start < 60
    # Each had its fair share: the slow ones have not eaten up the time of the last.
    assert sorted(of(samples, "probe_success").items()) == sorted(
        [
            (("banner", slow.address), 0),
            (("banner", f"localhost:{slow.port}"), 0),
            (("banner", quick.address), 1),
        ]
    )


def test_probes_that_hang_are_known_to_and_leave_a_place_to_others(stranger, monkeypatch, until):
    server = stranger(silence)
    go_on = threading.Event()
    lookup = socket.getaddrinfo

    def hanging(host, *arguments, **more):
        if host == "hangs.example":
            go_on.wait(60)
        return lookup(host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    targets = ["module: port, target: 'hangs.example:1'"]
    targets += [f"module: port, target: '{server.address}'"]
    source = listed(config(*targets, more="    concurrency: 2\n"))
    before = threading.active_count()
    for _ in range(3):
        samples = poll(source, 1.0)
        assert of(samples, "probe_success") == {
            ("port", "hangs.example:1"): 0,
            ("port", server.address): 1,
        }
    until(lambda: threading.active_count() == before + 1)
    go_on.set()
    until(lambda: threading.active_count() == before)


def test_when_all_places_hang_the_poll_has_failed(stranger, monkeypatch, until):
    go_on = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: go_on.wait(60) and [])
    targets = [f"module: port, target: 'hangs{n}.example:1'" for n in range(3)]
    source = listed(config(*targets, more="    concurrency: 1\n"))
    before = threading.active_count()
    with pytest.raises(PollFailed) as caught:
        list(source.collect(Deadline(time.monotonic() + 0.5, SystemClock())))
    assert caught.value.reason == "busy"
    go_on.set()
    until(lambda: threading.active_count() <= before)


@pytest.mark.parametrize(
    ("targets", "code", "line"),
    [
        (["module: other, target: x"], "unknown-module", 9),
        (["module: web, target: 'http://example.org/'"], "target-not-allowed", 9),
        (["module: port, target: 'a:1'", "module: port, target: 'a:1'"], "duplicate-target", 10),
        (["module: port, target: 'a:1', labels: {phase: x}"], "label-taken", 9),
        (["module: port, target: 'a:1', labels: {target: x}"], "label-taken", 9),
    ],
)
def test_lists_that_cannot_work_are_refused_with_their_place(targets, code, line):
    with pytest.raises(Unusable) as caught:
        listed(config(*targets))
    (problem,) = caught.value.problems
    assert (problem.code, problem.position.line) == (code, line)


CONFIG = """apiVersion: sothat/v1
kind: Exporter
collectors:
  - type: network
    interval: 1s
    targets:
      - {{module: port, target: '{address}', labels: {{site: 'caf\u00e9 "x"'}}}}
      - {{module: web, target: '{url}'}}
      - {{module: ping, target: 127.0.0.1}}
      - {{module: names, target: '127.0.0.1:1'}}
modules:
  - {{type: tcp, name: port}}
  - {{type: http, name: web, auth: {{bearer: {{env: TOKEN}}}}, targets: ['http://127.*']}}
  - {{type: icmp, name: ping, packets: 2, packet_interval: 10ms}}
  - {{type: dns, name: names, query_name: example.org}}
  - {{type: tls}}
  - {{type: journey, steps: [{{name: home, path: /}}]}}
"""


@pytest.fixture
def process(stranger, tmp_path, sothat):
    heard = []
    server = stranger(answering(page(b"x"), heard=heard))
    text = CONFIG.format(address=server.address, url=server.url)
    (tmp_path / "exporter.yaml").write_text(text, encoding="utf-8")
    env = {"TOKEN": "hunter2", "PATH": "/usr/bin:/bin"}
    started = sothat("export", "--config", "exporter.yaml", "--listen", "127.0.0.1:0", env=env)
    return started.ready(), server, heard


def test_a_process_serves_the_list_and_probe(process):
    exporter, server, heard = process
    text = exporter.metrics()
    assert f'probe_success{{module="web",site="",target="{server.url}"}} 1.0' in text
    assert 'probe_success{module="names",site="",target="127.0.0.1:1"} 0.0' in text
    assert 'sothat_exporter_collector_success{collector="network"} 1.0' in text
    for module in ("web", "journey"):
        path = f"/debug/probe?module={module}&target={server.url}"
        status, body, _ = exporter.get(path)
        assert status == 200
        assert b"probe_http_status_code 200.0" in body
        assert b"hunter2" not in body
    assert exporter.get("/probe?module=web&target=http://10.0.0.1/")[0] == 403
    assert "hunter2" not in text + exporter.log
    assert {headers.get("Authorization") for _, headers, _ in heard} == {"Bearer hunter2", None}


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool")
def test_promtool_has_nothing_to_say(process):
    exporter, server, _ = process
    pages = [exporter.metrics().encode()]
    targets = {"tls": server.address, "journey": server.url, "port": server.address}
    for module, target in targets.items():
        pages.append(exporter.get(f"/probe?module={module}&target={target}")[1])
    for text in pages:
        has_nothing_to_say(text)
