"""The guide to alerts of one's own: what it shows works as it stands."""

import re
import sqlite3
from pathlib import Path

import pytest
from sothat.commands._main import run

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "your-own.md").read_text()
FILES = re.findall(r"^`([\w/]+\.yaml)`.*?^```yaml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
NOTES = re.search(r"^```markdown\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The reader's folder after the guide's first lines, with every file that it shows."""
    monkeypatch.chdir(tmp_path)
    for folder in ("alert_rules", "runbooks", "secrets"):
        (tmp_path / folder).mkdir()
    for name, text in FILES:
        (tmp_path / name).write_text(text)
    assert NOTES
    (tmp_path / "runbooks" / "ShopOrdersWait.md").write_text(NOTES[1])
    (tmp_path / "secrets" / "webhook-token").write_text("0123456789abcdef\n")
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE orders (site TEXT, shipped_at TEXT)")
    return tmp_path


def test_it_shows_every_file() -> None:
    assert [name for name, _ in FILES] == [
        "exporter.yaml",
        "kpis.yaml",
        "contract.yaml",
        "alert_rules/policy.yaml",
        "alert_rules/shop.yaml",
        "alert_rules/data.yaml",
        "alert_rules/dependencies.yaml",
        "runbooks/restore.yaml",
        "values.yaml",
        "incidents.yaml",
    ]


def test_each_of_its_steps_succeeds(mine: Path) -> None:
    own = ["--catalogue", "alert_rules", "--contract", "contract.yaml", "--values", "values.yaml"]
    assert run(["export", "--config", "exporter.yaml", "--check"]) == 0
    assert run(["check", *own]) == 0
    assert run(["build", *own, "-o", "compiled"]) == 0
    night = ["route", "ShopOrdersWait", *own, "--label", "site=north", "--at"]
    assert run([*night, "2026-12-25T22:00 Europe/Paris"]) == 0
    assert run([*night, "2026-12-22T05:30 Europe/Paris"]) == 1, "maintenance"
    firing = 'PostgresDown{site="north"}'
    assert run([*night, "2026-12-23T12:00Z", "--firing", firing]) == 1, "the cause speaks"
    assert run(["incidents", "serve", "--config", "incidents.yaml", "--check"]) == 0
    rules = (mine / "compiled/prometheus/rules/shop.yaml").read_text()
    assert "business_shop_open_orders > 10" in rules
    tests = list((mine / "compiled/prometheus/tests").glob("*.yaml"))
    assert tests
    for name in ("alertmanager/alertmanager.yml", "dashboards", "runbooks", "manifest.json"):
        assert (mine / "compiled" / name).exists()


def test_without_the_contract_the_alert_is_refused(mine: Path) -> None:
    own = ["--catalogue", "alert_rules", "--values", "values.yaml"]
    assert run(["check", *own]) == 1
