"""What a terminal shows of an incident."""

from sothat.incidents.terminal import page

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
    "acknowledge_due": "",
    "update_due": "",
    "resolve_due": "",
    "timeline": [],
}


def test_an_incident_leads_to_its_runbook_and_its_panel() -> None:
    shown = page(INCIDENT).splitlines()
    assert f"runbook          {INCIDENT['runbook_url']}" in shown
    assert not any(line.startswith("panel") for line in shown), "an environment without boards"
    panel = "http://127.0.0.1:3000/d/shop"
    assert f"panel            {panel}" in page({**INCIDENT, "dashboard_url": panel}).splitlines()
