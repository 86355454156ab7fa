"""What a terminal shows of an incident."""

import re
from typing import Any

import pytest
from sothat.incidents.terminal import audit, page, table

INCIDENT = {
    "id": 7,
    "priority": "P1",
    "state": "open",
    "title": "The shop answers with errors",
    "where": "site=north",
    "if": "Requests fail",
    "do": "Roll back",
    "so_that": "",
    "runbook_url": "http://127.0.0.1:9781/runbooks/ShopRequestsFail",
    "dashboard_url": "",
    "team": "shop",
    "acknowledged_by": "",
    "resolved_by": "",
    "deadlines": [],
    "timeline": [],
}


def test_an_incident_leads_to_its_runbook_and_its_panel() -> None:
    shown = page(INCIDENT).splitlines()
    assert f"runbook          {INCIDENT['runbook_url']}" in shown
    assert not any(line.startswith("panel") for line in shown), "an environment without boards"
    panel = "http://127.0.0.1:3000/d/shop"
    assert f"panel            {panel}" in page({**INCIDENT, "dashboard_url": panel}).splitlines()


CLOCK = {
    "clock": "resolve",
    "due": "2026-01-05T12:00:00.5Z",
    "met_at": None,
    "breached": False,
    "paused": False,
    "remaining_seconds": 7500.0,
    "overdue_seconds": 0.0,
    "why": [{"text": "Due Mon 12:00"}],
}


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({}, "2026-01-05T12:00:00Z, 2 h 5 min left of the time that counts"),
        ({"overdue_seconds": 90061.0}, "2026-01-05T12:00:00Z, overdue by 1 d 1 h"),
        ({"paused": True}, "paused: it waits on the customer"),
        ({"met_at": "2026-01-05T11:00:00Z"}, "in time, 2026-01-05T11:00:00Z, due 2026-01-05T12:"),
        ({"met_at": "2026-01-05T13:00:00Z", "breached": True}, "late, 2026-01-05T13:00:00Z, due"),
    ],
)
def test_a_clock_says_how_it_stands(change: dict[str, Any], shown: str) -> None:
    text = page({**INCIDENT, "deadlines": [{**CLOCK, **change}]})
    assert f"resolve          {shown}" in text
    assert "Due Mon" not in text
    assert "Due Mon" in page({**INCIDENT, "deadlines": [{**CLOCK, **change}]}, why=True)


def test_colours_keep_columns_in_line() -> None:
    rows = [
        {**INCIDENT, "id": n, "state": state, "opened_at": "2026-01-05T11:00:00Z"}
        for n, state in enumerate(("open", "acknowledged"))
    ]
    data = {"incidents": [{**row, "resolved_at": None} for row in rows], "next": ""}
    painted = table(data, lambda text, what: f"<{what}>{text}</>")
    assert "<P1>P1      </>" in painted
    assert re.sub(r"<[^>]*>", "", painted) == table(data)


def test_a_list_that_goes_on_says_how() -> None:
    row = {**INCIDENT, "opened_at": "2026-01-05T11:00:00Z", "resolved_at": None}
    assert table({"incidents": [row], "next": "abc"}).endswith("more with --all, or --cursor abc")


def test_an_entry_of_the_audit_log_cannot_steer_the_terminal() -> None:
    entry = {"at": "2026", "caller": "x", "role": "admin", "action": "note", "incident": 7}
    found = audit({"entries": [{**entry, "outcome": "done", "detail": {"note": "a\x1b[31m"}}]})
    assert found == "2026  x (admin) note #7 done  note: a\N{REPLACEMENT CHARACTER}[31m"
