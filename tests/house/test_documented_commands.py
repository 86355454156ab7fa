"""The commands that the reference shows are run as they stand, and say what it says."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The reference of all commands shows their own examples: those are typed by tests/commands.
PAGES = sorted(
    page for page in (ROOT / "docs" / "reference").glob("*.md") if page.name != "commands.md"
)
DATA = ROOT / "tests" / "generator" / "data"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# In a shell's block, or in a step of a pipeline.
COMMAND = re.compile(
    r"^ *(?:- )?(?:run: |entry: )?(sothat (?:check|import|contract|build|explain|route)\b.*)$"
)
EXIT = re.compile(r"# exit (\d)$")

RULES = """\
groups:
  - name: hosts
    rules:
      - alert: HostDiskBusy
        expr: rate(node_disk_io_time_secnds_total[5m]) > 0.9
        for: 10m
        labels: {severity: page}
        annotations:
          summary: "{{ $labels.device }} of {{ $labels.instance }} is busy"
      - alert: HostFlapping
        expr: avg_over_time(up{job="node"}[1h]) < 95
        labels: {severity: ticket}
        annotations:
          summary: "{{ $labels.instance }} comes and goes"
"""
DISKS = """\
groups:
  - name: disks
    rules:
      - alert: HostDiskBusy
        expr: rate(node_disk_io_time_secnds_total[5m]) > 0.9
        for: 10m
        annotations:
          summary: A disk is busy
          description: "{{ $labels.device }} of {{ $labels.instance }} has been busy for long."
"""
SITES = """\
groups:
  - name: sites
    rules:
      - record: site:node_load1:sum
        expr: sum by (site) (node_load1)
"""
BOARD = """\
{
  "title": "Hosts",
  "panels": [
    {
      "type": "timeseries",
      "title": "Idle",
      "targets": [{"expr": "rate(node_cpu_seconds_total{mode=\\"idel\\"}[5m])"}]
    }
  ]
}
"""
ALERTMANAGER = """\
route:
  receiver: everybody
  group_by: [alertname, cluster]
  routes:
    - {receiver: night, matchers: [team="db"], active_time_intervals: [night], continue: true}
    - {receiver: db, matchers: [team="db"], mute_time_intervals: [sunday]}
    - {receiver: web, matchers: [team="web"]}
receivers:
  - {name: everybody, webhook_configs: [{url: "https://chat.example.org/secret"}]}
  - {name: night, webhook_configs: [{url: "https://hooks.example.org/secret"}]}
  - {name: db, slack_configs: [{channel: "#db", api_url_file: /etc/slack}]}
  - {name: web, slack_configs: [{channel: "#web", api_url_file: /etc/slack}]}
inhibit_rules:
  - {source_matchers: [alertname="HostDown"], target_matchers: [team=~".+"], equal: [instance]}
time_intervals:
  - name: night
    time_intervals:
      - times: [{start_time: "22:00", end_time: "24:00"}]
        location: Europe/Berlin
  - {name: sunday, time_intervals: [{weekdays: [sunday], location: Europe/Berlin}]}
"""
EXPOSITION = """\
# HELP pump_up Whether the pump answered
# TYPE pump_up gauge
pump_up{pump="a"} 1
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a page, its exit code, and what it prints where that is shown."""

    line: str
    code: int
    output: str = ""


def steps(text: str) -> list[Step]:
    """Return the commands of a page; output follows in a block of its own, after one command."""
    found: list[Step] = []
    last: list[Step] = []
    for language, body in BLOCK.findall(text):
        if language in ("text", "json") and len(last) == 1:
            found[-1] = Step(last[0].line, last[0].code, body)
        runs = body.splitlines() if language in ("sh", "yaml") else ()
        last = [_step(match[1], language) for match in map(COMMAND.match, runs) if match]
        found += last
    return found


def _step(line: str, language: str) -> Step:
    stated = EXIT.search(line)
    # A pipeline fails where there are problems, and the prepared files have some.
    return Step(line, int(stated[1]) if stated else int(language == "yaml"))


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder with the files that the pages speak of."""
    shutil.copytree(DATA / "small", tmp_path, dirs_exist_ok=True)
    shutil.copy(DATA / "contracts" / "plant.yaml", tmp_path / "our-exporter.yaml")
    files = {
        "rules/hosts.yaml": RULES,
        "disks.yaml": DISKS,
        "sites.yaml": SITES,
        "boards/hosts.json": BOARD,
        "metrics.txt": EXPOSITION,
        "alertmanager.yml": ALERTMANAGER,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(line: str, folder: Path) -> tuple[int, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S602 – a page's reader pastes it into a shell as well
        line,
        shell=True,
        cwd=folder,
        env={**os.environ, "PATH": path},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "page", [p for p in PAGES if steps(p.read_text("utf-8"))], ids=lambda p: p.stem
)
def test_commands_do_what_their_page_says(page: Path, workplace: Path) -> None:
    for step in steps(page.read_text(encoding="utf-8")):
        code, output = run(step.line, workplace)
        assert code == step.code, f"{step.line}\n{output}"
        if step.output:
            assert output == step.output, step.line


def test_the_page_of_the_check_shows_each_format() -> None:
    shown = steps((ROOT / "docs" / "reference" / "check.md").read_text(encoding="utf-8"))
    for form in ("json", "sarif", "github"):
        assert any(f"--format {form} " in step.line and step.output for step in shown), form
