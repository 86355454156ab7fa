"""SQLite for real: up, locked, broken, gone."""

import sqlite3
import subprocess
import sys
import threading

import psutil
import pytest
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.database.collector import COLLECTOR
from sothat.exporters.database.contract import contract
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, Settings
from sothat.runtime.documents import parse_document

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN " + sys.argv[2])
connection.execute("INSERT INTO t VALUES (1)")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def database(tmp_path):
    file = tmp_path / "some.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    return file


@pytest.fixture
def source(tmp_path, database):
    text = "{type: database, url: 'sqlite:///some.db', lock_timeout: 100ms}"
    settings = Settings(parse_document(text, "x.yaml"), ())
    return COLLECTOR.open(settings, Context("some", tmp_path, {}, SystemClock()))


@pytest.fixture
def hold(database):
    """Lock the database from another process."""
    holders = []

    def start(kind):
        command = [sys.executable, "-c", HOLD, str(database), kind]
        holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        holders.append(holder)
        assert holder.stdout.readline() == b"held\n"
        return holder

    yield start
    for holder in holders:
        holder.communicate(timeout=10)


def poll(source, seconds=5):
    clock = SystemClock()
    samples = tuple(source.collect(Deadline(clock.monotonic() + seconds, clock)))
    assert not Screen(contract()).screen(samples).complaints
    return {sample.name.removeprefix("database_"): sample.value for sample in samples}


def test_an_idle_database(source, database):
    found = poll(source)
    assert found["up"] == 1
    assert found["write_blocked"] == 0
    assert found["lock_wait_seconds"] < 0.1
    assert found["size_bytes"] == database.stat().st_size
    assert set(found) == {
        "up", "connect_duration_seconds", "query_duration_seconds", "write_blocked",
        "lock_wait_seconds", "size_bytes",
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "readable"), [("IMMEDIATE", True), ("EXCLUSIVE", False)])
def test_a_locked_database_is_up_and_blocked(source, hold, kind, readable):
    holder = hold(kind)
    found = poll(source)
    assert found["up"] == 1
    assert found["write_blocked"] == 1
    assert 0.1 <= found["lock_wait_seconds"] < 1
    assert ("query_duration_seconds" in found) is readable
    holder.communicate(timeout=10)
    assert poll(source)["write_blocked"] == 0


def test_the_probe_writes_nothing_and_lets_others_write(source, database):
    before = database.read_bytes()
    poll(source)
    assert database.read_bytes() == before
    with sqlite3.connect(database, timeout=0) as connection:
        connection.execute("INSERT INTO t VALUES (2)")
    connection.close()


def test_a_database_that_vanished_is_down_and_not_made_anew(source, database):
    database.unlink()
    assert poll(source) == {"up": 0}
    assert not database.exists()


def test_the_log_says_once_why_a_database_is_down(source, database, caplog):
    caplog.set_level("INFO")
    kept = database.read_bytes()
    database.unlink()
    poll(source)
    poll(source)
    assert [record.message for record in caplog.records] == ["the database is down"]
    assert "unable to open" in caplog.records[0].why
    database.write_bytes(kept)
    poll(source)
    assert caplog.records[1].message == "the database is up again"


def test_a_database_that_was_overwritten_is_down(source, database):
    database.write_bytes(b"no database any more" * 100)
    assert poll(source) == {"up": 0}


@pytest.mark.usefixtures("same_threads")
def test_many_polls_leave_no_thread_and_no_open_file(source, hold):
    hold("EXCLUSIVE")
    poll(source)
    before = psutil.Process().num_fds()
    for _ in range(10):
        poll(source)
    assert psutil.Process().num_fds() <= before  # fewer: what other tests left was let go
    assert threading.active_count() < 20
