"""kill -9 in a storm: what got a 2xx is there once, and every page that was due goes out."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from .conftest import Running, alert, eventually, message
from .databases import database  # noqa: F401 – all tests of this module run on both

# Longer than a lease: on PostgreSQL nobody else may take what a process that died had claimed.
_LEASE = 200


@contextmanager
def provider() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Give the URL of somebody who is paged, and what has arrived there."""
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", got
    finally:
        server.shutdown()
        server.server_close()


class Storm:
    """Eight senders that post until the service is gone, as Alertmanager does."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.confirmed: list[str] = []
        self.sent: dict[str, dict[str, Any]] = {}
        self._numbers = count()

    def until_killed(self, more: int) -> None:
        with ThreadPoolExecutor(8) as pool:
            senders = [pool.submit(self._send) for _ in range(8)]
            wanted = len(self.confirmed) + more
            eventually(lambda: len(self.confirmed) >= wanted, 60)
            self.running.kill()
            for sender in senders:
                sender.result()

    def _send(self) -> None:
        while True:
            site = f"s{next(self._numbers)}"
            self.sent[site] = message(alert(site=site, device="1"), alert(site=site, device="2"))
            try:
                answer = self.running.post(self.sent[site])
            except requests.RequestException:
                return
            assert answer.status_code == 200
            self.confirmed.append(site)

    def again(self) -> None:
        """Send what got no answer again."""
        for site in set(self.sent) - set(self.confirmed):
            assert self.running.post(self.sent[site]).status_code == 200


@pytest.mark.parametrize("crashes", [3, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.timeout(1500)
def test_kill_9_in_a_storm_loses_and_doubles_nothing(data: Path, crashes: int) -> None:
    with provider() as (url, got):
        config = data / "incidents.yaml"
        paged = f"on-call: {{type: webhook, url: '{url}'}}"
        config.write_text(config.read_text().replace("on-call: {type: log}", paged))
        running = Running(data)
        running.start()
        storm = Storm(running)
        for _ in range(crashes):
            storm.until_killed(more=40)
            # What was confirmed before the crash is there after it.
            running.start()
            assert set(storm.confirmed) <= set(_sites(running))
        storm.again()
        assert sorted(_sites(running)) == sorted(storm.sent)
        _assert_alerts(running, storm)
        opened = 'incidents_opened_total{priority="P2",team="building-operations"}'
        assert running.metrics()[opened] == len(storm.sent)
        eventually(lambda: running.metrics()["incidents_outbox_pending"] == 0, _LEASE)
        assert running.stop() == 0
        _assert_pages(got, len(storm.sent), crashes)


def _sites(running: Running) -> list[str]:
    return [json.loads(key)[1][1] for (key,) in running.sql("SELECT key FROM incident")]


def _assert_alerts(running: Running, storm: Storm) -> None:
    rows = running.sql("SELECT labels FROM alert WHERE newest AND firing")
    found = Counter(json.loads(labels)["site"] for (labels,) in rows)
    assert found == dict.fromkeys(storm.sent, 2)
    ((messages,),) = running.sql("SELECT count(*) FROM message")
    assert messages >= len(storm.sent)


def _assert_pages(got: list[dict[str, Any]], incidents: int, crashes: int) -> None:
    """Each incident was told of; at most one notice a crash came again, and said so."""
    arrivals = Counter(notice["key"] for notice in got)
    assert len({notice["incident"] for notice in got}) == incidents
    assert len(arrivals) == incidents
    assert sum(arrivals.values()) - len(arrivals) <= crashes
    seen: set[str] = set()
    for notice in got:
        assert notice["repeated"] or notice["key"] not in seen
        seen.add(notice["key"])
