"""PostgreSQL that is stopped, restarted, blocked, full, gone or hostile: in time and truthful."""

import os
import signal
import socket
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.postgresql.collector import COLLECTOR
from sothat.exporters.postgresql.contract import PARTS, contract
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.runtime.documents import parse_document

from .servers import free, open_folder, postgresql_server, stop

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def server():
    options = ["-c", "max_connections=12", "-c", "superuser_reserved_connections=2"]
    with open_folder() as folder, postgresql_server(folder, *options) as running:
        with closing(running.connect()) as admin:
            admin.execute("CREATE ROLE monitor LOGIN IN ROLE pg_monitor")
        yield running


def opened(text, folder=Path(), **environment):
    text = f"{{type: postgresql, user: monitor, details_interval: 1ms, {text}}}"
    settings = Settings(parse_document(text, "x.yaml"), ())
    return COLLECTOR.open(settings, Context("pg", folder, environment, SystemClock()))


@pytest.fixture
def source(server):
    with closing(opened(f"targets: [{{address: '127.0.0.1:{server.port}', name: db}}]")) as found:
        yield found


def poll(source, seconds=6.0):
    """Return values by name and labels; the label of the server only where there are several."""
    clock = SystemClock()
    begun = clock.monotonic()
    samples = list(source.collect(Deadline(begun + seconds, clock)))
    assert clock.monotonic() - begun < seconds
    assert not Screen(contract()).screen(samples).complaints
    return {(s.name.removeprefix("postgresql_"), *s.labels.values()): s.value for s in samples}


def down(found, name="db"):
    """Return why a server is down; nothing else may be said of it."""
    mine = {key: value for key, value in found.items() if key[1] == name}
    told = [key for key in mine if key[0] not in ("up", "unreachable", "part_refusals_total")]
    assert mine["up", name] == 0
    assert told == []
    return next(key[2] for key in mine if key[0] == "unreachable")


def is_up(source):
    return poll(source)["up", "db"] == 1


@pytest.mark.usefixtures("same_threads")
def test_a_paused_server_is_down_in_time_and_comes_back(server, source, until):
    assert is_up(source)
    server.pause()
    try:
        for _ in range(2):
            assert down(poll(source, 2)) == "timeout"
        fresh = opened(f"targets: [{{address: '127.0.0.1:{server.port}', name: db}}]")
        assert down(poll(fresh, 2)) == "timeout"
        fresh.close()
    finally:
        server.resume()
    until(lambda: is_up(source))


@pytest.mark.usefixtures("same_threads")
def test_a_restart_is_seen_and_survived_and_the_pauses_between_attempts_grow(server, source, until):
    assert is_up(source)
    stop(server.process, signal.SIGINT)
    try:
        assert down(poll(source)) in {"refused", "lost"}
        for _ in range(100):
            assert down(poll(source)) in {"refused", "lost"}
        (one,) = source._servers.values()
        assert 1 <= one._failures <= 3
    finally:
        server.process = server.start()
    until(lambda: is_up(source))


@pytest.mark.usefixtures("same_threads")
def test_a_server_that_is_killed_in_the_middle_of_a_poll(server, source, until):
    assert is_up(source)
    found = []
    thread = threading.Thread(target=lambda: found.append(poll(source)))
    server.pause()
    try:
        thread.start()
        until(lambda: any(thread.name == "postgresql" for thread in threading.enumerate()))
        for pid in server.pids():  # it is asked, and will never answer
            os.kill(pid, signal.SIGKILL)
        thread.join()
        server.process.wait()
    finally:
        server.process = server.start()
    assert down(found[0]) in {"lost", "refused", "timeout"}
    until(lambda: is_up(source))


@pytest.mark.usefixtures("same_threads")
def test_a_hundred_servers_that_refuse_leave_nothing_behind():
    descriptors = psutil.Process().num_fds()
    port = free()
    listed = ", ".join(f"'127.0.0.1:{port}/db{n}'" for n in range(100))
    with closing(opened(f"targets: [{listed}]")) as source:
        found = poll(source)
        assert len([key for key in found if key[0] == "up"]) == 100
        assert {key[2] for key in found if key[0] == "unreachable"} == {"refused"}
    assert psutil.Process().num_fds() <= descriptors


def test_a_session_that_an_operator_ends_is_made_again_at_once(server, source):
    assert is_up(source)
    with closing(server.connect()) as admin:
        ours = "FROM pg_stat_activity WHERE application_name = 'sothat'"
        assert admin.execute(f"SELECT count(*) {ours}").fetchone() == (1,)
        admin.execute(f"SELECT pg_terminate_backend(pid) {ours}")
    assert is_up(source)


@pytest.mark.parametrize("blocked", ["pg_class", "pg_locks", "pg_stat_activity"])
def test_a_catalogue_that_somebody_locks_costs_only_the_parts_that_read_it(server, source, blocked):
    assert all(poll(source)["part_success", "db", part.name] for part in PARTS if fits(part))
    with closing(server.connect()) as holder:
        holder.execute("BEGIN")
        holder.execute(f"LOCK TABLE {blocked} IN ACCESS EXCLUSIVE MODE")
        found = poll(source, 10)
        holder.execute("ROLLBACK")
    assert found["up", "db"] == 1
    locked = {key[2] for key in found if key[0] == "part_refusals_total" and key[3] == "locked"}
    assert (
        locked
        >= {
            "pg_class": {"tables", "indexes", "schema"},
            "pg_locks": {"locks", "tables"},
            "pg_stat_activity": {"connections", "transactions"},
        }[blocked]
    )
    assert found["part_success", "db", "checkpoints"] == 1
    assert found["part_success", "db", "wal"] == 1
    after = poll(source)
    assert all(after["part_success", "db", part.name] for part in PARTS if fits(part))


def fits(part):
    return part.name != "statements"  # there is no extension on this server


def test_no_connection_left_is_a_reason(server):
    with closing(opened(f"targets: [{{address: '127.0.0.1:{server.port}', name: db}}]")) as source:
        crowd = [server.connect() for _ in range(12)]
        try:
            assert down(poll(source)) == "full"
        finally:
            for connection in crowd:
                connection.close()


def test_an_unknown_role_is_a_reason_and_the_password_is_nowhere(server, caplog, until):
    text = f"targets: [{{address: '127.0.0.1:{server.port}', name: db}}], password: {{env: PW}}"
    with closing(opened(text, PW="hunter-2")) as source:
        # The server trusts us, whatever the password; those who crowded it may not be gone yet.
        until(lambda: is_up(source))
        for one in source._servers.values():
            one.hang_up()
            object.__setattr__(one._access, "user", "nobody-here")
        found = poll(source)
    assert down(found) == "authentication"
    assert "hunter-2" not in repr(found) + caplog.text + repr(source._configured)


@contextmanager
def listening(talk):
    """Serve one way of being hostile on a free port; `talk` is given each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def serve():
            while not over.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        talk(connection, over)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def say_nothing(connection, over):
    over.wait(30)


def drip(connection, over):
    while not over.wait(0.2):
        connection.sendall(b"E")


def flood(connection, over):
    while not over.is_set():
        connection.sendall(os.urandom(65536))


def garble(connection, over):
    connection.recv(1000)
    connection.sendall(b"N" + b"R\x00\x00\x00\x08\x00\x00\x00\x00Z\xff\xff\xff\xff\xff" * 10)


@pytest.mark.usefixtures("same_threads")
@pytest.mark.parametrize("talk", [say_nothing, drip, flood, garble])
def test_hostile_servers_are_down_in_time_and_do_not_keep_the_others_waiting(server, talk):
    with listening(talk) as port:
        targets = f"[{{address: '127.0.0.1:{port}', name: bad}}"
        targets += f", {{address: '127.0.0.1:{server.port}', name: db}}]"
        with closing(opened(f"targets: {targets}, connect_timeout: 1s")) as source:
            found = poll(source)
            assert down(found, "bad") in {"timeout", "other", "lost", "refused"}
            assert found["up", "db"] == 1


@pytest.mark.usefixtures("same_threads")
def test_a_name_that_is_looked_up_for_ever_costs_one_thread_and_is_down(server, monkeypatch):
    answer = threading.Event()
    targets = "[{address: 'slow.invalid', name: slow}"
    targets += f", {{address: '127.0.0.1:{server.port}', name: db}}]"
    with closing(opened(f"targets: {targets}")) as source:
        (slow, connect) = next(
            (s, s._connect) for t, s in starting(source).items() if t.name == "slow"
        )

        def hang(*arguments):
            answer.wait(30)
            return connect(*arguments)

        monkeypatch.setattr(slow, "_connect", hang)
        before = threading.active_count()
        for _ in range(3):
            found = poll(source, 1.5)
            assert down(found, "slow") == "timeout"
            assert found["up", "db"] == 1
        assert threading.active_count() <= before + 1
        answer.set()


def starting(source):
    """Have the source meet its servers, without asking them anything."""
    source._renew(source._targets.current())
    return source._servers


def test_targets_come_and_go_with_the_file_and_their_series_and_connections_too(
    server, tmp_path, until
):
    file = tmp_path / "servers.yaml"
    address = f"127.0.0.1:{server.port}"
    file.write_text(
        f"[{{targets: ['{address}'], labels: {{name: one}}}}, {{targets: ['{address}/postgres']}}]"
    )
    with closing(opened("discover: servers.yaml", tmp_path)) as source:
        found = poll(source)
        assert found["up", "one"] == found["up", f"{address}/postgres"] == 1
        write(file, f"[{{targets: ['{address}'], labels: {{name: one}}}}]")
        assert {key[1] for key in poll(source)} == {"one"}
        until(lambda: sessions(server) == 1)
        write(file, "[{targets: ['no address at all']}]")
        with pytest.raises(PollFailed) as caught:
            poll(source)
        assert caught.value.reason == "discovery"
        write(file, f"[{{targets: ['{address}'], labels: {{name: two}}}}]")
        assert poll(source)["up", "two"] == 1
    until(lambda: sessions(server) == 0)


def write(file, text):
    new = file.with_suffix(".new")
    new.write_text(text)
    new.replace(file)


def sessions(server):
    with closing(server.connect()) as admin:
        statement = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sothat'"
        return admin.execute(statement).fetchone()[0]


@pytest.mark.parametrize("tables", [300, pytest.param(20_000, marks=pytest.mark.slow)])
def test_however_many_tables_there_are_the_series_are_bounded(server, tables):
    with closing(server.connect()) as admin:
        admin.execute("CREATE DATABASE many")
    with closing(server.connect(dbname="many")) as many:
        many.execute(
            "CREATE PROCEDURE fill(n int) LANGUAGE plpgsql AS $$ BEGIN FOR i IN 1..n LOOP "
            "EXECUTE format('CREATE TABLE t%s (x int PRIMARY KEY)', i); "
            "IF i % 100 = 0 THEN COMMIT; END IF; END LOOP; END $$"
        )
        many.execute(f"CALL fill({tables})")
    text = f"targets: [{{address: '127.0.0.1:{server.port}/many', name: db}}], top: 5"
    with closing(opened(text)) as source:
        found = poll(source, 20)
    assert found["up", "db"] == 1
    assert len({key[-1] for key in found if key[0] == "table_heap_bytes"}) == 5
    assert len([key for key in found if key[0] == "index_size_bytes"]) == 5
    assert found["relations", "db", "many", "table"] == tables
    assert found["indexes", "db", "many"] == tables
    assert len(found) < 600
    with closing(server.connect()) as admin:
        admin.execute("DROP DATABASE many WITH (FORCE)")


@pytest.fixture
def probing(server, tmp_path, sothat):
    text = """
apiVersion: sothat/v1
kind: Exporter
modules:
  - {type: postgresql, user: monitor, targets: ['127\\.0\\.0\\.1:\\d+(/.*)?', 'spaced .*']}
"""
    (tmp_path / "exporter.yaml").write_text(text)
    return sothat("export", "--config", "exporter.yaml", "--listen", "127.0.0.1:0")


def test_a_probe_asks_whom_prometheus_names_and_leaves_no_session(server, probing, until):
    def probe(target):
        status, body, _ = probing.get(f"/probe?module=postgresql&target={target}")
        return status, body.decode()

    for _ in range(2):
        status, text = probe(f"127.0.0.1:{server.port}")
        assert status == 200
        assert "\nprobe_success 1" in text
        assert f'postgresql_up{{server="127.0.0.1:{server.port}"}} 1' in text
        assert "postgresql_transactions_committed_total{" in text
    until(lambda: sessions(server) == 0)
    status, text = probe(f"127.0.0.1:{free()}")
    assert status == 200
    assert "\nprobe_success 0" in text
    assert 'reason="refused"' in text
    assert probe("10.0.0.1:5432")[0] == 403
    assert "\nprobe_success 0" in probe("spaced%20address")[1]
