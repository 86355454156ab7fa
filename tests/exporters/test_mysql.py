"""MariaDB for real: busy, blocked, stopped, gone; and what MySQL would be asked."""

import shutil
import tempfile
import threading
from contextlib import closing
from functools import partial
from pathlib import Path

import pymysql
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.mysql.collector import COLLECTOR
from sothat.exporters.mysql.contract import PARTS, contract
from sothat.exporters.mysql.names import catalogue, table_of
from sothat.exporters.mysql.parts.indexes import Index, superfluous
from sothat.exporters.mysql.parts.locks import pairs_of
from sothat.exporters.mysql.parts.replication import statement_of
from sothat.exporters.mysql.parts.schema import Schemas
from sothat.exporters.mysql.probe import PROBER
from sothat.exporters.mysql.session import Answer, Flavour, Session, parse_flavour
from sothat.exporters.mysql.waits import Waits, summarise
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.exporters.watch import AbsentError
from sothat.model.metric import Presence
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document

from .certificates import Authority
from .mariadb import Mariadb, connections_to, owned_folder
from .promtool import has_nothing_to_say
from .saying import Saying
from .watching import poll_once, see_a_pause, unread

real = pytest.mark.real
WATCHER = (
    "CREATE USER watcher@'127.0.0.1' IDENTIFIED BY 'not-to-be-seen'",
    "GRANT PROCESS, BINLOG MONITOR, REPLICA MONITOR ON *.* TO watcher@'127.0.0.1'",
    "GRANT SELECT ON performance_schema.* TO watcher@'127.0.0.1'",
    "CREATE USER blind@'127.0.0.1'",
)
TABLES = (
    "CREATE DATABASE shop",
    "CREATE TABLE shop.t (x int PRIMARY KEY, y int, KEY a (y), KEY b (y, x), UNIQUE u (x, y))",
    "INSERT INTO shop.t VALUES (1, 1), (2, 2), (3, 3)",
)


@pytest.fixture(scope="module")
def server():
    folder = Path(tempfile.mkdtemp(prefix="sothat-my-", dir="/tmp"))
    owned_folder(folder)
    made = Mariadb(folder, "--performance-schema=ON", "--log-bin", "--server-id=1")
    made.start()
    made.run(*WATCHER, *TABLES)
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


def opened(text, folder=Path(), environment=None, collector=COLLECTOR):
    settings = Settings(parse_document(text, "x.yaml"), ())
    environment = {"WATCHER": "not-to-be-seen", **(environment or {})}
    return collector.open(settings, Context("some", folder, environment, SystemClock()))


def source_of(server, more="", user="watcher"):
    password = ", password: {env: WATCHER}" if user == "watcher" else ""
    return opened(f"{{type: mysql, user: {user}{password}, targets: ['{server.address}']{more}}}")


def poll(source, seconds=8.0):
    return poll_once(source, "mysql_server", seconds)


@real
def test_an_idle_server_has_all_that_its_kind_has(server):
    with closing(source_of(server)) as source:
        found = poll(source)
    assert found["up",] == 1
    assert unread(found) == set()
    names = {key[0] for key in found}
    expected = {f.name.removeprefix("mysql_server_") for f in contract().families}
    only_elsewhere = {
        "part_failures_total",  # nothing has failed
        "lock_timeouts_total",  # MySQL's
        "schema_last_change_timestamp_seconds",  # nothing has changed
        "replication_lag_seconds",  # no replica
        "replication_running",
        "replication_error",
        "replication_relay_log_bytes",
    }
    assert expected - names == only_elsewhere
    assert found["connections_limit",] > 50
    assert found["table_bytes", "shop", "t"] > 16000
    assert found["schema_bytes", "shop"] == found["table_bytes", "shop", "t"]
    assert found["duplicate_indexes", "shop"] == 1
    assert found["schema_tables", "shop"] == 1
    assert found["binlog_files",] >= 1
    assert found["statements_total", "create"] >= 1
    assert found["transactions", "running"] == 0


@real
def test_every_family_that_is_always_there_is_there(server):
    with closing(source_of(server)) as source:
        names = {f"mysql_server_{key[0]}" for key in poll(source)}
    assert {f.name for f in contract().families if f.presence is Presence.ALWAYS} <= names


@real
def test_statements_are_counted_by_digest_and_by_kind(server):
    with closing(source_of(server, ", top: 2")) as source, closing(server.connect()) as client:
        before = poll(source)
        for _ in range(20):
            client.cursor().execute("SELECT sum(a.x) FROM shop.t a, shop.t b, shop.t c")
        after = poll(source)
    assert after["statements_total", "select"] - before["statements_total", "select"] >= 20
    calls = {key[2] for key in after if key[0] == "digest_calls_total"}
    assert len(calls) == 3
    assert "other" in calls
    total = sum(v for k, v in after.items() if k[0] == "digest_calls_total")
    assert total - sum(v for k, v in before.items() if k[0] == "digest_calls_total") >= 20
    stayed = {key for key in before if key[0] == "digest_calls_total"}
    assert stayed == {key for key in after if key[0] == "digest_calls_total"}


@real
def test_who_waits_for_whom(server, until):
    with (
        closing(source_of(server)) as source,
        closing(server.connect()) as holder,
        closing(server.connect()) as second,
        closing(server.connect()) as third,
    ):
        for client, row in ((holder, 1), (second, 2)):
            client.cursor().execute("BEGIN")
            client.cursor().execute("SELECT * FROM shop.t WHERE x = %s FOR UPDATE", (row,))
        threads = [
            threading.Thread(target=client.cursor().execute, args=(statement,), daemon=True)
            for client, statement in (
                (second, "SELECT * FROM shop.t WHERE x = 1 FOR UPDATE"),
                (third, "UPDATE shop.t SET y = 9 WHERE x = 2"),
            )
        ]
        for thread in threads:
            thread.start()
        until(lambda: poll(source).get(("blocked_transactions",)) == 2, every=0.3)
        found = poll(source)
        assert found["blocking_transactions",] == 1
        assert found["lock_queue_depth",] == 2
        assert found["longest_lock_wait_seconds",] > 0
        assert found["transactions", "waiting"] == 2
        assert found["oldest_idle_transaction_seconds",] >= 0
        holder.cursor().execute("ROLLBACK")
        threads[0].join(10)
        second.cursor().execute("ROLLBACK")
        threads[1].join(10)
        until(lambda: poll(source)["blocked_transactions",] == 0, every=0.3)


@real
def test_a_table_that_somebody_locks_holds_up_no_part(server, until):
    with closing(server.connect()) as holder, closing(server.connect()) as waiter:
        holder.cursor().execute("LOCK TABLES shop.t WRITE, mysql.innodb_table_stats WRITE")
        thread = threading.Thread(
            target=waiter.cursor().execute, args=("ALTER TABLE shop.t ADD z int",), daemon=True
        )
        thread.start()
        with closing(source_of(server)) as source:
            until(lambda: poll(source).get(("table_lock_waiting",)) == 1, every=0.3)
        with closing(source_of(server)) as source:
            found = poll(source)
        assert unread(found) == set()
        assert found["schema_tables", "shop"] == 1
        holder.cursor().execute("UNLOCK TABLES")
        thread.join(10)
    server.run("ALTER TABLE shop.t DROP z")


@real
def test_a_changed_table_is_seen(server):
    with closing(source_of(server, ", slow_interval: 0s")) as source:
        before = poll(source)
        server.run("ALTER TABLE shop.t ADD w varchar(10)")
        after = poll(source)
        server.run("ALTER TABLE shop.t DROP w", "INSERT INTO shop.t VALUES (99, 1)")
        poll(source)
        last = poll(source)
    assert before["schema_changes_total", "shop"] == 0
    assert ("schema_last_change_timestamp_seconds", "shop") not in before
    assert after["schema_changes_total", "shop"] == 1
    assert after["schema_last_change_timestamp_seconds", "shop"] > 1_700_000_000
    assert last["schema_changes_total", "shop"] == 2


@real
def test_slow_parts_are_kept_and_not_asked_for_again(server):
    with closing(source_of(server)) as source:
        poll(source)
        server.run("CREATE TABLE shop.later (x int)")
        assert poll(source)["schema_tables", "shop"] == 1
    server.run("DROP TABLE shop.later")


@real
def test_a_user_without_privileges_is_up_and_says_what_it_may_not(server):
    with closing(source_of(server, user="blind")) as source:
        poll(source)
        found = poll(source)
    assert found["up",] == 1
    refused = unread(found)
    assert {"transactions", "locks", "replication", "binlog", "space"} <= refused
    assert {"server", "connections", "statements", "innodb", "deadlocks"} & refused == set()
    slow = {part.name for part in PARTS if part.slow}
    for part in refused:
        assert found["part_failures_total", part, "denied"] == (1 if part in slow else 2)
    assert ("transactions", "running") not in found


@real
def test_our_session_can_only_read_and_is_limited(server):
    with closing(source_of(server, user="root")) as source:
        poll(source)
        link = next(iter(source._watches.values()))._link
        connection = link._connection
        with pytest.raises(pymysql.Error, match="READ ONLY"):
            connection.cursor().execute("INSERT INTO shop.t VALUES (77, 7)")
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@max_statement_time, @@lock_wait_timeout, @@wait_timeout")
            assert cursor.fetchall() == ((b"2.000000", b"1", b"3600"),)


@real
def test_a_statement_that_takes_too_long_costs_its_part_and_is_left_alone_for_a_while(
    server, monkeypatch
):
    monkeypatch.setattr(
        "sothat.exporters.mysql.parts.transactions._TRANSACTIONS", "SELECT 'RUNNING', 1, sleep(9)"
    )
    with closing(source_of(server, ", statement_timeout: 200ms")) as source:
        found = poll(source)
        assert found["up",] == 1
        assert unread(found) == {"transactions"}
        assert found["part_failures_total", "transactions", "timeout"] == 1
        again = poll(source)
        assert again["part_failures_total", "transactions", "timeout"] == 1
        assert unread(again) == {"transactions"}
        assert poll(source)["part_failures_total", "transactions", "timeout"] == 2
        assert len(connections_to(server.port)) == 1


@real
@pytest.mark.usefixtures("same_threads")
def test_a_server_that_is_paused_is_down_in_time_and_comes_back(server, until):
    see_a_pause(source_of(server), server, partial(poll, seconds=2), until)


@real
@pytest.mark.usefixtures("same_threads")
def test_a_server_that_is_paused_in_mid_poll_is_down(server, monkeypatch):
    with closing(source_of(server)) as source:
        poll(source)
        status = Session.status.fget

        def pause_then_ask(session):
            server.pause()
            return status(session)

        monkeypatch.setattr(Session, "status", property(pause_then_ask))
        try:
            assert poll(source, seconds=2) == {("up",): 0}
        finally:
            server.resume()


@real
def test_a_restart_between_two_polls_is_not_noticed_but_by_uptime(server):
    with closing(source_of(server)) as source:
        poll(source)
        server.stop()
        server.start()
        found = poll(source)
        assert found["up",] == 1
        assert unread(found) == set()


@real
def test_a_server_without_performance_schema_says_so(server):
    server.stop()
    server.start("--performance-schema=OFF")
    with closing(source_of(server)) as source:
        found = poll(source)
    server.stop()
    server.start()
    assert unread(found) == {"digests", "index-use"}
    assert found["part_failures_total", "digests", "off"] == 1
    assert found["performance_schema_enabled",] == 0


@real
@pytest.mark.usefixtures("same_threads")
def test_a_hundred_refusals_leave_nothing_behind(server, until):
    with closing(source_of(server)) as source:
        poll(source)
        server.stop()
        watch = next(iter(source._watches.values()))
        for _ in range(100):
            watch._not_before = 0.0  # no pause: each is an attempt
            assert poll(source) == {("up",): 0}
        assert connections_to(server.port) == []
        server.start()
        watch._not_before = 0.0
        assert poll(source)["up",] == 1


@real
def test_a_dead_neighbour_costs_nobody_anything_and_names_may_be_anything(server, tmp_path):
    (tmp_path / "found.json").write_text(
        f'[{{"targets": ["{server.address}"], "labels": {{"name": "main"}}}},'
        ' {"targets": ["127.0.0.1:1", "not an address", "h\\u00e4:3306"]}]'
    )
    text = "{type: mysql, user: watcher, password: {env: WATCHER}, discover: found.json}"
    with closing(opened(text, tmp_path)) as source:
        clock = SystemClock()
        samples = list(source.collect(Deadline(clock.monotonic() + 8, clock)))
        up = {s.labels["server"]: s.value for s in samples if s.name == "mysql_server_up"}
        assert up == {"main": 1, "127.0.0.1:1": 0, "not an address": 0, "hä:3306": 0}
        (tmp_path / "found.json").write_text('[{"targets": ["127.0.0.1:1"]}]')
        samples = list(source.collect(Deadline(clock.monotonic() + 8, clock)))
        assert [(s.name, s.labels["server"]) for s in samples] == [
            ("mysql_server_up", "127.0.0.1:1")
        ]
        assert connections_to(server.port) == []


@real
def test_a_probe_is_the_same_for_a_target_that_comes_with_the_request(server):
    notes = []

    def log(message, **fields):
        notes.append(f"{message} {fields}")

    text = "{type: mysql, user: watcher, password: {env: WATCHER}, targets: ['127.*']}"
    with closing(opened(text, collector=PROBER)) as probe:
        clock = SystemClock()
        for _ in range(3):
            found = list(probe.probe(server.address, Deadline(clock.monotonic() + 8, clock), log))
            assert (found[0].name, found[0].value) == ("mysql_server_up", 1)
        assert len(connections_to(server.port)) == 1
        with pytest.raises(PollFailed) as caught:
            list(probe.probe("127.0.0.1:1", Deadline(clock.monotonic() + 8, clock), log))
        assert caught.value.reason == "down"
    assert connections_to(server.port) == []
    assert "not-to-be-seen" not in "".join(notes)


@real
def test_the_real_output_is_as_promtool_wants_it(server, exporter):
    process = exporter(
        f"  - {{type: mysql, user: watcher, password: {{env: WATCHER}}, "
        f"targets: ['{server.address}', '127.0.0.1:1']}}\n",
        env={"WATCHER": "not-to-be-seen"},
    ).ready()
    text = process.metrics()
    assert "not-to-be-seen" not in text + process.log
    assert f'mysql_server_up{{server="{server.address}"}} 1.0' in text
    assert 'mysql_server_up{server="127.0.0.1:1"} 0.0' in text
    has_nothing_to_say(text)


@pytest.mark.parametrize(
    ("greeting", "endless"),
    [
        (b"", b""),  # accepts and says nothing
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", b""),
        (b"\xff\xff\xff\x00", b"x" * 65536),  # a packet without an end
        (b"\x05\x00\x00\x00\x0a\xff\xfe\x00\x00", b""),
        (b"\x17\x00\x00\x00\xff\x10\x04Too many connections", b""),
        (b"\x01\x00\x00\x00\x00", b"\x00\x00\x00\x01"),
    ],
)
def test_who_is_no_server_is_down_in_time_and_memory(greeting, endless):
    with (
        Saying(greeting, endless) as hostile,
        closing(opened(f"{{type: mysql, user: w, targets: ['{hostile.address}']}}")) as source,
    ):
        assert poll(source, seconds=1.5) == {("up",): 0}


def packet(number, payload):
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload


@pytest.mark.parametrize("plugin", [b"mysql_clear_password", b"dialog", b"mysql_old_password"])
def test_whoever_asks_for_the_password_in_clear_does_not_get_it(plugin):
    # Protocol 10, all that a server of today can do but TLS, and salt of the right length.
    greeting = b"\x0a8.4.0\0" + bytes(4) + b"12345678\0" + b"\xff\xf7" + b"\x21\x02\0"
    greeting += b"\xff\xdf" + b"\x15" + bytes(10) + b"123456789012\0" + b"mysql_native_password\0"
    switch = b"\xfe" + plugin + b"\0" + b"Password: "
    with (
        Saying(packet(0, greeting) + packet(2, switch)) as hostile,
        closing(
            opened(
                "{type: mysql, user: watcher, password: {env: WATCHER}, "
                f"targets: ['{hostile.address}']}}"
            )
        ) as source,
    ):
        assert poll(source, seconds=2) == {("up",): 0}
        hostile.until_hung_up()
    assert b"watcher" in hostile.heard
    assert b"not-to-be-seen" not in hostile.heard
    assert b"in clear" in next(iter(source._watches.values())).why.encode()


@real
def test_tls_with_a_verified_certificate(server, tmp_path):
    authority = Authority(tmp_path)
    for path in authority.issue("good"):
        shutil.copy(path, server.folder)
        owned_folder(server.folder / path.name)
    server.stop()
    files = [f"--ssl-cert={server.folder}/good.crt", f"--ssl-key={server.folder}/good.key"]
    server.start(*files)
    other = Authority(tmp_path, "other")
    try:
        for authority_file, up in ((authority.file, 1), (other.file, 0)):
            tls = f", tls: {{ca_file: {authority_file}}}"
            with closing(source_of(server, tls)) as source:
                assert poll(source)["up",] == up
        with closing(source_of(server, ", tls: {insecure_skip_verify: true}")) as source:
            assert poll(source)["up",] == 1
    finally:
        server.stop()
        server.start()
    with closing(source_of(server, f", tls: {{ca_file: {authority.file}}}")) as source:
        assert poll(source) == {("up",): 0}  # a server without TLS is not talked to


@real
def test_a_server_is_reached_by_its_socket_too(server):
    server.run("CREATE USER local@localhost")
    text = f"{{type: mysql, user: local, targets: ['{server.folder}/s', '{server.folder}/none']}}"
    with closing(opened(text)) as source:
        clock = SystemClock()
        samples = list(source.collect(Deadline(clock.monotonic() + 8, clock)))
    up = {s.labels["server"]: s.value for s in samples if s.name == "mysql_server_up"}
    assert up == {f"{server.folder}/s": 1, f"{server.folder}/none": 0}


@real
def test_deadlocks_are_counted(server):
    with (
        closing(source_of(server)) as source,
        closing(server.connect()) as one,
        closing(server.connect()) as two,
    ):
        before = poll(source)["deadlocks_total",]
        for client, row in ((one, 1), (two, 2)):
            client.cursor().execute("BEGIN")
            client.cursor().execute("UPDATE shop.t SET y = y + 1 WHERE x = %s", (row,))
        outcomes = []

        def cross(client, row):
            try:
                client.cursor().execute("UPDATE shop.t SET y = y + 1 WHERE x = %s", (row,))
            except pymysql.Error as error:
                outcomes.append(error.args[0])
                client.rollback()

        threads = [threading.Thread(target=cross, args=pair) for pair in ((one, 2), (two, 1))]
        for thread in threads:
            thread.start()
        # The victim rolls back in its own thread, and so lets the other one go on.
        for thread in threads:
            thread.join(10)
        one.rollback()
        two.rollback()
        assert outcomes == [1213]
        assert poll(source)["deadlocks_total",] == before + 1


@real
def test_a_replica_tells_how_far_it_is_behind(server, until):
    folder = Path(tempfile.mkdtemp(prefix="sothat-my-", dir="/tmp"))
    owned_folder(folder)
    replica = Mariadb(folder, "--server-id=2", "--read-only")
    replica.start()
    try:
        replica.run(*WATCHER)
        with closing(source_of(replica)) as source:
            assert not [key for key in poll(source) if key[0].startswith("replication")]
            replica.run(
                f"CHANGE MASTER TO master_host='127.0.0.1', master_port={server.port}, "
                "master_user='root', master_use_gtid=slave_pos",
                "SET GLOBAL gtid_slave_pos = ''",
            )
            server.run("RESET MASTER")
            replica.run("START SLAVE")
            until(lambda: poll(source).get(("replication_lag_seconds", "")) == 0, every=0.3)
            found = poll(source)
            assert found["replication_running", "", "io"] == 1
            assert found["replication_running", "", "sql"] == 1
            assert found["replication_error", "", "sql"] == 0
            assert found["read_only",] == 1
            replica.run("STOP SLAVE SQL_THREAD")
            found = poll(source)
            assert found["replication_running", "", "sql"] == 0
            assert ("replication_lag_seconds", "") not in found
    finally:
        replica.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_what_mysql_is_asked_depends_on_its_release():
    old, new = parse_flavour("5.7.44-log"), parse_flavour("8.4.3")
    mariadb = parse_flavour("11.4.2-MariaDB-ubu2404")
    assert not old.mariadb
    assert mariadb == Flavour(mariadb=True, version=(11, 4, 2), text="11.4.2-MariaDB-ubu2404")
    assert "information_schema.innodb_lock_waits" in pairs_of(old)
    assert "information_schema.innodb_lock_waits" in pairs_of(mariadb)
    assert "performance_schema.data_lock_waits" in pairs_of(new)
    assert statement_of(old) == "SHOW SLAVE STATUS"
    assert statement_of(new) == "SHOW REPLICA STATUS"
    assert statement_of(mariadb) == "SHOW ALL SLAVES STATUS"
    assert catalogue(new, "tables") == "information_schema.innodb_tables"
    assert catalogue(mariadb, "tables") == "information_schema.innodb_sys_tables"


def test_what_a_replica_says_is_read_in_both_languages():
    read = next(part for part in PARTS if part.name == "replication").open(1)
    row = (b"", None, b"Yes", b"Connecting", b"1045", b"0", b"77")
    columns = ("Channel_Name", "Seconds_Behind_Source", "Replica_SQL_Running")
    columns += ("Replica_IO_Running", "Last_IO_Errno", "Last_SQL_Errno", "Relay_Log_Space")
    session = Session(parse_flavour("8.4.3"), 0, lambda _: Answer(columns, [row]))
    found = {(s.name[13:], s.labels.get("thread")): s.value for s in read(session)}
    assert found == {
        ("replication_running", "io"): 0,
        ("replication_running", "sql"): 1,
        ("replication_error", "io"): 1045,
        ("replication_error", "sql"): 0,
        ("replication_relay_log_bytes", None): 77,
    }
    older = ("Connection_name", "Seconds_Behind_Master", "Slave_IO_Running")
    session = Session(
        parse_flavour("10.11.1-MariaDB"), 0, lambda _: Answer(older, [(b"a", b"12", b"Yes")])
    )
    assert [(s.name[13:], s.labels["channel"], s.value) for s in read(session)] == [
        ("replication_lag_seconds", "a", 12),
        ("replication_running", "a", 1),
    ]


def test_waits_in_a_queue_and_in_a_circle():
    assert summarise([]) == Waits(0, 0, 0)
    assert summarise([("b", "a"), ("c", "a")]) == Waits(2, 1, 1)
    assert summarise([("b", "a"), ("c", "b"), ("c", "a"), ("d", "c")]) == Waits(3, 1, 3)
    assert summarise([("a", "b"), ("b", "a")]).waiting == 2
    assert summarise([(str(i + 1), str(i)) for i in range(9999)]) == Waits(9999, 1, 9999)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"))))
def test_whatever_waits_for_whom_the_figures_hold_together(pairs):
    found = summarise(pairs)
    assert 0 <= found.depth <= max(found.waiting, 1 if found.waiting else 0)
    assert (found.depth > 0) == (found.waiting > 0)


def test_which_indexes_are_superfluous():
    plain = [Index(unique=False, columns=c) for c in (("a",), ("a", "b"), ("b",), ("b",))]
    assert superfluous(plain) == 2
    unique = [Index(unique=True, columns=("a",)), Index(unique=False, columns=("a", "b"))]
    assert superfluous(unique) == 0
    assert superfluous([*unique, Index(unique=False, columns=("a",))]) == 1
    assert superfluous([Index(unique=True, columns=("a",))] * 2) == 1


def test_too_many_indexes_are_not_looked_at_but_said_so():
    read = next(part for part in PARTS if part.name == "duplicate-indexes").open(1)
    session = Session(parse_flavour("8.4.3"), 0, lambda _: Answer((), [(b"1", b"a/b")] * 50_001))
    with pytest.raises(AbsentError, match="more than 50000"):
        list(read(session))


def test_names_of_files_are_names_of_tables():
    assert table_of("shop/t@002d1") == ("shop", "t-1")
    assert table_of("shop/t#P#p0") == ("shop", "t")
    assert table_of("none") == ("none", "")


def test_a_schema_that_comes_or_goes_is_a_change_but_not_at_the_first_look():
    schemas = Schemas()

    def look(now, *rows):
        session = Session(parse_flavour("8.4.3"), now, lambda _: Answer((), rows))
        return {(s.name[13:], s.labels["schema"]): s.value for s in schemas.read(session)}

    assert look(1, (b"a", b"2", b"9", b"77")) == {
        ("schema_tables", "a"): 2,
        ("schema_changes_total", "a"): 0,
    }
    found = look(2, (b"b", b"1", b"1", b"1"))
    assert found["schema_changes_total", "a"] == 1
    assert found["schema_last_change_timestamp_seconds", "b"] == 2
    assert ("schema_tables", "a") not in found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{type: mysql, user: w}", "missing-key"),
        ("{type: mysql, user: w, targets: [a], password: {env: NONE}}", "missing-secret"),
        ("{type: mysql, user: w, targets: ['a b']}", "bad-address"),
        ("{type: mysql, user: w, targets: [a], tls: {ca_file: none.pem}}", "unreadable-file"),
    ],
)
def test_what_cannot_work_is_refused_before_the_start(text, code, tmp_path):
    with pytest.raises(Unusable) as caught:
        opened(text, tmp_path)
    assert [problem.code for problem in caught.value.problems] == [code]
