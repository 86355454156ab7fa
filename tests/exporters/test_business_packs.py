"""The shipped packs: whole, by hand where they compute, and the same on every kind of database."""

import sqlite3
from contextlib import closing

import pytest
import responses
from sothat.exporters.business.contract import contract
from sothat.exporters.business.shipped import load_pack, mappings, shipped
from sothat.simulator.sample_data import DATABASE, seed_database

from ..simulator.test_files import PLAN  # noqa: TID252 – the demo's building
from .desk import NOW, open_source, poll
from .servers import mysql_server, open_folder, postgresql_server

OF_DATABASES = tuple(name for name in shipped() if name not in ("operations", "energy-degree-days"))
# How each kind of database spells the types of the sample data.
TYPES = {
    "postgresql": {"TEXT": "TEXT", "INTEGER": "BIGINT", "REAL": "DOUBLE PRECISION"},
    "mysql": {"TEXT": "VARCHAR(200)", "INTEGER": "BIGINT", "REAL": "DOUBLE"},
}


@pytest.mark.parametrize("name", shipped())
def test_every_kpi_says_all_that_is_to_be_said(name):
    for kpi in load_pack(name).kpis:
        card = kpi.card
        assert card.owner, kpi.name
        assert card.outcome, kpi.name
        if card.target is not None:
            assert card.lower is not None or card.upper is not None, kpi.name
        judged = card.direction != "none" and "cost" not in kpi.name and "energy" not in kpi.name
        assert not judged or card.target is not None, kpi.name


def test_packs_with_the_same_kpis_agree_on_them():
    known = {}
    for name in shipped():
        for kpi in load_pack(name).kpis:
            shape = (kpi.labels, kpi.unit)
            assert known.setdefault(kpi.name, shape) == shape, kpi.name
    families = {family.name for family in contract().families}
    assert {f"business_{name}" for name in known} <= families


def test_the_mappings_are_those_of_the_page():
    assert mappings() == ("freshdesk", "jira-service-management", "zendesk")


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    seed_database(PLAN, folder, NOW)
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        database.execute("UPDATE tickets SET first_response_at = NULL WHERE id = 1")
    return folder


def tables_of(folder):
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            columns = [(row[1], row[2]) for row in database.execute(f"PRAGMA table_info({name})")]
            yield name, columns, database.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 – ours


def copied(folder, kind, cursor):
    for name, columns, rows in tables_of(folder):
        spelt = ", ".join(f"{column} {TYPES[kind][type_]}" for column, type_ in columns)
        cursor.execute(f"CREATE TABLE {name} ({spelt})")
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608 – ours


@pytest.fixture(scope="module")
def postgresql(sample):
    with open_folder() as folder, postgresql_server(folder) as server:
        with closing(server.connect()) as admin, admin.cursor() as cursor:
            copied(sample, "postgresql", cursor)
            cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO watcher")
        yield server.url


@pytest.fixture(scope="module")
def mysql(sample):
    with open_folder() as folder, mysql_server(folder) as server:
        with closing(server.connect(database="shop")) as admin, admin.cursor() as cursor:
            copied(sample, "mysql", cursor)
        yield server.url


def figures(folder, url):
    found, failure = poll(open_source(folder, url=url, packs=[*OF_DATABASES]), 60)
    assert failure is None
    return found


@pytest.mark.real
@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_every_query_gives_the_same_on_every_database(sample, request, kind):
    expected = figures(sample, f"sqlite:///{DATABASE}")
    found = figures(sample, request.getfixturevalue(kind))
    assert found.keys() == expected.keys()
    wrong = {
        key: (found[key], value)
        for key, value in expected.items()
        if found[key] != pytest.approx(value, rel=1e-4)  # MySQL divides to four decimals
    }
    assert not wrong
    assert len({key[1] for key in expected if key[0] == "kpi_value"}) >= 40


DEGREES = """
CREATE TABLE energy_days (site TEXT, day TEXT, used_kwh REAL, degree_days REAL, reference INTEGER);
CREATE TABLE energy_tariffs (site TEXT, currency TEXT, price_per_kwh REAL, co2_kg_per_kwh REAL);
INSERT INTO energy_tariffs VALUES ('north', 'EUR', 0.3, 0.4);
"""


def test_the_baseline_by_degree_days_by_hand(tmp_path):
    # Before: 100 kWh a day and 10 for each degree day, exactly. Since: two days of 8 and 12 degree
    # days, which would have taken 180 and 220 kWh, and took 150 each.
    with closing(sqlite3.connect(tmp_path / "energy.db")) as database, database:
        database.executescript(DEGREES)
        before = [(f"2026-{1 + n // 28:02}-{1 + n % 28:02}", n % 15) for n in range(40)]
        for day, degrees in before:
            row = ("north", day, 100 + 10 * degrees, degrees, 1)
            database.execute("INSERT INTO energy_days VALUES (?, ?, ?, ?, ?)", row)
        for day, degrees in (("2026-09-01", 8), ("2026-09-02", 12)):
            row = ("north", day, 150, degrees, 0)
            database.execute("INSERT INTO energy_days VALUES (?, ?, ?, ?, ?)", row)
    found, failure = poll(
        open_source(tmp_path, url="sqlite:///energy.db", packs=["energy-degree-days"])
    )
    assert failure is None
    kwh = 3.6e6
    assert found["energy_baseline_joules", "north"] == pytest.approx(400 * kwh)
    assert found["energy_used_joules", "north"] == 300 * kwh
    assert found["energy_saved_joules", "north"] == pytest.approx(100 * kwh)
    assert found["energy_saved_ratio", "north"] == pytest.approx(0.25)
    assert found["energy_saved_cost", "north", "EUR"] == pytest.approx(30)
    assert found["energy_saved_co2_grams", "north"] == pytest.approx(40_000)
    assert found["energy_baseline_fit_ratio", "north"] == pytest.approx(1)


def test_too_few_reference_days_are_no_baseline(tmp_path):
    with closing(sqlite3.connect(tmp_path / "energy.db")) as database, database:
        database.executescript(DEGREES)
        row = ("north", "2026-09-01", 100, 5, 1)
        database.execute("INSERT INTO energy_days VALUES (?, ?, ?, ?, ?)", row)
    found, failure = poll(
        open_source(tmp_path, url="sqlite:///energy.db", packs=["energy-degree-days"])
    )
    assert failure is None
    assert not [key for key in found if key[0].startswith("energy_")]


@responses.activate
def test_a_database_that_is_gone_leaves_what_prometheus_knows(tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.db")) as database:
        database.executescript(DEGREES)
    result = f'[{{"metric": {{"site": "north"}}, "value": [{NOW}, "0.5"]}}]'
    data = f'{{"resultType": "vector", "result": {result}}}'
    body = f'{{"status": "success", "data": {data}}}'
    responses.post("http://prometheus:9090/api/v1/query", body=body)
    source = open_source(
        tmp_path,
        url="sqlite:///a.db",
        prometheus="http://prometheus:9090",
        packs=["energy-degree-days", "operations"],
    )
    (tmp_path / "a.db").unlink()
    found, failure = poll(source)
    assert failure.reason == "database"
    assert found["operations_availability_ratio", "north"] == 0.5


@responses.activate
def test_kpis_over_months_ask_prometheus(tmp_path):
    def reply(request):
        if "opened_total" in request.body:
            return 422, {}, '{"status": "error", "errorType": "execution", "error": "too much"}'
        value = "NaN" if "acknowledge" in request.body else "0.9995"
        label = '"priority": "P1"' if "priority" in request.body else '"site": "north"'
        result = f'[{{"metric": {{{label}, "job": "x"}}, "value": [{NOW}, "{value}"]}}]'
        data = f'{{"resultType": "vector", "result": {result}}}'
        return 200, {}, f'{{"status": "success", "data": {data}}}'

    responses.add_callback(responses.POST, "http://prometheus:9090/api/v1/query", reply)
    found, failure = poll(
        open_source(tmp_path, prometheus="http://prometheus:9090", packs=["operations"])
    )
    assert found["operations_availability_ratio", "north"] == 0.9995
    assert found["kpi_value", "operations_availability_ratio", "north"] == 0.9995
    assert found["kpi_last_success_timestamp_seconds", "operations_availability_ratio"] == NOW
    assert ("operations_acknowledge_seconds", "P1") not in found  # NaN is no figure
    assert "operations_incidents" in str(failure)
