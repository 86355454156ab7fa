"""The example that docs/exporters.md leads through is one that works."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from sothat.commands.export import command
from sothat.runtime.documents import parse_document

ROOT = Path(__file__).parents[2]
SECRETS = {
    "postgresql": "a",
    "mysql": "b",
    "redis": "c",
    "shop-url": "postgresql://sothat:a@127.0.0.1:5432/shop",
    "scrape-password": "d",
}


@pytest.fixture
def folder(tmp_path):
    copied = shutil.copytree(ROOT / "examples" / "exporters", tmp_path / "mine")
    (copied / "secrets").mkdir()
    for name, text in SECRETS.items():
        (copied / "secrets" / name).write_text(text)
    return copied


def check(folder):
    return CliRunner().invoke(command, ["--config", str(folder / "exporter.yaml"), "--check"])


def test_it_is_accepted(folder):
    checked = check(folder)
    assert checked.exit_code == 0, checked.output
    assert "host, posture, postgresql, mysql, redis, network, business" in checked.output


@pytest.mark.parametrize("name", sorted(SECRETS.keys() - {"scrape-password"}))
def test_each_secret_is_needed(folder, name):
    (folder / "secrets" / name).unlink()
    assert f"secrets/{name} cannot be read" in str(check(folder).exception)


def test_the_page_names_every_secret():
    page = (ROOT / "docs" / "exporters.md").read_text()
    assert not [name for name in SECRETS if f"secrets/{name}" not in page]


def test_prometheus_takes_its_configuration(folder):
    promtool = shutil.which("promtool")
    if not promtool:
        pytest.skip("promtool is not installed")
    (folder / "server.crt").write_text("")
    asked = [promtool, "check", "config", "--syntax-only", str(folder / "prometheus.yaml")]
    checked = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_relabelling_is_what_the_reference_says(folder):
    reference = (ROOT / "docs" / "reference" / "exporter.md").read_text()
    scrapes = parse_document((folder / "prometheus.yaml").read_text(), "example").data
    listed, probed = scrapes["scrape_configs"]
    for rules in (listed["metric_relabel_configs"], probed["relabel_configs"]):
        for rule in rules:
            assert rule in written(reference)


def written(page):
    lines = re.findall(r"^ +- (\{(?:source_labels|target_label).*\})$", page, re.MULTILINE)
    return [parse_document(line, "page").data for line in lines]
