"""Several processes on one PostgreSQL store: one incident, one page, whoever answers."""

import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from .conftest import CONFIG, Running, alert, eventually, message
from .test_configuration import problems

POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@POSTGRESQL
def test_identical_posts_to_several_processes_give_one_incident(data: Path) -> None:
    (data / "incidents.yaml").write_text((data / "incidents.yaml").read_text() + "workers: 2\n")
    running = Running(data)
    running.start()
    parent = psutil.Process(running.process.pid)
    eventually(lambda: len(parent.children()) == 2)
    payload = message(alert(device="1"), alert(device="2"))
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: running.post(payload), range(48)))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["outcome"] for answer in answers).count("accepted") == 1
    (found,) = running.incidents()
    assert found["firing"] == 2
    eventually(lambda: running.sql("SELECT count(*) FROM outbox WHERE state = 'pending'") == [(0,)])
    told = [n for n in running.incident(found["id"])["timeline"] if n["kind"] == "notified"]
    assert len(told) == 1
    first = parent.children()[0]
    first.kill()
    eventually(lambda: len({p.pid for p in parent.children() if p.is_running()} - {first.pid}) == 2)
    assert running.post(payload).status_code == 200
    assert running.stop() == 0


@POSTGRESQL
def test_workers_end_with_the_process_that_started_them(data: Path) -> None:
    (data / "incidents.yaml").write_text((data / "incidents.yaml").read_text() + "workers: 2\n")
    running = Running(data)
    running.start()
    parent = psutil.Process(running.process.pid)
    workers = eventually(lambda: len(parent.children()) == 2 and parent.children())
    assert running.post(message(alert())).status_code == 200
    running.process.send_signal(signal.SIGKILL)
    running.process.wait()
    running.log.close()
    eventually(lambda: not any(worker.is_running() for worker in workers))


def test_sqlite_is_for_one_process(data: Path) -> None:
    (data / "incidents.yaml").write_text(f"{CONFIG}workers: 2\n")
    (found,) = problems(data)
    assert "an SQLite store is for one process" in found


@POSTGRESQL
def test_figures_are_those_of_all_replicas_whichever_is_asked(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(data, other)
    one, two = Running(data), Running(other)
    one.start()
    two.start()
    before = two.metrics()
    one.post(message(alert()))
    one.command(1, "acknowledge", by="somebody")
    assert one.post(message(alert()), token="wrong").status_code == 401
    assert two.post(message(alert("Other"))).status_code == 200
    refused = 'incidents_webhook_requests_total{outcome="unauthorised"}'
    eventually(lambda: two.metrics()[refused] == 1)
    eventually(lambda: two.metrics()["incidents_outbox_pending"] == 0)
    assert one.metrics() == two.metrics()
    after = one.metrics()
    opened = 'incidents_opened_total{priority="P2",team="building-operations"}'
    assert (before[opened], after[opened]) == (0, 2)
    assert after['incidents_time_to_acknowledge_seconds_count{priority="P2"}'] == 1
    assert one.stop() == 0
    assert two.metrics() == after
    assert two.stop() == 0
