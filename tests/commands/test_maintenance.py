"""``sothat maintenance``: a night of work as a person types it."""

from pathlib import Path

import pytest
import responses
from click.testing import CliRunner, Result
from sothat.commands.maintenance import command

PLAN = Path(__file__).parents[1] / "maintenance" / "data" / "maintenance.yaml"
PROMETHEUS = "http://127.0.0.1:9090"


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """Return the plan of a team without clients, of whom the shipped policy has none."""
    file = tmp_path / "maintenance.yaml"
    text = PLAN.read_text(encoding="utf-8")
    text = text.replace("    clients: [harbour, island]\n", "").replace("office", "head-office")
    text = text.replace("2027-01-", "2038-01-")
    file.write_text(text.replace("2026-12-", "2037-12-"), encoding="utf-8")
    return file


def run(plan: Path, *arguments: str) -> Result:
    told = {"SOTHAT_MAINTENANCE_PLAN": str(plan), "USER": "night-shift"}
    return CliRunner(env=told).invoke(command, arguments, standalone_mode=False)


def good(plan: Path, *arguments: str) -> str:
    found = run(plan, *arguments)
    assert found.exception is None, found.output
    assert not found.return_value, found.output
    return found.output


def answer(value: str) -> None:
    data = {"resultType": "vector", "result": [{"metric": {}, "value": [1, value]}]}
    body = {"status": "success", "data": data}
    responses.add("POST", f"{PROMETHEUS}/api/v1/query", json=body)


@responses.activate
def test_a_night_of_work(plan: Path) -> None:
    refused = run(plan, "start", "db-minor")
    assert refused.return_value == 1
    assert "not passed before the work: replica is near, backup" in refused.output
    answer("3")
    asked = ("--prometheus", PROMETHEUS)
    left = run(plan, "verify", "db-minor", "before", *asked)
    assert left.return_value == 1
    assert "left: backup – the backup of today is there" in left.output
    good(plan, "verify", "db-minor", "before", "--confirm", "backup", *asked)
    assert "started" in good(plan, "start", "db-minor")
    responses.reset()
    answer("0")
    failed = run(plan, "verify", "db-minor", "after", *asked)
    assert failed.return_value == 1
    assert "NOT passed  0" in failed.output
    ending = ("--outcome", "rolled-back", "--problems", "it did not start", "--cost", "80")
    good(plan, "finish", "db-minor", *ending, "--incident", "7")
    found = good(plan, "records", "start not")
    assert found.count("\n") == 1
    assert "rolled-back  it did not start  incident 7  80 EUR  by night-shift" in found
    assert '"state": "rolled-back"' in good(plan, "list", "--json")


def test_unknown_names_are_guessed(plan: Path) -> None:
    found = run(plan, "note", "db-mino", "hello")
    assert "there is no work 'db-mino'" in str(found.exception)
    assert "db-minor" in found.exception.problems[0].hint  # type: ignore[union-attr]


def test_routine_is_ticked_off_by_number_or_text(plan: Path) -> None:
    good(plan, "routine", "tick", "morning-round", "1", "read the night's incidents")
    assert good(plan, "routine", "list").count("[x]") == 2


def test_the_plan_is_held_against_the_policy(plan: Path) -> None:
    assert "fine" in good(plan, "check")
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text.replace("ends: 2037-12-06T03:00", "ends: 2037-12-06T09:00"))
    assert run(plan, "check").return_value == 1


def test_windows_drafts_and_calendar(plan: Path, tmp_path: Path) -> None:
    assert "announce by" in good(plan, "windows", "--ahead", "5w")
    file = tmp_path / "plan.ics"
    file.write_text(good(plan, "calendar"), encoding="utf-8")
    shown = good(plan, "drafts", str(file), "--time-zone", "Europe/Berlin", "--ahead", "9y")
    assert shown == "works: []\n", "the works are further ahead"
