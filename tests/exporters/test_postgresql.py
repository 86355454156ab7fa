"""PostgreSQL's own figures, from a real server: true, complete, and with the least privilege."""

import threading
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.postgresql.collector import COLLECTOR
from sothat.exporters.postgresql.contract import PARTS, contract
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, Settings
from sothat.model.metric import Presence
from sothat.runtime.documents import parse_document

from .promtool import has_nothing_to_say
from .servers import open_folder, postgresql_server

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def server():
    options = ["-c", "shared_preload_libraries=pg_stat_statements", "-c", "track_io_timing=on"]
    options += ["-c", "max_prepared_transactions=2", "-c", "deadlock_timeout=100ms"]
    with open_folder() as folder, postgresql_server(folder, *options) as running:
        with closing(running.connect()) as admin:
            admin.execute("CREATE EXTENSION pg_stat_statements")
            admin.execute("CREATE ROLE monitor LOGIN IN ROLE pg_monitor")
            admin.execute("GRANT SELECT ON t TO monitor")
        yield running


@pytest.fixture
def admin(server):
    with closing(server.connect()) as connection:
        yield connection


class Asked:
    """What a collector brought, by name and by the values of its labels."""

    def __init__(self, samples):
        screened = Screen(contract()).screen(samples)
        assert not screened.complaints
        assert not screened.doubled
        self.names = {s.name.removeprefix("postgresql_") for s in samples}
        self.rows = [(s.name.removeprefix("postgresql_"), s.labels, s.value) for s in samples]

    def __call__(self, name, **labels):
        """Return the one value of a family with these labels, or None."""
        found = self.all(name, **labels)
        assert len(found) < 2, found
        return found[0] if found else None

    def all(self, name, **labels):
        return [v for n, ls, v in self.rows if n == name and labels.items() <= ls.items()]

    def labels(self, name, label):
        return {ls[label] for n, ls, _ in self.rows if n == name}


def opened(server, more="", user="monitor"):
    text = f"{{type: postgresql, targets: ['127.0.0.1:{server.port}'], user: {user}"
    text += f", details_interval: 1ms{', ' + more if more else ''}}}"
    settings = Settings(parse_document(text, "x.yaml"), ())
    return COLLECTOR.open(settings, Context("pg", Path(), {}, SystemClock()))


def poll(source, seconds=8):
    clock = SystemClock()
    begun = clock.monotonic()
    samples = list(source.collect(Deadline(begun + seconds, clock)))
    assert clock.monotonic() - begun < seconds
    return Asked(samples)


@pytest.fixture
def source(server):
    with closing(opened(server)) as found:
        yield found


def test_every_part_is_read_by_a_role_that_may_only_monitor(source):
    asked = poll(source)
    assert asked("up") == 1
    for part in PARTS:
        assert asked("part_success", part=part.name) == 1, part.name
    assert "part_refusals_total" not in asked.names
    assert asked("info") == 1
    assert asked("is_replica") == 0
    assert asked("connections_limit") == 100
    assert asked("setting_shared_buffers_bytes") == 128 * 1024**2
    assert asked("setting_checkpoint_timeout_seconds") == 300
    assert asked("setting_autovacuum") == 1
    assert asked("setting_max_slot_wal_keep_size_bytes") is None  # no limit is no number
    assert asked("transaction_age", database="postgres") > 0
    assert asked("database_size_bytes", database="postgres") > 1e6
    assert asked("wal_written_bytes_total") > 1e6


def test_what_is_there_whatever_happens_is_as_the_contract_says(source):
    asked = poll(source)
    families = [f for f in contract().families if f.presence is Presence.ALWAYS]
    always = {family.name.removeprefix("postgresql_") for family in families}
    assert always - asked.names == set()


def test_a_role_that_may_see_nothing_says_so_and_counts_what_it_can(server):
    with closing(opened(server, user="watcher")) as source, closing(server.connect()):
        asked = poll(source)
    assert asked("up") == 1
    assert asked("connections", state="hidden") >= 1
    assert asked("connections", state="idle") == 0
    assert "connections_waiting" not in asked.names
    assert "oldest_transaction_seconds" not in asked.names
    assert "long_transactions" not in asked.names  # 0 would be a guess
    assert "statement_calls_total" not in asked.names
    assert asked("part_success", part="statements") == 0
    assert asked("part_refusals_total", part="statements", reason="permission") == 1
    assert asked("transactions_committed_total", database="postgres") is not None


def test_connections_are_counted_by_state_and_ours_is_not(server, source, admin, until):
    before = poll(source)
    with closing(server.connect()) as one, closing(server.connect()):
        one.execute("BEGIN")
        one.execute("SELECT txid_current()")
        until(lambda: poll(source)("connections", state="idle") == 2)  # this one and admin
        during = poll(source)
    assert during("connections", state="idle in transaction") == 1
    assert during("connections", state="active") == 0
    assert during("oldest_transaction_seconds", state="idle in transaction") > 0
    assert before("oldest_transaction_seconds", state="idle in transaction") is None


def test_transactions_and_rows_and_deadlocks_are_counters(server, source, admin, until):
    before = poll(source)
    admin.execute("CREATE TABLE d (x int PRIMARY KEY, y int)")
    admin.execute("INSERT INTO d SELECT g, 0 FROM generate_series(1, 500) g")
    with closing(server.connect()) as one, closing(server.connect()) as two:
        for connection, row in ((one, 1), (two, 2)):
            connection.execute("BEGIN")
            connection.execute("UPDATE d SET y = 1 WHERE x = %s", [row])
        thread = threading.Thread(target=quietly, args=(one, "UPDATE d SET y = 2 WHERE x = 2"))
        thread.start()
        quietly(two, "UPDATE d SET y = 2 WHERE x = 1")
        thread.join(20)
    until(
        lambda: (
            poll(source)("deadlocks_total", database="postgres")
            == before("deadlocks_total", database="postgres") + 1
        )
    )
    # A session tells what it did a while later, and before PostgreSQL 15 only when it does more.
    inserted, database = "rows_inserted_total", {"database": "postgres"}

    def told():
        admin.execute("SELECT 1")
        return poll(source)(inserted, **database) >= before(inserted, **database) + 500

    until(told)
    admin.execute("DROP TABLE d")


def quietly(connection, statement):
    with suppress(psycopg.errors.DeadlockDetected):
        connection.execute(statement)


def test_who_waits_for_whom_is_seen_by_number_depth_and_age(server, source, until):
    quiet = poll(source)
    assert quiet("lock_waiters") == quiet("lock_queue_depth") == quiet("lock_blockers") == 0
    with closing(server.connect()) as holder:
        holder.execute("BEGIN")
        holder.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        waiters = [server.connect() for _ in range(3)]
        lock = "BEGIN; LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE; COMMIT"
        threads = [threading.Thread(target=w.execute, args=(lock,), daemon=True) for w in waiters]
        for number, thread in enumerate(threads, 1):
            thread.start()
            until(lambda n=number: poll(source)("lock_waiters") == n)
        asked = poll(source)
        holder.execute("ROLLBACK")
        for thread in threads:
            thread.join(20)
        for waiter in waiters:
            waiter.close()
    assert asked("lock_queue_depth") == 3
    assert asked("lock_blockers") == 3
    assert asked("lock_blockers_idle") == 1
    assert asked("lock_wait_oldest_seconds") > 0
    assert asked("locks_awaited", mode="ShareRowExclusiveLock") == 3
    assert asked("connections_waiting", wait="Lock") == 3
    # the table that is locked is not measured, and nobody waited to measure it
    assert asked("table_size_bytes", table="t") is None
    assert asked("table_live_rows", table="t") is not None
    assert asked("part_success", part="tables") == 1


def test_statements_have_ids_never_text_and_the_rest_is_other(server, admin):
    admin.execute("SELECT pg_stat_statements_reset()")
    with closing(opened(server, "top: 3")) as source:
        admin.execute("SELECT 'a secret', pg_sleep(0.3)")
        first = poll(source)
        for number in range(30):
            admin.execute(f"SELECT {number} AS a{number}")
        second = poll(source)
    ids = second.labels("statement_calls_total", "queryid")
    assert len(ids) == 4
    assert "other" in ids
    assert ids == first.labels("statement_calls_total", "queryid")  # nobody was twice as heavy
    assert max(second.all("statement_seconds_total", user="tester")) >= 0.3
    other = {"queryid": "other", "database": "other", "user": "other"}
    before = first("statement_calls_total", **other)
    assert second("statement_calls_total", **other) >= before + 30
    assert "secret" not in str(second.rows)


def test_an_extension_that_is_missing_is_absent_and_counted(server):
    with closing(opened(server, "database: template1")) as source:
        poll(source)
        asked = poll(source)
    assert "statement_calls_total" not in asked.names
    assert asked("part_refusals_total", part="statements", reason="missing") == 2
    assert asked("part_success", part="databases") == 1


def test_unused_and_duplicate_indexes_and_bloat(source, admin, until):
    admin.execute("CREATE TABLE b (x int PRIMARY KEY, y text)")
    admin.execute("INSERT INTO b SELECT g, repeat('x', 500) FROM generate_series(1, 2000) g")
    admin.execute("CREATE INDEX b_one ON b (y)")
    admin.execute("CREATE INDEX b_two ON b (y)")
    admin.execute("CREATE INDEX b_down ON b (y DESC)")
    admin.execute("GRANT SELECT ON b TO monitor")
    admin.execute("VACUUM ANALYZE b")
    tight = poll(source)
    admin.execute("DELETE FROM b WHERE x % 10 <> 0 AND x < 1990")
    admin.execute("VACUUM ANALYZE b")
    asked = poll(source)
    assert asked("indexes_duplicate", database="postgres") == 1
    assert asked("indexes_duplicate_bytes") > 0
    assert asked("indexes_unused") >= 3
    assert asked("indexes_invalid") == 0
    assert asked("index_scans_total", index="b_one") == 0
    assert asked("table_heap_bytes", table="b") > 1e6
    assert tight("table_bloat_bytes", table="b") < 0.1 * tight("table_heap_bytes", table="b")
    assert asked("table_bloat_bytes", table="b") > 0.7 * asked("table_heap_bytes", table="b")
    until(lambda: (poll(source)("table_last_vacuum_timestamp_seconds", table="b") or 0) > 1e9)
    admin.execute("DROP TABLE b")
    assert poll(source)("table_heap_bytes", table="b") is None


def test_bloat_of_tables_that_may_not_be_read_is_not_known(source, admin):
    admin.execute("CREATE TABLE closed AS SELECT generate_series(1, 1000) AS x")
    admin.execute("ANALYZE closed")
    asked = poll(source)
    assert asked("table_bloat_bytes", table="closed") is None
    assert asked("table_size_bytes", table="closed") > 0
    admin.execute("DROP TABLE closed")


def test_changes_of_the_schema_are_counted_and_temporary_tables_are_none(source, admin):
    assert poll(source)("schema_changes_total", database="postgres") == 0
    admin.execute("CREATE TEMP TABLE passing (x int)")
    admin.execute("INSERT INTO t SELECT generate_series(1, 100)")
    admin.execute("ANALYZE t")
    asked = poll(source)
    assert asked("schema_changes_total") == 0
    assert asked("schema_last_change_timestamp_seconds") is None
    for number, change in enumerate(
        (
            "CREATE TABLE changing (x int)",
            "ALTER TABLE changing ADD COLUMN y text",
            "ALTER TABLE changing ALTER COLUMN y SET NOT NULL",
            "CREATE INDEX ON changing (y)",
            "ALTER TABLE changing ADD CONSTRAINT few CHECK (x < 5)",
            "CREATE FUNCTION three() RETURNS int LANGUAGE sql AS 'SELECT 3'",
            "CREATE OR REPLACE FUNCTION three() RETURNS int LANGUAGE sql AS 'SELECT 4'",
            "DROP FUNCTION three()",
            "DROP TABLE changing",
        ),
        1,
    ):
        admin.execute(change)
        assert poll(source)("schema_changes_total") == number, change
    assert poll(source)("schema_last_change_timestamp_seconds") > 1e9


def test_slots_hold_log_back_and_prepared_transactions_are_seen(source, admin):
    admin.execute("SELECT pg_create_physical_replication_slot('left', true)")
    admin.execute("CREATE TABLE p (x int)")
    admin.execute("BEGIN")
    admin.execute("INSERT INTO p VALUES (1)")
    admin.execute("PREPARE TRANSACTION 'left'")
    asked = poll(source)
    admin.execute("ROLLBACK PREPARED 'left'")
    admin.execute("SELECT pg_drop_replication_slot('left')")
    admin.execute("DROP TABLE p")
    assert asked("slot_active", slot="left", type="physical") == 0
    assert asked("slot_retained_bytes", slot="left") > 0
    assert asked("slot_lost", slot="left") == 0
    assert asked("slot_safe_bytes", slot="left") is None
    assert asked("prepared_transactions") == 1
    assert asked("oldest_prepared_transaction_seconds") >= 0
    assert poll(source)("oldest_prepared_transaction_seconds") is None


def test_our_session_can_only_read(server):
    with closing(opened(server, user="tester")) as source:
        poll(source)
        (one,) = source._servers.values()
        with pytest.raises(Exception, match="read-only"):
            one._line.rows("CREATE TABLE mine (x int)")


def test_output_is_as_promtool_wants_it(server, exporter):
    process = exporter(
        f"  - {{type: postgresql, targets: ['127.0.0.1:{server.port}'], user: monitor}}\n"
    ).ready()
    text = process.metrics()
    assert "postgresql_up{" in text
    has_nothing_to_say(text)
