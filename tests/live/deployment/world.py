"""Two servers between an old state and a new one, and what must hold of them at every moment."""

import json
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
import yaml
from sothat.live.applying.deploying import Wish, begin
from sothat.live.applying.engine import Outcome, Report, go_forward
from sothat.live.applying.journal import Entry, Journal
from sothat.live.applying.parts import parts_of
from sothat.live.applying.verifying import Waiting
from sothat.live.planning.planning import make_plan
from sothat.live.reading.compiled import ROUTING, RULES, state_of
from sothat.live.reading.servers import running_state
from sothat.live.reading.target import Server, Target
from sothat.model.artefact import Artefact

from .servers import Running, alertmanager, prometheus

PAGER = "pager"


def rules(*teams: str) -> str:
    """Return a rule file with an alert for each team."""
    alerts = [
        {"alert": f"Down{team}", "expr": "up == 0", "labels": {"team": team, "priority": "P1"}}
        for team in teams
    ]
    group = {"name": "sothat-test-1", "rules": alerts}
    return f"groups:\n{yaml.safe_dump([group], sort_keys=False)}"


def routing(*teams: str) -> str:
    """Return a configuration that pages for some teams, and nobody for all others."""
    route = {"receiver": PAGER, "matchers": [f'team=~"{"|".join(teams)}"']}
    data = {
        "route": {"receiver": "nobody", "routes": [route]},
        "receivers": [
            {"name": "nobody"},
            {"name": PAGER, "webhook_configs": [{"url": "http://127.0.0.1:9/"}]},
        ],
    }
    return str(yaml.safe_dump(data, sort_keys=False))


@dataclass(frozen=True)
class Case:
    """From what to what, by the teams that rules and routing know."""

    name: str
    old_rules: tuple[str, ...]
    old_routing: tuple[str, ...]
    new_rules: tuple[str, ...]
    new_routing: tuple[str, ...]

    @property
    def artefacts(self) -> tuple[Artefact, ...]:
        return (
            Artefact(f"{RULES}test.yaml", rules(*self.new_rules)),
            Artefact(ROUTING, routing(*self.new_routing)),
        )


# Each is safe in one order only.
ROUTING_FIRST = Case("routing first", ("a",), ("a",), ("b",), ("a", "b"))
RULES_FIRST = Case("rules first", ("a",), ("a", "b"), ("b",), ("b",))


class World:
    """The servers of a case."""

    def __init__(
        self, case: Case, folder: Path, prometheus_: str, alertmanager_: str, amtool: str = ""
    ) -> None:
        self.case = case
        self.folder = folder
        self.amtool = amtool
        self.prometheus: Running = prometheus(prometheus_, folder)
        self.alertmanager: Running = alertmanager(alertmanager_, folder)
        self.rules_file = folder / "rules" / "sothat.yaml"
        self.routing_file = folder / "alertmanager.yml"
        self.journal = Journal(folder / "journal")
        self.write_old()

    def write_old(self) -> None:
        self.rules_file.write_text(rules(*self.case.old_rules))
        self.routing_file.write_text(routing(*self.case.old_routing))

    def reset(self) -> None:
        """Go back to the old state by hand, whatever there is."""
        self.write_old()
        for server in (self.prometheus, self.alertmanager):
            server.reload() if server.alive else server.start()

    @property
    def target(self) -> Target:
        return Target(
            Server(self.prometheus.url, file=self.rules_file),
            Server(self.alertmanager.url, file=self.routing_file),
        )

    def wish(self) -> Wish:
        wanted = state_of(self.case.artefacts)
        running = running_state(self.target, wanted)
        now = datetime.now(UTC)
        plan = make_plan(running, wanted, now)
        return Wish(running, wanted, self.case.artefacts, plan, now, "test")

    def begin(self) -> Entry:
        entry, _ = begin(self.target, self.wish(), self.journal, {})
        assert entry is not None
        return entry

    def finish(self, entry: Entry, report: Report, seconds: float = 30) -> Outcome:
        parts = parts_of(entry, self.target, self.journal, Waiting(seconds))
        return go_forward(self.journal, entry, parts, report)

    def apply(self, report: Report, seconds: float = 30) -> Outcome:
        return self.finish(self.begin(), report, seconds)

    def unchanged(self) -> bool:
        return self.wish().plan.empty

    def target_file(self) -> Path:
        file = self.folder / "target.yaml"
        data: Mapping[str, Any] = {
            "apiVersion": "sothat/v1",
            "kind": "Deployment",
            "prometheus": {"url": self.prometheus.url, "rules_file": str(self.rules_file)},
            "alertmanager": {"url": self.alertmanager.url, "config_file": str(self.routing_file)},
            "journal": str(self.journal.folder),
            "wait": "30s",
        }
        file.write_text(yaml.safe_dump(data))
        return file

    def compiled(self) -> Path:
        folder = self.folder / "compiled"
        for artefact in self.case.artefacts:
            file = folder / artefact.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(artefact.text)
        return folder

    def loaded_teams(self) -> tuple[str, ...]:
        """Return the teams of the alerts that Prometheus evaluates."""
        groups = requests.get(f"{self.prometheus.url}/api/v1/rules", timeout=30).json()["data"]
        return tuple(rule["labels"]["team"] for g in groups["groups"] for rule in g["rules"])

    def receivers(self, **labels: str) -> list[str]:
        """Return whom the real Alertmanager would tell, asked by its own tool."""
        words = [f"--alertmanager.url={self.alertmanager.url}", "config", "routes", "test"]
        pairs = [f"{name}={value}" for name, value in labels.items()]
        done = subprocess.run(
            [self.amtool, *words, *pairs], capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.split()

    def assert_somebody_is_paged(self) -> None:
        """All alerts that run are old ones or new ones, and each of them reaches the pager."""
        teams = self.loaded_teams()
        assert teams in (self.case.old_rules, self.case.new_rules)
        for team in teams:
            assert self.receivers(alertname=f"Down{team}", team=team) == [PAGER], team

    def assert_files_are_whole(self) -> None:
        """Each file is the old one or the new one."""
        groups = yaml.safe_load(self.rules_file.read_text())["groups"]
        teams = tuple(rule["labels"]["team"] for group in groups for rule in group["rules"])
        assert teams in (self.case.old_rules, self.case.new_rules)
        assert self.routing_file.read_text() in (
            routing(*self.case.old_routing),
            routing(*self.case.new_routing),
        )

    def is_old(self) -> bool:
        return self.loaded_teams() == self.case.old_rules and all(
            PAGER in self.receivers(team=team) for team in self.case.old_routing
        )

    def status(self) -> str:
        return str(json.loads((self.journal.folder / "journal.json").read_text())["status"])


def quiet(_number: int, _of: int, _name: str) -> None:
    """Report to nobody."""


def step_names(world: World) -> list[str]:
    """Return the steps of a whole apply, which leaves the new state."""
    names: list[str] = []
    assert world.apply(lambda _n, _of, name: names.append(name)).applied
    return names


def at(number: int, act: Callable[[], None]) -> Report:
    """Return a report that acts once, just before a step of the way forward."""

    def report(now: int, _of: int, name: str) -> None:
        if now == number and not name.startswith("back"):
            with suppress(ProcessLookupError):
                act()

    return report
