"""Every link of the compiled rules leads somewhere in the running loop."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import yaml
from sothat.stack.part import Part
from sothat.stack.plan import Plan, parts_of
from sothat.stack.prepare import Options, make_plan, prepare
from sothat.stack.shipped import shipped
from sothat.stack.tools import ALERTMANAGER, PROMETHEUS, locate

from .conftest import until

GRAFANA_HOME = os.environ.get("SOTHAT_GRAFANA_HOME", "")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not all(locate(tool, os.environ) for tool in (PROMETHEUS, ALERTMANAGER)),
        reason="no Prometheus or Alertmanager here; `sothat doctor` says how to get them",
    ),
]


def planned(data: Path, *, grafana: bool) -> Plan:
    """Return a stack on free ports, its data folder filled and its catalogue compiled."""
    options = Options(shipped("demo/stack.yaml"), data, auto_ports=True, grafana=grafana)
    plan = make_plan(options, os.environ)
    prepare(plan, Event())
    return plan


@contextmanager
def serving(part: Part, output: Path) -> Iterator[None]:
    """Run one part alone until the block ends."""
    with output.open("wb") as log:
        process = subprocess.Popen(part.command, stdout=log, stderr=subprocess.STDOUT)

        def ready() -> bool:
            assert process.poll() is None, output.read_text()
            try:
                return requests.get(part.address.url + part.ready, timeout=5).ok
            except requests.ConnectionError:
                return False

        try:
            until(ready, f"{part.name} to be ready", 240)
            yield
        finally:
            process.terminate()
            process.wait()


@contextmanager
def running(plan: Plan, *names: str) -> Iterator[None]:
    parts = {part.name: part for part in parts_of(plan)}
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(serving(parts[name], plan.data.root / f"{name}.txt"))
        yield


def alerts(plan: Plan) -> Mapping[str, Mapping[str, str]]:
    """Return the annotations of every compiled alert."""
    files = (plan.data.compiled / "prometheus" / "rules").glob("*.yaml")
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    rules = [rule for group in groups for rule in group["rules"]]
    return {rule["alert"]: rule["annotations"] for rule in rules if "alert" in rule}


def asked(url: str) -> Sequence[str]:
    """Return the queries of an address of Prometheus' pages."""
    return [values[0] for key, values in parse_qs(urlsplit(url).query).items() if "expr" in key]


def test_runbooks_and_queries_open(tmp_path: Path) -> None:
    plan = planned(tmp_path / "data", grafana=False)
    annotations = alerts(plan)
    assert len(annotations) > 100
    prometheus = plan.addresses["prometheus"].url
    with running(plan, "incidents", "prometheus"), requests.Session() as session:
        for name, texts in annotations.items():
            page = session.get(texts["runbook_url"], timeout=30)
            assert page.ok, texts["runbook_url"]
            assert name in page.text
            assert texts["dashboard_url"].startswith(f"{prometheus}/graph?")
            assert "{{" not in texts["dashboard_url"]
            assert session.get(texts["dashboard_url"], timeout=30).ok
            (query,) = asked(texts["dashboard_url"])
            answer = session.get(f"{prometheus}/api/v1/query", params={"query": query}, timeout=30)
            assert answer.json()["status"] == "success", query


def test_a_link_without_a_page_is_noticed(tmp_path: Path) -> None:
    """The test above would fail: a page that is not there does not answer 200."""
    plan = planned(tmp_path / "data", grafana=False)
    (plan.data.compiled / "runbooks" / "IotGatewayDown.md").unlink()
    with running(plan, "incidents"):
        url = alerts(plan)["IotGatewayDown"]["runbook_url"]
        assert requests.get(url, timeout=30).status_code == 404


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not GRAFANA_HOME, reason="SOTHAT_GRAFANA_HOME names no Grafana")
def test_panels_open_in_grafana(tmp_path: Path) -> None:
    plan = planned(tmp_path / "data", grafana=True)
    grafana = plan.addresses["grafana"].url
    boards: dict[str, Any] = {}
    with running(plan, "grafana"), requests.Session() as session:
        for name, texts in alerts(plan).items():
            assert texts["dashboard_url"].startswith(f"{grafana}/d/")
            assert session.get(texts["dashboard_url"], timeout=60).ok
            parts = urlsplit(texts["dashboard_url"])
            uid = parts.path.rpartition("/")[2]
            if uid not in boards:
                boards[uid] = titles(board_of(session, f"{grafana}/api/dashboards/uid/{uid}"))
            (number,) = parse_qs(parts.query)["viewPanel"]
            assert boards[uid][int(number)].startswith(f"{name}: ")


def board_of(session: requests.Session, url: str) -> Sequence[Mapping[str, Any]]:
    """Return the panels of a board once Grafana has read its file."""
    until(lambda: session.get(url, timeout=60).ok, f"the board {url}", 240)
    panels: list[Mapping[str, Any]] = session.get(url, timeout=60).json()["dashboard"]["panels"]
    return panels


def titles(panels: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    found = {panel["id"]: panel["title"] for panel in panels}
    for panel in panels:
        found |= titles(panel.get("panels", ()))
    return found
