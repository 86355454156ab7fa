"""What got a 2xx is there, whatever happens next; what cannot be stored gets a 503."""

import json
import resource
import signal
import socket
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import requests
from sothat.incidents.configuration import load_settings
from sothat.incidents.service import Service
from sothat.model.problem import Unusable

from .conftest import TOKEN, Running, alert, eventually, message, resolved


def test_a_locked_store_is_a_503_and_then_works_again(service: Running) -> None:
    with closing(sqlite3.connect(service.data / "incidents/incidents.db")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(2) as pool:
            post = pool.submit(service.post, message(alert()))
            ready = pool.submit(service.get, "/-/ready")
        assert post.result().status_code == 503
        assert "locked" in post.result().json()["error"]
        assert ready.result().status_code == 503
        assert service.get("/-/healthy").status_code == 200
        assert service.get("/").status_code == 200
        other.execute("ROLLBACK")
    assert service.post(message(alert())).status_code == 200
    assert service.get("/-/ready").status_code == 200
    assert service.metrics()['incidents_webhook_requests_total{outcome="failed"}'] == 1
    assert len(service.incidents()) == 1


def test_a_full_disk_is_a_503_and_then_works_again(service: Running) -> None:
    service.post(message(alert()))
    pid, limit = service.process.pid, resource.RLIMIT_FSIZE
    unlimited = resource.prlimit(pid, limit)
    size = (service.data / "incidents/incidents.db-wal").stat().st_size
    resource.prlimit(pid, limit, (size, unlimited[1]))
    try:
        answer = service.post(message(alert("Other")))
        assert answer.status_code == 503
        assert service.get("/-/ready").status_code == 503
        assert service.command(1, "acknowledge", by="somebody").status_code == 503
    finally:
        resource.prlimit(pid, limit, unlimited)
    assert service.post(message(alert("Other"))).status_code == 200
    assert [i["title"] for i in service.incidents()] == ["A device does not answer"] * 2


def test_a_restart_keeps_every_count(service: Running) -> None:
    one = alert()
    service.post(message(one))
    service.post(message(one))
    service.post(b"{}")
    service.post(message(one), token="wrong")
    service.command(1, "acknowledge", by="somebody")
    service.post(message(resolved(one)))
    service.post(message(alert("Still", priority="P1")))
    eventually(lambda: service.metrics()["incidents_outbox_pending"] == 0)
    before = service.metrics()
    assert service.stop() == 0
    service.start()
    assert service.metrics() == before
    assert before['incidents_webhook_requests_total{outcome="unauthorised"}'] == 1
    assert before['incidents_time_to_resolve_seconds_count{priority="P2"}'] == 1


def test_an_oversized_message_is_a_503(service: Running) -> None:
    answer = service.post(b" " * (64 * 1024 * 1024 + 1))
    assert answer.status_code == 503
    assert service.post(message(alert(), padding="x" * 5_000_000)).status_code == 200


def test_a_large_message_in_one_segment_is_no_large_head(service: Running) -> None:
    body = json.dumps(message(alert(), padding="x" * 150_000)).encode()
    address = service.url.removeprefix("http://").split(":")
    head = (
        f"POST /api/v1/webhooks/alertmanager HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"Authorization: Bearer {TOKEN}\r\n\r\n"
    ).encode()
    with socket.create_connection((address[0], int(address[1])), timeout=30) as line:
        line.sendall(head + body)
        assert line.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_a_stopped_process_answers_what_it_took(data: Path) -> None:
    running = Running(data)
    running.start()
    with ThreadPoolExecutor(8) as pool:
        posts = [pool.submit(_try, running, f"s{n}") for n in range(200)]
        eventually(lambda: any(p.done() for p in posts))
        running.process.send_signal(signal.SIGTERM)
        answered = {p.result() for p in posts} - {""}
    assert running.process.wait(20) == 0
    running.log.close()
    with closing(sqlite3.connect(data / "incidents/incidents.db")) as connection:
        keys = {json.loads(k)[1][1] for (k,) in connection.execute("SELECT key FROM incident")}
    assert answered <= keys


def _try(running: Running, site: str) -> str:
    try:
        return site if running.post(message(alert(site=site))).status_code == 200 else ""
    except requests.RequestException:
        return ""


@pytest.mark.parametrize("mode", ["newer", "not-a-database", "unwritable"])
def test_an_unusable_store_is_one_clear_problem(data: Path, mode: str) -> None:
    store = data / "incidents/incidents.db"
    store.parent.mkdir()
    if mode == "newer":
        with closing(sqlite3.connect(store)) as connection, connection:
            connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
            connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    elif mode == "not-a-database":
        store.write_text("this is no database, whatever its name says. " * 100)
    else:
        store.mkdir()
    settings = load_settings(data / "incidents.yaml", {})
    with pytest.raises(Unusable) as caught:
        Service(settings)
    (problem,) = caught.value.problems
    assert problem.code == ("store-newer" if mode == "newer" else "store-unusable")
    assert str(store) in str(problem.position)


def test_a_second_process_on_the_same_store_is_refused(service: Running) -> None:
    settings = load_settings(service.data / "incidents.yaml", {})
    with pytest.raises(Unusable, match="another process serves this incident store"):
        Service(settings)


@pytest.mark.parametrize("instead", [None, b""])
def test_a_store_taken_away_confirms_nothing_more(service: Running, instead: bytes | None) -> None:
    service.post(message(alert()))
    store = service.data / "incidents/incidents.db"
    store.rename(store.with_name("old.db"))
    if instead is not None:
        store.write_bytes(instead)
    answer = service.post(message(alert("Other")))
    assert answer.status_code == 503
    assert "its file" in answer.json()["error"]
    assert service.get("/-/ready").status_code == 503
    store.with_name("old.db").replace(store)
    assert service.post(message(alert("Other"))).status_code == 200
