"""Three replicas on one PostgreSQL behind a real load balancer, in a storm of alerts."""

import shutil
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from .conftest import TOKEN, Running, alert, eventually, message
from .test_crashes import _assert_pages, _sites, provider

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
REPLICAS, SENDERS = 3, 8
# Longer than a lease: what a killed one had claimed is another's only then.
_LEASE = 200
_BALANCER = """\
global
  maxconn 200
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  option redispatch
  retries 2
frontend in
  bind 127.0.0.1:{port}
  default_backend replicas
backend replicas
  balance roundrobin
  option httpchk GET /-/ready
  default-server check inter 250ms fall 2 rise 1
{servers}
"""


@dataclass
class Group:
    """Replicas and what stands before them."""

    replicas: list[Running]
    url: str


@dataclass
class Storm:
    """Senders that repeat a message until it is confirmed, as Alertmanager does."""

    url: str
    confirmed: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)
    _numbers: Any = field(default_factory=count)

    @contextmanager
    def raging(self) -> Iterator[None]:
        """Send while the block lasts; what is under way then is still confirmed."""
        senders = [threading.Thread(target=self._send) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        try:
            yield
        finally:
            self.over.set()
            for sender in senders:
                sender.join(120)

    def _send(self) -> None:
        while not self.over.is_set():
            site = f"s{next(self._numbers)}"
            payload = message(alert(site=site, device="1"), alert(site=site, device="2"))
            while not self._confirmed(payload):
                time.sleep(0.05)
            self.confirmed.append(site)

    def _confirmed(self, payload: Any) -> bool:
        try:
            answer = requests.post(
                f"{self.url}/api/v1/webhooks/alertmanager",
                json=payload,
                headers={"Authorization": f"Bearer {TOKEN}"},
                timeout=30,
            )
        except requests.RequestException as error:
            self.answers[type(error).__name__] += 1
            return False
        self.answers[str(answer.status_code)] += 1
        return answer.status_code == requests.codes.ok


@contextmanager
def group(data: Path, pager: str) -> Iterator[Group]:
    """Start the replicas and the load balancer; end what is left of them."""
    config = data / "incidents.yaml"
    paged = f"on-call: {{type: webhook, url: '{pager}'}}"
    config.write_text(config.read_text().replace("on-call: {type: log}", paged))
    replicas = []
    for number in range(REPLICAS):
        folder = data.with_name(f"replica-{number}")
        shutil.copytree(data, folder)
        replicas.append(Running(folder, f"127.0.0.1:{free_port()}"))
    for one in replicas:
        one.start()
    try:
        with balancer(data.with_name("haproxy.cfg"), replicas) as url:
            yield Group(replicas, url)
    finally:
        for one in replicas:
            if one.process.poll() is None:
                one.kill()


@contextmanager
def balancer(file: Path, replicas: list[Running]) -> Iterator[str]:
    """Start HAProxy in front of replicas; give its address."""
    haproxy = shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin") or shutil.which("haproxy")
    if haproxy is None:
        pytest.skip("no haproxy (tools/set-up cluster)")
    port = free_port()
    lines = (f"  server r{n} {one.listen}" for n, one in enumerate(replicas))
    file.write_text(_BALANCER.format(port=port, servers="\n".join(lines)))
    with file.with_suffix(".log").open("w") as log:
        process = subprocess.Popen([haproxy, "-db", "-f", str(file)], stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _answers(url), 30)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    """Return a port of loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=2).status_code == requests.codes.ok
    except requests.RequestException:
        return False


@POSTGRESQL
def test_kill_9_loses_nothing_and_doubles_no_more_than_one_page_a_kill(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kills = 6
    with provider() as (pager, got), group(data, pager) as run:
        storm = Storm(run.url)
        with storm.raging():
            for number in range(kills):
                _await_more(storm, 60)
                victim = run.replicas[number % REPLICAS]
                victim.kill()
                _await_more(storm, 30)
                victim.start()
        _await_all_told(run)
        _assert_all_there(run, storm)
        _assert_pages(got, len(storm.confirmed), kills)
        _say(capsys, "kill -9", storm, got)


@POSTGRESQL
def test_a_rolling_restart_loses_and_doubles_nothing(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with provider() as (pager, got), group(data, pager) as run:
        storm = Storm(run.url)
        with storm.raging():
            for one in run.replicas * 2:
                _await_more(storm, 60)
                assert one.stop() == 0
                one.start()
                eventually(lambda one=one: _answers(one.url), 30)
        _await_all_told(run)
        _assert_all_there(run, storm)
        _assert_pages(got, len(storm.confirmed), 0)
        _say(capsys, "rolling restart", storm, got)


def _await_more(storm: Storm, more: int) -> None:
    wanted = len(storm.confirmed) + more
    eventually(lambda: len(storm.confirmed) >= wanted, 120)


def _await_all_told(run: Group) -> None:
    waiting = "SELECT count(*) FROM outbox WHERE state = 'pending'"
    eventually(lambda: run.replicas[0].sql(waiting) == [(0,)], _LEASE)


def _assert_all_there(run: Group, storm: Storm) -> None:
    """Each confirmed message is one incident, and there is no other."""
    assert len(storm.confirmed) == len(set(storm.confirmed))
    assert sorted(_sites(run.replicas[0])) == sorted(storm.confirmed)


def _say(
    capsys: pytest.CaptureFixture[str], what: str, storm: Storm, got: list[dict[str, Any]]
) -> None:
    """Print the figures that docs/quality/cluster.md states."""
    keys = Counter(notice["key"] for notice in got)
    with capsys.disabled():
        told = f"{len(storm.confirmed)} incidents, answers {dict(storm.answers)}"
        print(f"\n{what}: {told}, pages sent twice: {sum(keys.values()) - len(keys)}")
