"""KPIs over real databases: they only read, and what is slow, locked or gone costs itself alone."""

import contextlib
import resource
import sqlite3
from contextlib import closing
from time import monotonic

import psycopg
import pytest
from sothat.exporters.business.query import fault_of
from sothat.exporters.business.reading import DatabaseReader, QueryFailed
from sothat.exporters.clock import SystemClock
from sothat.exporters.database.target import open_target
from sothat.exporters.source import Context, Settings
from sothat.runtime.documents import parse_document
from sqlalchemy import text

from .desk import HEAD, NOW, Clock, kpi, open_source, poll
from .servers import mysql_server, open_folder, postgresql_server

pytestmark = pytest.mark.real

DIGITS = " UNION ALL ".join(f"SELECT {n} AS d" for n in range(10))
# A million rows, on every kind of database, without a table of that size.
MILLION = (
    f"WITH ten AS ({DIGITS}) SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d"  # noqa: S608 – the test's own
    " + 100000 * f.d AS n FROM ten a, ten b, ten c, ten d, ten e, ten f"
)
# A hundred million million rows to count: it ends when somebody ends it.
ENDLESS = f"WITH ten AS ({DIGITS}) SELECT count(*) AS n FROM " + ", ".join(  # noqa: S608 – the test's own
    f"ten t{n}" for n in range(14)
)
WRITING = {
    "sqlite": [
        "INSERT INTO stock VALUES (9)",
        "DELETE FROM stock RETURNING 1 AS n",
        "PRAGMA user_version = 7",
        "ATTACH 'other.db' AS other",
        "WITH x AS (SELECT 1) UPDATE stock SET n = 2",
        "SELECT load_extension('x') AS n",
        "VACUUM INTO 'copy.db'",
    ],
    "postgresql": [
        "INSERT INTO stock VALUES (9)",
        "WITH x AS (DELETE FROM stock RETURNING n) SELECT n FROM x",
        "SELECT n INTO other FROM stock",
        "SELECT nextval('serial') AS n",
        "SELECT writes() AS n",
        "SELECT n FROM stock FOR UPDATE",
        "COPY stock TO '/tmp/x'",
        "SET default_transaction_read_only = off",
    ],
    "mysql": [
        "INSERT INTO stock VALUES (9)",
        "SELECT n FROM stock INTO OUTFILE '/tmp/sothat-outfile'",
        "SELECT n FROM stock /*! INTO OUTFILE '/tmp/sothat-outfile' */",
        "SELECT writes() AS n",
        "SELECT n FROM stock FOR UPDATE",
        "REPLACE INTO stock VALUES (1)",
        "SET SESSION TRANSACTION READ WRITE",
    ],
}
# What the check of the text lets pass because it does not know these functions.
UNKNOWN_TO_THE_TEXT = {"SELECT writes() AS n"}


class Place:
    """A database with a table `stock` of one row, which may be asked and looked at."""

    def __init__(self, kind, url, folder, look, lock, server=None):
        self.kind = kind
        self.url = url
        self.folder = folder
        self.look = look
        self.lock = lock
        self.server = server

    def source(self, kpis, **more):
        (self.folder / "kpis.yaml").write_text(HEAD + kpis)
        return open_source(self.folder, Clock(), url=self.url, kpis="kpis.yaml", **more)

    def target(self):
        document = parse_document(repr({"type": "business", "url": self.url}), "exporter.yaml")
        context = Context("business", self.folder, {}, SystemClock())
        return open_target(Settings(document, ()), context)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sqlite")
    with closing(sqlite3.connect(folder / "shop.db")) as database:
        database.executescript("CREATE TABLE stock (n int); INSERT INTO stock VALUES (1)")

    def look():
        with closing(sqlite3.connect(folder / "shop.db")) as database:
            return database.execute("SELECT * FROM stock").fetchall()

    @contextlib.contextmanager
    def lock():
        with closing(sqlite3.connect(folder / "shop.db", isolation_level=None)) as database:
            database.execute("BEGIN EXCLUSIVE")
            yield

    return Place("sqlite", "sqlite:///shop.db", folder, look, lock)


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory):
    with open_folder() as folder, postgresql_server(folder) as server:
        with closing(server.connect()) as admin:
            admin.execute("CREATE TABLE stock (n int)")
            admin.execute("INSERT INTO stock VALUES (1)")
            admin.execute("CREATE SEQUENCE serial")
            admin.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO watcher")
            admin.execute("GRANT ALL ON SEQUENCE serial TO watcher")
            admin.execute("GRANT ALL ON SCHEMA public TO watcher")
            admin.execute(
                "CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS "
                "'INSERT INTO stock VALUES (7) RETURNING 1'"
            )

        def look():
            with closing(server.connect()) as admin:
                return admin.execute("SELECT * FROM stock").fetchall()

        @contextlib.contextmanager
        def lock():
            where = {"host": "127.0.0.1", "port": server.port, "user": "tester"}
            with closing(psycopg.connect(dbname="postgres", **where)) as holder:
                holder.execute("LOCK TABLE stock IN ACCESS EXCLUSIVE MODE")
                yield

        own = tmp_path_factory.mktemp("postgresql")
        yield Place("postgresql", server.url, own, look, lock, server)


@pytest.fixture(scope="module")
def mysql(tmp_path_factory):
    with open_folder() as folder, mysql_server(folder) as server:
        with closing(server.connect()) as admin:
            cursor = admin.cursor()
            cursor.execute("CREATE TABLE shop.stock (n int) ENGINE=InnoDB")
            cursor.execute("INSERT INTO shop.stock VALUES (1)")
            cursor.execute("GRANT ALL ON *.* TO watcher@'127.0.0.1'")
            cursor.execute(
                "CREATE FUNCTION shop.writes() RETURNS int MODIFIES SQL DATA "
                "BEGIN INSERT INTO shop.stock VALUES (7); RETURN 1; END"
            )

        def look():
            with closing(server.connect()) as admin, admin.cursor() as cursor:
                cursor.execute("SELECT * FROM shop.stock")
                return list(cursor.fetchall())

        @contextlib.contextmanager
        def lock():
            with closing(server.connect()) as holder, holder.cursor() as cursor:
                cursor.execute("LOCK TABLES shop.stock WRITE")
                yield

        own = tmp_path_factory.mktemp("mysql")
        yield Place("mysql", server.url, own, look, lock, server)


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def place(request):
    return request.getfixturevalue(request.param)


def test_sql_that_writes_is_refused_before_it_runs(place):
    for sql in WRITING[place.kind]:
        refused = bool(fault_of(sql, (place.kind,)))
        assert refused == (sql not in UNKNOWN_TO_THE_TEXT), sql


def test_and_by_the_form_in_which_it_is_run(place):
    with closing(DatabaseReader(place.target(), 10.0)) as reader:
        for sql in WRITING[place.kind]:
            with pytest.raises(QueryFailed) as caught:
                reader.ask(sql, NOW, 10, 5.0)
            assert not caught.value.down, sql
    assert place.look() == [(1,)]


def test_and_by_the_connection_itself(place):
    reader = DatabaseReader(place.target(), 20.0)
    with closing(reader):
        for sql in ("INSERT INTO stock VALUES (9)", "DELETE FROM stock", "CREATE TABLE o (n int)"):
            connection = reader._connected()
            with pytest.raises(Exception, match=r"(?i)read.only|not authorized"):
                connection.execute(text(sql))
            reader.close()
    assert place.look() == [(1,)]


def test_a_million_rows_never_leave_the_database(place):
    source = place.source(kpi("many", MILLION) + kpi("good", "SELECT n FROM stock"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = monotonic()
    found, failure = poll(source, 10.0)
    assert monotonic() - begun < 20
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 30 * 1024  # KB; a million rows take hundreds of MB
    assert found["good",] == 1
    assert ("many",) not in found
    assert "many: more than 1000 rows" in str(failure)


def test_a_query_without_end_is_ended_and_the_others_are_answered(place):
    source = place.source(kpi("endless", ENDLESS) + kpi("good", "SELECT n FROM stock"))
    begun = monotonic()
    found, failure = poll(source, 4.0)
    assert monotonic() - begun < 15
    assert found.get(("good",)) == 1, failure
    assert "endless: " in str(failure)
    assert ("kpi_last_success_timestamp_seconds", "endless") not in found
    again, _ = poll(source, 4.0)
    assert again["good",] == 1
    if place.kind == "mysql":
        with closing(place.server.connect()) as admin, admin.cursor() as cursor:
            end = monotonic() + 30
            query = (
                "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT * %'"
            )
            while cursor.execute(query) and cursor.fetchone()[0]:
                assert monotonic() < end, "the server goes on for nobody"


def test_a_locked_table_costs_its_own_figures(place):
    source = place.source(kpi("locked", "SELECT n FROM stock") + kpi("free", "SELECT 5 AS n"))
    with place.lock():
        begun = monotonic()
        found, failure = poll(source, 4.0)
        assert monotonic() - begun < 15
    assert ("locked",) not in found
    assert "locked: " in str(failure)
    assert found["free",] == 5
    found, failure = poll(source, 10.0)
    assert (found["locked",], failure) == (1, None)


def test_a_database_that_hangs_or_is_gone_is_given_up_in_time(place):
    if place.server is None:
        pytest.skip("a file has no server")
    source = place.source(kpi("good", "SELECT n FROM stock"))
    place.server.pause()
    try:
        begun = monotonic()
        found, failure = poll(source, 3.0)
        assert monotonic() - begun < 12
    finally:
        place.server.resume()
    assert failure.reason == "database"
    assert ("good",) not in found
    assert "watcher" not in str(failure)
    found, failure = poll(source, 20.0)
    assert (found["good",], failure) == (1, None)
