"""PostgreSQL and MariaDB for real: busy, blocked, stopped, gone."""

import signal
import threading
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.database.collector import COLLECTOR
from sothat.exporters.database.contract import contract
from sothat.exporters.database.engines.dialect import Limits
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.runtime.documents import parse_document
from sqlalchemy.exc import DBAPIError

from .servers import mysql_server, open_folder, postgresql_server, stop

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def folder():
    with open_folder() as path:
        yield path


@pytest.fixture(scope="module")
def postgresql(folder):
    with postgresql_server(folder) as server:
        yield server


@pytest.fixture(scope="module")
def mysql(folder):
    with mysql_server(folder) as server:
        yield server


@pytest.fixture(params=["postgresql", "mysql"])
def server(request):
    return request.getfixturevalue(request.param)


def source_of(url):
    text = f"{{type: database, url: '{url}', lock_timeout: 200ms}}"
    settings = Settings(parse_document(text, "x.yaml"), ())
    return COLLECTOR.open(settings, Context("some", Path(), {}, SystemClock()))


def poll(source, seconds=5):
    clock = SystemClock()
    begun = clock.monotonic()
    samples = tuple(source.collect(Deadline(begun + seconds, clock)))
    assert clock.monotonic() - begun < seconds
    assert not Screen(contract()).screen(samples).complaints
    return {
        (sample.name.removeprefix("database_"), sample.labels.get("state")): sample.value
        for sample in samples
    }


def value(found, name):
    return found[name, None]


def test_an_idle_server(server):
    found = poll(source_of(server.url))
    assert value(found, "up") == 1
    assert value(found, "write_blocked") == 0
    assert value(found, "size_bytes") > 1000
    assert value(found, "connections_limit") > 50
    assert {state for name, state in found if name == "connections"} == {"active", "idle", "other"}
    assert {name for name, _ in found} == {
        f.name.removeprefix("database_") for f in contract().families
    }


def test_connections_are_counted_but_not_our_own(server):
    before = poll(source_of(server.url))
    with closing(server.connect()), closing(server.connect()):
        during = poll(source_of(server.url))

    def total(found):
        return sum(number for (name, _), number in found.items() if name == "connections")

    assert total(during) >= total(before) + 2


def test_writers_that_wait_for_a_lock_show(server, until):
    lock, want = {
        "postgresql": ("LOCK TABLE t IN ACCESS EXCLUSIVE MODE", "INSERT INTO t VALUES (1)"),
        "mysql": ("SELECT * FROM shop.t FOR UPDATE", "UPDATE shop.t SET x = 2"),
    }[server.kind]
    source = source_of(server.url)
    with closing(server.connect()) as holder, closing(server.connect()) as waiter:
        holding = holder.cursor()
        holding.execute("BEGIN")
        holding.execute(lock)
        thread = threading.Thread(target=lambda: waiter.cursor().execute(want), daemon=True)
        thread.start()
        until(lambda: value(poll(source), "write_blocked") == 1, every=0.2)
        found = poll(source)
        assert value(found, "up") == 1
        assert value(found, "lock_wait_seconds") > 0.2
        holding.execute("ROLLBACK")
        thread.join(10)
    # InnoDB renews what it tells of transactions only when nobody has asked for 0.1 s.
    until(lambda: value(poll(source), "write_blocked") == 0, every=0.2)


@pytest.mark.usefixtures("same_threads")
def test_a_server_that_is_stopped_in_mid_life_is_down_in_time_and_comes_back(server):
    source = source_of(server.url)
    server.pause()
    try:
        assert poll(source, seconds=3) == {("up", None): 0}
    finally:
        server.resume()
    assert value(poll(source), "up") == 1


@pytest.mark.usefixtures("same_threads")
def test_a_server_that_stops_in_the_middle_of_a_poll_is_cut_off(server, monkeypatch):
    source = source_of(server.url)
    dialect = source._target.dialect
    settle = type(dialect).settle

    def settle_then_stop(self, connection):
        settle(self, connection)
        server.pause()

    monkeypatch.setattr(type(dialect), "settle", settle_then_stop)
    try:
        assert poll(source, seconds=3) == {("up", None): 0}
    finally:
        server.resume()


def test_a_restarted_server_is_down_then_up(server):
    source = source_of(server.url)
    stop(server.process, signal.SIGINT if server.kind == "postgresql" else signal.SIGTERM)
    try:
        for _ in range(20):
            assert poll(source) == {("up", None): 0}
    finally:
        server.process = server.start()
    assert value(poll(source), "up") == 1


def test_no_connection_is_left_behind(server, until):
    source = source_of(server.url)
    for _ in range(10):
        poll(source)

    def ours():
        open_ones = psutil.Process().net_connections("tcp")
        to_server = [one for one in open_ones if one.raddr and one.raddr.port == server.port]
        return [one for one in to_server if one.status == psutil.CONN_ESTABLISHED]

    assert ours() == []


def test_our_session_can_only_read(server):
    url = server.url.replace("watcher", {"postgresql": "tester", "mysql": "root"}[server.kind])
    target = source_of(url)._target
    with (
        target.connect(Limits(1, 5)) as connection,
        pytest.raises(DBAPIError, match=r"(?i)read.only"),
    ):
        connection.exec_driver_sql("INSERT INTO t VALUES (9)")


def test_a_role_without_the_privilege_is_up_and_says_what_it_may_not(mysql):
    source = source_of(mysql.url.replace("watcher", "blind"))
    found = []
    clock = SystemClock()
    with pytest.raises(PollFailed, match="PROCESS") as caught:
        found.extend(source.collect(Deadline(clock.monotonic() + 5, clock)))
    assert caught.value.reason == "query"
    assert (found[0].name, found[0].value) == ("database_up", 1)
