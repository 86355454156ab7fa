"""Zendesk, Freshdesk and Jira Service Management, by the shapes that their documentation shows."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from sothat.model.problem import Unusable

from .desk import HEAD, NOW, Clock, kpi, open_source, poll

SECRET = {"PASSWORD": "s3cret"}
ZENDESK = "https://desk.zendesk.com"
EXPORT = f"{ZENDESK}/api/v2/incremental/tickets/cursor.json"


def iso(seconds):
    return datetime.fromtimestamp(NOW + seconds, UTC).isoformat().replace("+00:00", "Z")


def zendesk(folder, clock=None, **more):
    api = {"url": ZENDESK, "user": "agent@example.com/token", "password": {"env": "PASSWORD"}}
    return open_source(folder, clock, SECRET, packs=["support"], tables="zendesk", api=api, **more)


def zendesk_ticket(number, **more):
    """Return a ticket as the incremental export has it, two hours old."""
    ticket = {
        "id": number,
        "organization_id": 77,
        "status": "open",
        "priority": "normal",
        "created_at": iso(-7200),
        "updated_at": iso(-60),
        "assignee_id": 5,
        "tags": [],
        "satisfaction_rating": {"score": "unoffered"},
        "metric_set": {
            "reply_time_in_minutes": {"calendar": None, "business": None},
            "full_resolution_time_in_minutes": {"calendar": None, "business": None},
            "solved_at": None,
            "reopens": 0,
            "replies": 0,
            "group_stations": 1,
        },
    }
    return {**ticket, **more}


def solved(number, **metric_set):
    known = zendesk_ticket(number)["metric_set"]
    return zendesk_ticket(
        number,
        status="solved",
        priority="urgent",
        tags=["kb"],
        satisfaction_rating={"score": "good"},
        metric_set={
            **known,
            "reply_time_in_minutes": {"calendar": 30, "business": 30},
            "solved_at": iso(-3600),
            "replies": 1,
            **metric_set,
        },
    )


@responses.activate
def test_zendesk_becomes_the_support_figures(tmp_path):
    first = {
        "tickets": [zendesk_ticket(1), solved(2)],
        "after_url": f"{EXPORT}?cursor=abc",
        "after_cursor": "abc",
        "end_of_stream": False,
    }
    last = {
        "tickets": [solved(3, replies=3, group_stations=2), zendesk_ticket(4, status="deleted")],
        "after_url": f"{EXPORT}?cursor=def",
        "end_of_stream": True,
    }
    responses.get(
        EXPORT, json=last, match=[responses.matchers.query_param_matcher({"cursor": "abc"})]
    )
    responses.get(EXPORT, json=first)
    found, failure = poll(zendesk(tmp_path))
    # Of 2 tickets that were answered after 30 minutes, both were solved an hour ago.
    assert found["support_first_response_seconds", "77", "P1"] == 1800
    assert found["support_resolution_seconds", "77", "P1"] == 3600
    # 2 took one answer and one group, 3 took three and two; 1 is open, and has one group.
    assert found["support_first_contact_resolution_ratio", "77"] == 0.5
    assert found["support_escalation_ratio", "77"] == pytest.approx(1 / 3)
    assert found["support_open_tickets", "77", "P3"] == 1
    assert found["support_open_tickets", "77", "P1"] == 0
    assert found["support_satisfaction_ratio", "77"] == 1
    assert found["support_article_use_ratio", "77"] == 1
    assert found["support_resolved_per_agent", "77"] == 2
    # Promised within 4 hours, and asked for 2 hours ago.
    assert found["support_response_seconds_left", "77", "standard"] == 7200
    assert ("support_self_service_ratio", "77") not in found
    assert failure is None
    sent = responses.calls[0].request
    assert sent.headers["Authorization"].startswith("Basic ")
    assert int(parse_qs(urlsplit(sent.url).query)["start_time"][0]) == NOW - 90 * 86400


@responses.activate
def test_later_loads_ask_for_what_changed_and_drop_what_is_old(tmp_path):
    clock = Clock()
    source = zendesk(tmp_path, clock)
    end = {"after_url": None, "end_of_stream": True}
    responses.get(EXPORT, json={"tickets": [zendesk_ticket(1), zendesk_ticket(2)], **end})
    assert poll(source)[0]["support_open_tickets", "77", "P3"] == 2
    responses.reset()
    responses.get(EXPORT, json={"tickets": [solved(2)], **end})
    clock.past = 60
    assert poll(source)[0]["support_open_tickets", "77", "P3"] == 2  # not due yet
    assert len(responses.calls) == 0
    clock.past = 301
    found, _ = poll(source)
    assert found["support_open_tickets", "77", "P3"] == 1
    assert found["kpi_last_success_timestamp_seconds", "support_open_tickets"] == NOW + 301
    asked = parse_qs(urlsplit(responses.calls[0].request.url).query)
    assert int(asked["start_time"][0]) == NOW - 300


@responses.activate
def test_figures_end_with_the_data_they_were_made_of(tmp_path):
    clock = Clock()
    source = zendesk(tmp_path, clock)
    end = {"after_url": None, "end_of_stream": True}
    responses.get(EXPORT, json={"tickets": [zendesk_ticket(1)], **end})
    poll(source)
    responses.reset()
    responses.get(EXPORT, status=500)
    clock.past = 301
    found, failure = poll(source)
    assert found["support_open_tickets", "77", "P3"] == 1  # of five minutes ago, and says so
    assert found["kpi_last_success_timestamp_seconds", "support_open_tickets"] == NOW
    assert failure.reason == "status"
    clock.past = 901
    found, failure = poll(source)
    assert ("support_open_tickets", "77", "P3") not in found
    assert "out of date" in str(failure)


@responses.activate
def test_a_load_that_one_poll_is_too_short_for_goes_on_in_the_next(tmp_path):
    clock = Clock()
    pages = []

    def page(request):
        number = int(parse_qs(urlsplit(request.url).query).get("cursor", ["0"])[0])
        pages.append(number)
        if number == 1 and pages.count(1) == 1:
            return 503, {}, "busy"
        body = {
            "tickets": [zendesk_ticket(number)],
            "after_url": f"{EXPORT}?cursor={number + 1}",
            "end_of_stream": number == 2,
        }
        return 200, {}, json.dumps(body)

    responses.add_callback(responses.GET, EXPORT, page)
    source = zendesk(tmp_path, clock)
    found, failure = poll(source)
    assert "not loaded yet" in str(failure)
    assert not [key for key in found if key[0] == "support_open_tickets"]
    found, _ = poll(source)
    assert found["support_open_tickets", "77", "P3"] == 3
    assert pages == [0, 1, 1, 2]


@responses.activate
def test_who_asks_too_often_waits_as_long_as_he_is_told(tmp_path):
    clock = Clock()
    source = zendesk(tmp_path, clock)
    responses.get(EXPORT, status=429, headers={"Retry-After": "93"})
    assert poll(source)[1].reason == "rate-limited"
    clock.past = 92
    poll(source)
    assert len(responses.calls) == 1
    clock.past = 94
    poll(source)
    assert len(responses.calls) == 2


@responses.activate
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"tickets": [], "after_url": "https://evil.example/next"}, "another server"),
        ({"tickets": {"no": "list"}}, "no list of rows"),
        ({"tickets": [{"id": 1, "created_at": "yesterday"}]}, "is no time"),
        ({"tickets": "[" * 5000}, "no list of rows"),
    ],
)
def test_answers_of_another_form_are_failures(tmp_path, body, says):
    responses.get(EXPORT, json=body)
    found, failure = poll(zendesk(tmp_path))
    assert says in str(failure)
    assert not [key for key in found if key[0] == "support_open_tickets"]


@responses.activate
@pytest.mark.parametrize("text", ["<html>", "[" * 100_000, '{"tickets": [1, 2]}', "null", ""])
def test_what_is_no_answer_is_a_failure_and_no_crash(tmp_path, text):
    responses.get(EXPORT, body=text)
    assert poll(zendesk(tmp_path))[1] is not None


@responses.activate
def test_redirects_are_not_followed_with_the_credentials(tmp_path):
    responses.get(EXPORT, status=302, headers={"Location": "https://evil.example/"})
    responses.get("https://evil.example/", json={"tickets": []})
    assert "answers 302" in str(poll(zendesk(tmp_path))[1])
    assert len(responses.calls) == 1


@responses.activate
def test_more_rows_than_agreed_are_refused(tmp_path):
    rows = [zendesk_ticket(number) for number in range(11)]
    responses.get(EXPORT, json={"tickets": rows, "after_url": None, "end_of_stream": True})
    assert poll(zendesk(tmp_path, max_table_rows=10))[1].reason == "budget"


@responses.activate
def test_freshdesk_with_its_ratings(tmp_path):
    base = "https://desk.freshdesk.com/api/v2"
    ticket = {
        "id": 20,
        "company_id": 9,
        "status": 5,
        "priority": 3,
        "responder_id": 4,
        "created_at": iso(-7200),
        "updated_at": iso(-60),
        "fr_due_by": iso(-3600),
        "due_by": iso(3600),
        "is_escalated": False,
        "fr_escalated": True,
        "tags": None,
        "stats": {
            "first_responded_at": iso(-5400),
            "resolved_at": iso(-1800),
            "closed_at": iso(-60),
            "reopened_at": None,
        },
    }
    full = [{**ticket, "id": number} for number in range(100, 200)]
    page = responses.matchers.query_param_matcher
    responses.get(f"{base}/tickets", json=full, match=[page({"page": "1"}, strict_match=False)])
    responses.get(f"{base}/tickets", json=[ticket], match=[page({"page": "2"}, strict_match=False)])
    rating = {
        "id": 1,
        "ticket_id": 20,
        "created_at": iso(-30),
        "ratings": {"default_question": 103},
    }
    worse = {**rating, "id": 2, "ticket_id": 100, "ratings": {"default_question": -102}}
    responses.get(f"{base}/surveys/satisfaction_ratings", json=[rating, worse])
    api = {"url": "https://desk.freshdesk.com", "key": {"env": "PASSWORD"}}
    source = open_source(tmp_path, None, SECRET, packs=["support"], tables="freshdesk", api=api)
    found, _ = poll(source)
    assert found["support_first_response_seconds", "9", "P2"] == 1800
    assert found["support_resolution_seconds", "9", "P2"] == 5400
    assert found["support_sla_attainment_ratio", "9", "standard"] == 1
    assert found["support_escalation_ratio", "9"] == 1
    assert found["support_satisfaction_ratio", "9"] == 0.5
    assert found["support_resolved_per_agent", "9"] == 101
    assert ("support_first_contact_resolution_ratio", "9") not in found  # its API tells no replies


@responses.activate
def test_jira_service_management_with_its_clocks(tmp_path):
    def clock(**cycle):
        return {name: {"epochMillis": (NOW + at) * 1000} for name, at in cycle.items()}

    done = {"completedCycles": [{**clock(stopTime=-6600, breachTime=-6900), "breached": True}]}
    waiting = {"completedCycles": [], "ongoingCycle": {**clock(breachTime=600), "paused": False}}
    created = datetime.fromtimestamp(NOW - 7200, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    shared = {
        "created": created,
        "updated": created,
        "assignee": {"accountId": "a"},
        "labels": [],
        "customfield_10002": [{"name": "north"}],
    }
    late = {
        "key": "SUP-1",
        "fields": {
            **shared,
            "resolutiondate": created,
            "priority": {"name": "High"},
            "customfield_10030": done,
            "customfield_10032": {"rating": 4},
        },
    }
    new = {
        "key": "SUP-2",
        "fields": {
            **shared,
            "resolutiondate": None,
            "priority": {"name": "Highest"},
            "customfield_10030": waiting,
            "customfield_10032": None,
        },
    }
    search = "https://desk.atlassian.net/rest/api/3/search/jql"
    token = responses.matchers.query_param_matcher({"nextPageToken": "t1"}, strict_match=False)
    responses.get(search, json={"issues": [new], "isLast": True}, match=[token])
    responses.get(search, json={"issues": [late], "isLast": False, "nextPageToken": "t1"})
    api = {
        "url": "https://desk.atlassian.net",
        "user": "a@example.com",
        "password": {"env": "PASSWORD"},
    }
    source = open_source(
        tmp_path,
        None,
        SECRET,
        packs=["support"],
        tables="jira-service-management",
        api=api,
        variables={"project": "SUP"},
    )
    found, _ = poll(source)
    assert found["support_sla_attainment_ratio", "north", "standard"] == 0  # 300 s too late
    assert found["support_first_response_seconds", "north", "P2"] == 600
    assert found["support_response_seconds_left", "north", "standard"] == 600
    assert found["support_satisfaction_ratio", "north"] == 0.75
    assert found["support_open_tickets", "north", "P1"] == 1
    asked = parse_qs(urlsplit(responses.calls[0].request.url).query)
    assert asked["jql"] == ['project = "SUP" AND updated >= -129600m ORDER BY updated ASC']


TABLES = """apiVersion: sothat/v1
kind: Tables
tables:
  orders:
    http: {path: /orders, rows: items, paging: PAGING}
    columns: {n: {from: n, as: number}}
"""


@responses.activate
@pytest.mark.parametrize(
    ("paging", "second"),
    [
        ("{offset: start, size: 2}", "start=2"),
        ("{page: p, size: 2}", "p=2"),
        ("{link: true}", "after=2"),
    ],
)
def test_the_other_ways_to_turn_a_page(tmp_path, paging, second):
    (tmp_path / "kpis.yaml").write_text(HEAD + kpi("orders", "SELECT sum(n) AS n FROM orders"))
    (tmp_path / "tables.yaml").write_text(TABLES.replace("PAGING", paging))
    name, value = second.split("=")
    more = responses.matchers.query_param_matcher({name: value}, strict_match=False)
    responses.get("https://shop.example/v1/orders", json={"items": [{"n": 4}]}, match=[more])
    link = {"Link": f'<https://shop.example/v1/orders?{second}>; rel="next"'}
    responses.get(
        "https://shop.example/v1/orders", json={"items": [{"n": 1}, {"n": None}]}, headers=link
    )
    source = open_source(
        tmp_path,
        None,
        {"T": "t0ken"},
        kpis="kpis.yaml",
        tables="tables.yaml",
        api={"url": "https://shop.example/v1", "token": {"env": "T"}},
    )
    found, failure = poll(source)
    assert failure is None
    assert found["orders",] == 5
    assert responses.calls[0].request.headers["Authorization"] == "Bearer t0ken"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"tables": "zendesk"}, "missing-key"),
        ({"tables": "zendesk", "url": "sqlite:///a.db"}, "bad-value"),
        ({"tables": "nothing.yaml"}, "unreadable-file"),
        ({"tables": "zendesc"}, "unknown-value"),
        ({"tables": "zendesk", "variables": {"sight": "x"}}, "unknown-key"),
        ({"packs": ["suport"], "url": "sqlite:///a.db"}, "unknown-value"),
        ({"packs": ["energy", "energy-degree-days"], "url": "sqlite:///a.db"}, "name-clash"),
        ({"packs": ["operations"], "url": "sqlite:///a.db"}, "missing-key"),
        ({}, "missing-key"),
        ({"prometheus": "ftp://nowhere", "packs": ["operations"]}, "bad-url"),
        (
            {"tables": "zendesk", "api": {"url": "http://x.example", "token": {"env": "PASSWORD"}}},
            "bad-url",
        ),
        ({"tables": "zendesk", "api": {"url": ZENDESK, "user": "u"}}, "missing-key"),
        (
            {"tables": "zendesk", "api": {"url": ZENDESK, "token": {"env": "NONE"}}},
            "missing-secret",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path, settings, code):
    (tmp_path / "a.db").touch()
    with pytest.raises(Unusable) as caught:
        open_source(tmp_path, None, SECRET, **settings)
    assert caught.value.problems[0].code == code
    assert "s3cret" not in str(caught.value.problems)


@pytest.mark.parametrize(
    ("tables", "code"),
    [
        ("  a: {columns: {n: n}}", "missing-key"),
        ("  a: {http: {path: /x}, columns: {n: 'a[?'}}", "bad-format"),
        ("  a: {http: {path: /$who}, columns: {n: n}}", "unknown-value"),
        ("  a: {http: {path: /x}, key: m, columns: {n: n}}", "unknown-value"),
        ("  a: {http: {path: /x}, columns: {n: {from: n, after: m}, m: m}}", "unknown-value"),
        ("  a: {http: {path: /x, paging: {page: p}}, columns: {n: n}}", "bad-value"),
        ("  a: {http: {path: /x}, columns: {n: n}}\nviews: {v: DELETE FROM a}", "bad-query"),
        ("  a: {http: {path: /x}, columns: {n: n}}\nviews: {v: SELECT :now}", "bad-query"),
        ("  a: {http: {path: /x}, columns: {n: n}}\nviews: {a: SELECT 1}", "name-clash"),
    ],
)
def test_table_files_that_cannot_work_are_refused(tmp_path, tables, code):
    head = "apiVersion: sothat/v1\nkind: Tables\ntables:\n"
    (tmp_path / "tables.yaml").write_text(head + tables)
    with pytest.raises(Unusable) as caught:
        open_source(tmp_path, tables="tables.yaml", api={"url": ZENDESK})
    problem = caught.value.problems[0]
    assert (problem.code, problem.position is not None) == (code, True)
