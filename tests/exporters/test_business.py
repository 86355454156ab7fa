"""KPIs are what their queries say, and nothing where these say nothing."""

import sqlite3

import pytest
from sothat.exporters.business.collector import COLLECTOR
from sothat.exporters.business.contract import contract
from sothat.exporters.business.kpis import load_kpis
from sothat.exporters.business.query import fault_of, parameters
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.service import Options, check
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.model.metric import Presence
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document

NOW = 1_790_000_000  # 2026-09-21T14:13:20Z
TABLES = """
CREATE TABLE dataset (kind TEXT, description TEXT);
CREATE TABLE sites (site TEXT, client TEXT, contract TEXT);
CREATE TABLE tickets (id INTEGER PRIMARY KEY, site TEXT, priority TEXT, subject TEXT,
  created_at INTEGER, response_due_at INTEGER, first_response_at INTEGER, resolved_at INTEGER,
  satisfaction REAL, agent TEXT, escalated INTEGER, reopened INTEGER, replies INTEGER,
  article INTEGER);
CREATE TABLE help_sessions (site TEXT, day TEXT, sessions INTEGER, solved INTEGER);
CREATE TABLE energy (site TEXT, day TEXT, used_kwh REAL, baseline_kwh REAL);
CREATE TABLE energy_tariffs (site TEXT, currency TEXT, price_per_kwh REAL, co2_kg_per_kwh REAL);
INSERT INTO sites VALUES ('hall', 'c', 'premium'), ('mill', 'c', 'standard');
"""
ENDLESS = (
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) AS n FROM c"
)
HEAD = "apiVersion: sothat/v1\nkind: KPIs\nkpis:\n"


class FixedClock(SystemClock):
    def time(self):
        return float(NOW)


@pytest.fixture
def database(tmp_path):
    connection = sqlite3.connect(tmp_path / "platform.db", isolation_level=None)
    connection.executescript(TABLES)
    yield connection
    connection.close()


@pytest.fixture
def open_source(tmp_path, database):
    def start(kpis=None, **settings):
        written = {"type": "business", "url": "sqlite:///platform.db", **settings}
        if kpis is not None:
            (tmp_path / "kpis.yaml").write_text(HEAD + kpis)
            written["kpis"] = "kpis.yaml"
        document = parse_document(repr(written), "exporter.yaml")
        context = Context("business", tmp_path, {}, FixedClock())
        return COLLECTOR.open(Settings(document, ()), context)

    return start


def poll(source):
    clock = SystemClock()
    found, failure = [], None
    try:
        found.extend(source.collect(Deadline(clock.monotonic() + 5, clock)))
    except PollFailed as error:
        failure = error
    assert not Screen(source.contract).screen(found).complaints
    named = ((s.name.removeprefix("business_"), s) for s in found)
    own = {
        (name, *s.labels.values()): s.value
        for name, s in named
        if name not in ("kpi_info", "kpi_target", "kpi_tolerance", "kpi_value")
    }
    return own, failure


def ticket(database, site, priority, *times):
    """Times: created, response due, first response, resolved; then the satisfaction."""
    values = (site, priority, "x", *times, *[None] * (5 - len(times)))
    insert = (
        "INSERT INTO tickets VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL, NULL)"
    )
    database.execute(insert, values)


def test_the_shipped_pack_counts_with_real_zeros(open_source, database):
    ticket(database, "hall", "P2", NOW - 100, NOW + 500)
    ticket(database, "hall", "P2", NOW - 100, NOW - 40)
    ticket(database, "hall", "P1", NOW - 900, NOW - 800, NOW - 850, NOW - 700, 0.5)
    ticket(database, "hall", "P1", NOW - 900, NOW - 800, NOW - 750, NOW - 700, 1.0)
    found, failure = poll(open_source())
    assert failure is None
    tickets = {key[1:]: value for key, value in found.items() if key[0] == "support_open_tickets"}
    assert tickets == {
        (site, priority): 2 if (site, priority) == ("hall", "P2") else 0
        for site in ("hall", "mill")
        for priority in ("P1", "P2", "P3", "P4")
    }
    assert found["support_response_seconds_left", "hall", "premium"] == -40
    assert found["support_sla_attainment_ratio", "hall", "premium"] == pytest.approx(1 / 3)
    assert found["support_satisfaction_ratio", "hall"] == 0.75
    assert ("support_response_seconds_left", "mill", "standard") not in found
    assert ("support_satisfaction_ratio", "mill") not in found
    assert found["sample_data", "support"] == 0


def test_energy_is_this_months_so_far_in_joules(open_source, database):
    days = [
        ("2026-08-31", 7, 9),
        ("2026-09-01", 1, 2),
        ("2026-09-21", 3, 4),
        ("2026-09-22", 50, 50),
    ]
    for day, used, baseline in days:
        database.execute("INSERT INTO energy VALUES ('mill', ?, ?, ?)", (day, used, baseline))
    found, _ = poll(open_source())
    assert found["energy_used_joules", "mill"] == 4 * 3.6e6
    assert found["energy_baseline_joules", "mill"] == 6 * 3.6e6
    assert found["energy_saved_joules", "mill"] == 2 * 3.6e6
    assert ("energy_used_joules", "hall") not in found


def test_sample_data_are_marked(open_source, database):
    database.execute("INSERT INTO dataset VALUES ('sample', 'made up')")
    assert poll(open_source())[0]["sample_data", "energy"] == 1


def test_the_contract_follows_from_the_file(open_source):
    kpis = (
        "  - {name: doors_open, help: Doors., direction: lower, target: 3, labels: [site],\n"
        "     value: n, event: true, sql: SELECT 1 AS n, 'a' AS site}\n"
    ).replace("sql: SELECT 1 AS n, 'a' AS site", "sql: \"SELECT 1 AS n, 'a' AS site\"")
    source = open_source(kpis)
    family = source.contract.family("business_doors_open")
    assert family.help == "Doors (lower is better, target 3)."
    assert family.label_names == ("site",)
    assert family.presence is Presence.EVENT
    assert poll(source)[0]["doors_open", "a"] == 1


def test_the_shipped_contract_is_the_one_agreed_on():
    families = {f.name.removeprefix("business_"): f.label_names for f in contract().families}
    agreed = {
        "support_open_tickets": ("site", "priority"),
        "support_response_seconds_left": ("site", "contract"),
        "support_sla_attainment_ratio": ("site", "contract"),
        "support_satisfaction_ratio": ("site",),
        "energy_used_joules": ("site",),
        "energy_baseline_joules": ("site",),
        "energy_saved_joules": ("site",),
        "kpi_last_success_timestamp_seconds": ("kpi",),
        "kpi_value": ("kpi", "site"),
        "kpi_tolerance": ("kpi", "bound"),
        "sample_data": ("kpi_file",),
    }
    assert agreed.items() <= families.items()


def one(name, sql, labels="[]"):
    return (
        f"  - name: {name}\n    help: H\n    direction: none\n    value: n\n"
        f"    labels: {labels}\n    sql: {sql}\n"
    )


def test_null_and_no_row_are_no_sample(open_source):
    kpis = one("a", "SELECT NULL AS n") + one("b", "SELECT 1 AS n WHERE 1 = 0")
    found, failure = poll(open_source(kpis))
    assert failure is None
    assert {key[0] for key in found} == {"kpi_last_success_timestamp_seconds", "sample_data"}


def test_a_kpi_that_fails_does_not_hide_the_others(open_source, database):
    kpis = (
        one("gone", "SELECT x AS n FROM nowhere")
        + one("text", "SELECT 'many' AS n")
        + one("wrong", "SELECT 1 AS m")
        + one("many", "SELECT id AS n FROM tickets")
        + one("good", "SELECT 1 AS n")
    )
    for _ in range(3):
        ticket(database, "hall", "P1", NOW, NOW)
    found, failure = poll(open_source(kpis, max_rows=2))
    assert found["good",] == 1
    assert failure.reason == "kpi"
    for name in ("gone", "text", "wrong", "many"):
        assert f"{name}: " in str(failure)
        assert ("kpi_last_success_timestamp_seconds", name) not in found
    assert found["kpi_last_success_timestamp_seconds", "good"] == NOW


def test_a_database_that_went_away_leaves_no_value_behind(open_source, tmp_path):
    source = open_source(one("good", "SELECT 1 AS n"))
    assert poll(source)[0]["good",] == 1
    (tmp_path / "platform.db").unlink()
    found, failure = poll(source)
    assert failure.reason == "database"
    assert found == {
        ("kpi_last_success_timestamp_seconds", "good"): NOW,
        ("sample_data", "kpis"): 0,  # the file says so, not the database
    }


def test_an_endless_query_is_cut(open_source):
    source = open_source(one("endless", ENDLESS))
    clock = SystemClock()
    begun = clock.monotonic()
    with pytest.raises(PollFailed):
        list(source.collect(Deadline(begun + 1, clock)))
    assert clock.monotonic() - begun < 5  # it would never end by itself


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM tickets",
        "PRAGMA user_version = 3",
        "SELECT 1; DROP TABLE tickets",
        "WITH x AS (SELECT 1) DELETE FROM tickets",
        "WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x",
        "SELECT * INTO copy FROM tickets",
        "SELECT * FROM tickets FOR UPDATE",
        "/* SELECT */ UPDATE tickets SET site = ''",
        "-- SELECT\nVACUUM",
        "SELECT :then AS n",
        "",
        "EXPLAIN SELECT 1",
    ],
)
def test_queries_that_do_more_than_read_are_refused(sql):
    assert fault_of(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "select 1;",
        "-- the delete of a row; and more\nSELECT 'DROP; it''s' AS \"update\"",
        "WITH x AS (SELECT 1) SELECT * FROM x WHERE t < :now AND day >= :month_start",
        "SELECT replace(site, 'a', 'b'), created_at, strftime('%H:%M', updated) FROM t",
    ],
)
def test_queries_that_read_are_not(sql):
    assert fault_of(sql) == ""


def test_the_connection_itself_refuses_to_write(open_source, database, monkeypatch):
    source = open_source(one("sneaky", "SELECT 1 AS n"))
    object.__setattr__(source._kpis[0], "sql", "DELETE FROM sites RETURNING 1 AS n")
    _, failure = poll(source)
    assert "syntax error" in str(failure)  # nothing that writes stands where a table does
    assert database.execute("SELECT count(*) FROM sites").fetchone() == (2,)


@pytest.mark.parametrize(
    ("kpis", "code", "line"),
    [
        (one("a", "DELETE FROM t"), "bad-query", 9),
        (one("a", "SELECT 1") + one("a", "SELECT 1"), "name-clash", 10),
        (one("sample_data", "SELECT 1"), "name-clash", 4),
        (one("energy_joules", "SELECT 1") + "    unit: kwh\n", "wrong-unit", 10),
        (one("a", "SELECT 1") + "    wheight: 1\n", "unknown-key", 10),
        (one("Not A Name", "SELECT 1"), "bad-format", 4),
    ],
)
def test_bad_kpi_files_are_refused_with_their_place(tmp_path, kpis, code, line):
    file = tmp_path / "kpis.yaml"
    file.write_text(HEAD + kpis)
    with pytest.raises(Unusable) as caught:
        load_kpis(file)
    problem = caught.value.problems[0]
    assert (problem.code, problem.position.line) == (code, line)


def test_queries_are_given_the_time():
    assert parameters(NOW) == {
        "now": NOW,
        "today": "2026-09-21",
        "week_ago": "2026-09-14",
        "four_weeks_ago": "2026-08-24",
        "month_ago": "2026-08-22",
        "month_start": "2026-09-01",
        "last_month_start": "2026-08-01",
    }


def test_check_finds_queries_that_the_database_would_refuse(tmp_path):
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("CREATE TABLE tickets (site TEXT, resolved_at TEXT)")
    head = "apiVersion: sothat/v1\nkind: KPIs\nkpis:\n"
    kpi = "  - {{name: {0}, help: H, direction: none, labels: [site], value: n, sql: {1}}}\n"
    good = "SELECT site, count(*) AS n FROM tickets WHERE resolved_at < :today GROUP BY site; -- x"
    queries = {
        "good": f'"{good}"',
        "no_table": '"SELECT site, 1 AS n FROM ticket"',
        "syntax": '"SELECT site,, 1 AS n FROM tickets"',
        "no_column": '"SELECT site, 1 AS m FROM tickets"',
    }
    text = head + "".join(kpi.format(name, sql) for name, sql in queries.items())
    (tmp_path / "kpis.yaml").write_text(text)
    file = tmp_path / "exporter.yaml"
    file.write_text(
        "apiVersion: sothat/v1\nkind: Exporter\ncollectors:\n"
        "  - {type: business, url: 'sqlite:///a.db', kpis: kpis.yaml}\n"
    )
    with pytest.raises(Unusable) as caught:
        check(Options(file, None, None, "1", {}))
    found = [(p.code, p.position.line, p.message) for p in caught.value.problems]
    assert found == [
        ("bad-query", 5, "no_table: no such table: ticket"),
        ("bad-query", 6, 'syntax: near ",": syntax error'),
        ("bad-query", 7, "no_column: the query gives no column n"),
    ]
    with sqlite3.connect(tmp_path / "a.db") as holder:
        holder.isolation_level = None
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unusable) as caught:
            check(Options(file, None, None, "1", {}))
    assert [p.position.line for p in caught.value.problems] == [6]  # the rest cannot be told now
