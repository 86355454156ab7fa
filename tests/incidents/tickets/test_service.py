"""The whole service with a ticket system beside it: what people see, and what they do there."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sothat.commands.incidents import command
from sothat.incidents import kit

from ..conftest import Running, alert, eventually, message  # noqa: TID252 – tests of one tree
from .simulated.github import GitHub
from .simulated.routed import TOKEN

TRACKERS = """\
external_url: http://here.example
trackers:
  issues:
    type: github
    url: {url}
    token: {{file: secrets/github}}
    repository: ops/incidents
    owner: building-operations
    every: 1s
    when: {{priorities: [P1, P2]}}
    fields: {{labels: [incident]}}
"""


@pytest.fixture
def tracked(data: Path) -> Iterator[tuple[Running, GitHub]]:
    """Return a service whose incidents get issues, and where those are."""
    simulation = GitHub()
    simulation.now = int(time.time())
    with kit.provider(simulation) as provider:
        (data / "secrets/github").write_text(TOKEN)
        config = data / "incidents.yaml"
        config.write_text(config.read_text() + TRACKERS.format(url=provider.url))
        running = Running(data)
        running.start()
        yield running, simulation
        assert running.stop() == 0
        assert TOKEN not in (data / "log").read_text()


def test_an_incident_and_its_issue(tracked: tuple[Running, GitHub]) -> None:
    running, simulation = tracked
    # The first look of all begins with what comes after it.
    eventually(lambda: running.sql("SELECT name FROM tracker"))
    assert running.post(message(alert())).ok
    (ticket,) = eventually(lambda: [t for t in running.incident(1)["tickets"] if t["name"]])
    assert ticket == {
        "tracker": "issues",
        "name": "ops/incidents#1",
        "url": "https://github.example/ops/incidents/issues/1",
        "error": "",
    }
    assert simulation.items[0].labels == ["incident", "P2"]
    assert "http://here.example/incidents/1" in simulation.items[0].fields["body"]
    page = running.get("/incidents/1").text
    assert '<a href="https://github.example/ops/incidents/issues/1"' in page
    shown = CliRunner().invoke(command, ["show", "1", "--url", running.url], standalone_mode=False)
    assert "issues: ops/incidents#1 https://github.example/" in shown.output

    simulation.remark(simulation.items[0], "agent", "it was the fuse")
    simulation.give(simulation.items[0], "closed", "agent")
    resolved = eventually(lambda: [i for i in [running.incident(1)] if i["resolved_at"]])[0]
    assert resolved["resolved_by"] == "agent (issues)"
    assert [n["actor"] for n in resolved["timeline"] if n["text"] == "it was the fuse"] == [
        "agent (issues)"
    ]
    waiting = 'incidents_tickets_waiting{tracker="issues"}'
    eventually(lambda: running.metrics()[waiting] == 0)
    metrics = running.metrics()
    assert metrics['incidents_tracker_denied{tracker="issues"}'] == 0
    assert metrics['incidents_tracker_last_success_timestamp_seconds{tracker="issues"}'] > 0
    assert metrics['incidents_ticket_exchanges_total{outcome="done",tracker="issues"}'] > 0


def test_refused_credentials_call_the_owner(tracked: tuple[Running, GitHub]) -> None:
    running, simulation = tracked
    simulation.key = ("authorization", "another")
    (told,) = eventually(running.incidents)
    assert (told["team"], told["labels"]["tracker"]) == ("building-operations", "issues")
    assert running.metrics()['incidents_tracker_denied{tracker="issues"}'] == 1
    paged = "SELECT count(*) FROM outbox WHERE incident_id = 1 AND reason = 'opened'"
    assert running.sql(paged) == [(1,)]
