"""The drill finds a loop that works, and says what is wrong with one that does not; migrate."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sothat.commands.incidents import command
from sothat.incidents.store.engines import writer_engine
from sqlalchemy import text

from .conftest import TOKEN, Running, alert, eventually, message
from .databases import database  # noqa: F401 – all tests of this module run on both


def sothat(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(a) for a in arguments], standalone_mode=False)


def drill(url: str, token: Path, *more: object) -> Result:
    return sothat("drill", "--url", url, "--webhook-token-file", token, *more)


def test_a_drill_leaves_an_ended_incident_that_was_told_of(service: Running) -> None:
    token = service.data / "secrets/webhook-token"
    result = drill(service.url, token, "--json")
    told = json.loads(result.output)
    found = service.incident(told["incident"])
    assert (found["state"], found["priority"]) == ("resolved", "P4")
    assert found["labels"]["drill"] == told["drill"]
    eventually(
        lambda: any(e["kind"] == "notified" for e in service.incident(found["id"])["timeline"])
    )
    again = json.loads(drill(service.url, token, "--json").output)
    assert again["incident"] != told["incident"]


def test_a_wrong_token_and_a_service_that_is_gone(service: Running, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text(TOKEN[::-1])
    problem = drill(service.url, wrong).exception.problems[0]
    assert (problem.code, "401" in problem.message) == ("not-the-service", True)
    assert service.stop() == 0
    problem = drill(service.url, service.data / "secrets/webhook-token").exception.problems[0]
    assert problem.code == "no-answer"


def test_migrate_makes_the_schema_that_the_service_then_finds(data: Path) -> None:
    (data / "compiled/incidents/policy.json").rename(data / "elsewhere")
    config = data / "incidents.yaml"
    first = sothat("migrate", "--config", config)
    assert first.output.startswith("the store's schema is at 0")
    assert sothat("migrate", "--config", config).output == first.output
    (data / "elsewhere").rename(data / "compiled/incidents/policy.json")
    running = Running(data)
    running.start()
    assert running.post(message(alert())).status_code == 200
    assert running.stop() == 0


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_migrate_while_the_service_runs(service: Running) -> None:
    assert sothat("migrate", "--config", service.data / "incidents.yaml").exit_code == 0
    assert service.post(message(alert())).status_code == 200


@pytest.mark.parametrize(
    ("revision", "fits"), [("9999-0001", True), ("9999-9998", False), ("9999", False)]
)
def test_a_release_is_rolled_back_over_what_was_only_added(
    data: Path, store: str, revision: str, *, fits: bool
) -> None:
    """The store as a newer release leaves it: its revision, and a table and a column of its own."""
    config = data / "incidents.yaml"
    sothat("migrate", "--config", config)
    engine = writer_engine(store)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE novelty (id INTEGER)")
        connection.exec_driver_sql("ALTER TABLE incident ADD COLUMN novel INTEGER DEFAULT 0")
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    engine.dispose()
    result = sothat("migrate", "--config", config)
    checked = sothat("serve", "--check", "--config", config)
    if not fits:
        assert {p.code for r in (result, checked) for p in r.exception.problems} == {"store-newer"}
        return
    assert (result.output, checked.exit_code) == (f"the store's schema is at {revision}\n", 0)
    running = Running(data)
    running.start()
    assert running.post(message(alert())).status_code == 200
    assert len(running.incidents()) == 1
    assert running.stop() == 0


@pytest.fixture
def store(data: Path, database: str) -> str:  # noqa: F811
    """Return the URL of the store of the configuration."""
    return database.replace("sqlite:///", f"sqlite:///{data}/")


def test_migrate_names_what_is_wrong(data: Path) -> None:
    config = data / "incidents.yaml"
    config.write_text(config.read_text().replace("store:", "stoer:"))
    assert {p.code for p in sothat("migrate", "--config", config).exception.problems} == {
        "missing-key",
        "unknown-key",
    }
