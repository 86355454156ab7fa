"""The worked month as metrics, out of a database and out of Prometheus."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC

import pytest
import responses
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.service_levels.collector import COLLECTOR
from sothat.exporters.service_levels.measured import history
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document
from sothat.service_levels.intervals import Interval, total

from ..service_levels import worked_month as worked  # noqa: TID252 – what the two have in common
from ..service_levels.conftest import ROOT  # noqa: TID252

CLIENTS = {client.name: client for client in (worked.ALPHA, worked.BETA, worked.GAMMA)}
QUERIES = {
    "url": "sqlite:///desk.db",
    "clients": "SELECT client, contract, calendar, starts_at, ends_at FROM clients",
    "tickets": "SELECT * FROM tickets",
    "outages": "SELECT * FROM outages",
}
TABLES = """
CREATE TABLE clients (client, contract, calendar, starts_at, ends_at);
CREATE TABLE tickets (id, client, priority, created_at, first_response_at, resolved_at);
CREATE TABLE outages (client, began_at, ended_at);
"""
ALPHA = ("client-alpha", "standard")


class AtTheEnd(SystemClock):
    def time(self):
        return worked.NOW.timestamp()


@pytest.fixture
def folder(tmp_path):
    policy = json.loads((ROOT / "compiled/incidents/policy.json").read_text())
    policy["clients"] = {
        name: {"contract": one.contract, "calendar": one.calendar} for name, one in CLIENTS.items()
    }
    (tmp_path / "policy.json").write_text(json.dumps(policy))
    with closing(sqlite3.connect(tmp_path / "desk.db")) as database, database:
        database.executescript(TABLES)
        for one in CLIENTS.values():
            since = worked.BETA_SINCE.timestamp() if one is worked.BETA else None
            row = (one.name, one.contract, one.calendar, since, None)
            database.execute("INSERT INTO clients VALUES (?, ?, ?, ?, ?)", row)
        for number, ticket in enumerate(worked.TICKETS):
            times = [
                None if moment is None else moment.astimezone(UTC).timestamp()
                for moment in (ticket.created, ticket.answered, ticket.resolved)
            ]
            row = (number, ticket.client, ticket.priority.value, *times)
            database.execute("INSERT INTO tickets VALUES (?, ?, ?, ?, ?, ?)", row)
        for client, outages in worked.OUTAGES.items():
            for one in outages:
                row = (client, one.start.timestamp(), one.end.timestamp())
                database.execute("INSERT INTO outages VALUES (?, ?, ?)", row)
    return tmp_path


def opened(folder, **settings):
    written = {"type": "service-levels", "policy": "policy.json", **settings}
    document = parse_document(repr(written), "exporter.yaml")
    return COLLECTOR.open(Settings(document, ()), Context("sla", folder, {}, AtTheEnd()))


def poll(source, seconds=20):
    clock = SystemClock()
    found, failure = [], None
    try:
        found.extend(source.collect(Deadline(clock.monotonic() + seconds, clock)))
    except PollFailed as error:
        failure = error
    screened = Screen(source.contract).screen(found)
    assert not screened.complaints
    assert not screened.doubled
    cut = len("service_level_")
    return {(s.name[cut:], *s.labels.values()): s.value for s in found}, failure


def test_the_worked_month_as_metrics(folder):
    found, failure = poll(opened(folder, **QUERIES))
    assert failure is None
    # The figures are those that tests/service_levels/test_worked_month.py explains.
    assert found["availability_ratio", *ALPHA, "last-month"] == pytest.approx(1 - 1.25 / 724)
    assert found["error_budget_left_seconds", *ALPHA, "last-month"] == pytest.approx(-1893.6)
    assert found["credit_ratio", *ALPHA, "last-month"] == 0.1
    beta = ("client-beta", "extended", "last-month")
    assert found["availability_ratio", *beta] == pytest.approx(1 - 6.25 / 360)
    assert found["credit_ratio", *beta] == 0.25
    assert found["availability_objective_ratio", "client-gamma", "premium"] == 0.9999
    assert found["attainment_ratio", *ALPHA, "last-month", "P3", "response"] == 1
    assert found["attainment_ratio", *ALPHA, "last-month", "P1", "response"] == 0
    assert found["tickets", *ALPHA, "last-month", "P4", "response", "running"] == 1
    assert ("attainment_ratio", *ALPHA, "last-month", "P4", "response") not in found
    # Of November an hour has passed, and all of its budget is left.
    whole = found["error_budget_seconds", *ALPHA, "month"]
    assert found["error_budget_left_seconds", *ALPHA, "month"] == whole
    assert whole == pytest.approx(0.001 * (30 * 24 - 3 * 4 - 4 - 8 + 4 - 4) * 3600, rel=0.02)
    assert found["availability_ratio", *ALPHA, "month"] == 1


def test_each_site_says_whom_it_serves_once(folder):
    with closing(sqlite3.connect(folder / "desk.db")) as database, database:
        database.execute("CREATE TABLE sites (site, client)")
        rows = [("north", "a"), ("north", "a"), ("south", "a"), ("south", "b")]
        database.executemany("INSERT INTO sites VALUES (?, ?)", rows)
    found, failure = poll(opened(folder, **QUERIES, sites="SELECT site, client FROM sites"))
    assert failure is None
    told = {key[1:] for key in found if key[0] == "site_client_info"}
    assert told == {("north", "a"), ("south", "several")}


def test_without_a_record_of_outages_there_is_no_availability(folder):
    found, _ = poll(opened(folder, url=QUERIES["url"], tickets=QUERIES["tickets"]))
    assert not [key for key in found if key[0] in ("availability_ratio", "credit_ratio")]
    assert found["attainment_ratio", *ALPHA, "last-month", "P3", "response"] == 1


@responses.activate
def test_availability_as_prometheus_measured_it(folder):
    october = Interval(worked.at("10-01T00:00"), worked.at("11-01T00:00"))

    def answer(request):
        form = dict(pair.split("=") for pair in request.body.split("&"))
        start, end = float(form["start"]), float(form["end"])
        moments = [start + 600 * n for n in range(int((end - start) // 600) + 1)]
        down = worked.ACROSS
        values = [
            [at, "0" if down.start.timestamp() <= at < down.end.timestamp() else "1"]
            for at in moments
            if not worked.UNMEASURED.start.timestamp() <= at < worked.UNMEASURED.end.timestamp()
        ]
        result = [{"metric": {"client": "client-alpha"}, "values": values}]
        body = {"status": "success", "data": {"resultType": "matrix", "result": result}}
        return 200, {}, json.dumps(body)

    responses.add_callback(responses.POST, "http://prometheus:9090/api/v1/query_range", answer)
    source = opened(
        folder,
        prometheus="http://prometheus:9090",
        availability="min by (client) (site:reachable)",
        step="10m",
    )
    found, failure = poll(source)
    assert failure is None
    # The last ten minutes until 08:45 are counted whole, until 08:50.
    assert found["known_ratio", *ALPHA, "last-month"] == pytest.approx(722 / 724)
    down = 0.5 + 50 / 60
    assert found["availability_ratio", *ALPHA, "last-month"] == pytest.approx(1 - down / 722)
    assert ("availability_ratio", "client-beta", "extended", "last-month") not in found
    assert october.seconds == 745 * 3600
    asked = len(responses.calls)
    poll(source)
    assert len(responses.calls) == asked  # nothing new can be known of these periods


def test_points_stand_for_the_step_after_them():
    hour = Interval(worked.at("10-05T10:00"), worked.at("10-05T11:00"))
    start = hour.start.timestamp()
    found = history([(start, 1), (start + 60, 0), (start + 120, 0.6), (start + 3540, 0)], hour, 60)
    assert total(found.outages) == 120
    assert total(found.unknown) == 3600 - 4 * 60


def test_what_is_down_is_said(folder):
    source = opened(folder, **QUERIES)
    (folder / "desk.db").unlink()
    assert poll(source)[1].reason == "database"
    source = opened(folder, prometheus="http://127.0.0.1:9", availability="up")
    found, failure = poll(source, 3)
    assert failure.reason == "prometheus"
    assert found["availability_objective_ratio", *ALPHA] == 0.999


def test_a_client_of_an_unknown_contract_costs_only_itself(folder):
    with closing(sqlite3.connect(folder / "desk.db")) as database, database:
        database.execute("UPDATE clients SET contract = 'gold' WHERE client = 'client-beta'")
    found, failure = poll(opened(folder, **QUERIES))
    assert failure.reason == "policy"
    assert "'gold' is not among the policy's contracts" in str(failure)
    assert found["credit_ratio", *ALPHA, "last-month"] == 0.1


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({}, "missing-key"),
        ({"tickets": "SELECT 1"}, "missing-key"),
        ({**QUERIES, "tickets": "DELETE FROM tickets"}, "bad-query"),
        ({"availability": "up"}, "missing-key"),
        ({**QUERIES, "availability": "up", "prometheus": "http://p"}, "bad-value"),
        ({**QUERIES, "policy": "none.json"}, "unreadable-file"),
    ],
)
def test_settings_that_cannot_work_are_refused(folder, settings, code):
    with pytest.raises(Unusable) as caught:
        opened(folder, **settings)
    assert caught.value.problems[0].code == code
