"""The whole shipped catalogue: our replay and the real rule engine agree on every transition.

The history is that of the catalogue's own tests, one after the other: each alert gets what makes it
fire. What Prometheus would have recorded beside is recorded here, as it does it: in the order of
the rules, at each evaluation, with an end where a series ends.
"""

import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sothat.generator.checked import CheckedCatalogue, installed_checks
from sothat.generator.compile import compile_catalogue, installed_inputs
from sothat.generator.groups import recording_groups
from sothat.generator.promql import matchers_of, parse
from sothat.generator.values import Values
from sothat.live.backtest.asking import Asker
from sothat.live.backtest.recorded import Recordings, names_read
from sothat.live.backtest.replay import Replay, replay
from sothat.live.backtest.rulebook import of_catalogue
from sothat.live.backtest.subject import Grid, Subject
from sothat.model.duration import format_duration, parse_duration
from sothat.runtime.prometheus import Prometheus

from .history import Made, prometheus, tool, write

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "compiled" / "prometheus" / "tests"
ITEM = re.compile(r"(?P<first>[^\s+x]+?)(?:(?P<by>[+-][^\sx]+))?x(?P<more>\d+)")
LONGEST = 500
GAP = 12
CONFIG = "storage: {tsdb: {out_of_order_time_window: 9y}}\nscrape_configs: []\n"
ERROR = re.compile(r"rule: (\S+), time: ")

Points = dict[int, float]


@dataclass(frozen=True)
class Case:
    """One of the catalogue's tests: an alert, and series by evaluations."""

    alert: str
    step: int
    series: Mapping[str, Sequence[float | None]]

    @property
    def length(self) -> int:
        return max(map(len, self.series.values()), default=GAP)


def cases() -> Iterator[Case]:
    """Yield for each alert the shortest test in which it fires."""
    best: dict[str, Case] = {}
    for file in sorted(TESTS.glob("*.yaml")):
        whole = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)
        for test in whole["tests"]:
            one = case(test)
            if one and (one.alert not in best or one.length < best[one.alert].length):
                best[one.alert] = one
    yield from best.values()


def case(test: Mapping[str, Any]) -> Case | None:
    fires = any(part.get("exp_samples") for part in test.get("promql_expr_test", ()))
    series = {one["series"]: one["values"] for one in test["input_series"]}
    if not fires or any("{{" in str(values) for values in series.values()):
        return None
    found = {name: list(expanded(str(values))) for name, values in series.items()}
    step = round(parse_duration(test["interval"]) * 1000)
    one = Case(test["name"].partition(":")[0], step, found)
    return one if one.length <= LONGEST else None


def expanded(values: str) -> Iterator[float | None]:
    for word in values.split():
        match = ITEM.fullmatch(word)
        if word in ("_", "stale"):
            yield None
        elif match is None:
            yield float(word)
        elif match["first"] == "_":
            yield from [None] * int(match["more"])
        else:
            first, by = float(match["first"]), float(match["by"] or 0)
            yield from (first + by * n for n in range(int(match["more"]) + 1))


@dataclass(frozen=True)
class History:
    """Cases of one domain and step, one after the other."""

    domain: str
    step: int
    count: int
    series: Mapping[str, Points]


def histories(found: Sequence[Case], domains: Mapping[str, str]) -> Iterator[History]:
    together: dict[tuple[str, int], list[Case]] = defaultdict(list)
    for one in found:
        together[domains[one.alert], one.step].append(one)
    for (domain, step), several in sorted(together.items()):
        series: dict[str, Points] = defaultdict(dict)
        at = 0
        for one in several:
            for name, values in one.series.items():
                numbered = enumerate(values, at)
                series[name].update({n: v for n, v in numbered if v is not None})
            at += one.length + GAP
        yield History(domain, step, at, series)


@pytest.fixture(scope="module")
def catalogue() -> CheckedCatalogue:
    return compile_catalogue(installed_inputs(None, Values()), installed_checks())


RELEASES = [None, os.environ.get("SOTHAT_CURRENT_TOOLS", "")]


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("tools", RELEASES, ids=["oldest", "current"])
def test_every_transition_of_the_catalogue(
    tools: str | None, tmp_path: Path, catalogue: CheckedCatalogue
) -> None:
    if tools == "":
        pytest.skip("no current release (make tools)")
    fired: set[str] = set()
    evaluations = transitions = 0
    domains = {alert.name: alert.domain for alert in catalogue.catalogue.alerts}
    for number, history in enumerate(histories(list(cases()), domains)):
        folder = tmp_path / str(number)
        folder.mkdir()
        replays = compared(folder, history, catalogue, tools)
        lives = [(one, e) for one in replays for _, e in one.episodes()]
        fired |= {one.subject.name for one, e in lives if e.fired is not None}
        evaluations += history.count * len(replays)
        transitions += sum((e.fired is not None) + (e.ended is not None) + 1 for _, e in lives)
    print(f"{len(fired)} alerts fired; {evaluations} evaluations, {transitions} transitions agree")
    lacking = {alert.name for alert in catalogue.catalogue.alerts} - fired
    assert len(lacking) < 20, f"these had no trial: {sorted(lacking)}"


def compared(
    folder: Path, history: History, catalogue: CheckedCatalogue, tools: str | None
) -> list[Replay]:
    """Hold our replay of a history against promtool's evaluation of it."""
    grid = Grid(0, history.step, history.count)
    book = of_catalogue(catalogue)
    subjects = [one for one in book.subjects if one.labels["domain"] == history.domain]
    read = needed([one.expr for one in subjects], book.recordings)
    records = [
        (each.record, each.expr)
        for group in recording_groups(catalogue.catalogue)
        for each in group.rules
        if each.record in read
    ]
    with prometheus(folder, tools=tools, rules=CONFIG) as url:
        write(url, [made(name, points, history.step) for name, points in history.series.items()])
        client = Prometheus(url, timeout=120)
        for name, expr in records:
            record(client, url, name, expr, grid)
        asker = Asker(client, lambda: 0.0, lambda _: None)
        replays = [replay(subject, grid, asker) for subject in subjects]
    failed = {one.subject.name for one in replays if one.reason}
    judge(folder, history, [r for r in replays if r.subject.name not in failed], records, tools)
    return replays


def needed(expressions: Sequence[str], records: Recordings) -> set[str]:
    """Return the records that expressions read, at first or second hand."""
    found: set[str] = set()
    waiting = list(expressions)
    while waiting:
        for name in {*names_read(waiting.pop())} & {*records} - found:
            found.add(name)
            waiting += [one.expr for one in records[name]]
    return found


def made(selector: str, points: Points, step: int) -> Made:
    node = parse(selector)
    labels = {m.name: m.value for m in matchers_of(node)}
    return Made(
        {**labels, "__name__": node.name}, [(n * step, v) for n, v in sorted(points.items())]
    )


def record(client: Prometheus, url: str, name: str, expr: str, grid: Grid) -> None:
    """Record a rule's series as Prometheus would have."""
    found = client.range(expr, 0, grid.end / 1000, grid.step / 1000)
    series = []
    for one in found:
        there = {round(at * 1000): value for at, value in one.points}
        ends = {at + grid.step: None for at in there if at + grid.step not in there}
        points = sorted({**there, **ends}.items())
        series.append(Made({**one.labels, "__name__": name}, points))
    if series:
        write(url, series)


def judge(
    folder: Path,
    history: History,
    replays: Sequence[Replay],
    records: Sequence[tuple[str, str]],
    tools: str | None,
) -> None:
    rules = [{"record": name, "expr": expr} for name, expr in records]
    rules += [rule(one.subject) for one in replays]
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": rules}]}))
    test = {
        "interval": format_duration(history.step / 1000),
        "input_series": [
            {"series": name, "values": values(points, history.count)}
            for name, points in history.series.items()
        ],
        "promql_expr_test": list(expectations(history, replays)),
    }
    every = test["interval"]
    whole = {"rule_files": ["rules.yaml"], "evaluation_interval": every, "tests": [test]}
    (folder / "test.yaml").write_text(yaml.dump(whole, Dumper=yaml.CSafeDumper))
    command = [tool("promtool", tools), "test", "rules", str(folder / "test.yaml")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]


def rule(subject: Subject) -> dict[str, Any]:
    return {
        "alert": subject.name,
        "expr": subject.expr,
        "for": format_duration(subject.lasts / 1000),
        "keep_firing_for": format_duration(subject.keeps / 1000),
        "labels": dict(subject.labels),
    }


def values(points: Points, count: int) -> str:
    return " ".join(repr(points[n]) if n in points else "_" for n in range(count))


def expectations(history: History, replays: Sequence[Replay]) -> Iterator[dict[str, Any]]:
    """Yield what ALERTS must hold at each evaluation."""
    there: dict[int, list[str]] = defaultdict(list)
    for one in replays:
        for labels, episode in one.episodes():
            for at in range(
                episode.active, episode.ended or history.count * history.step, history.step
            ):
                firing = episode.fired is not None and episode.fired <= at
                pairs = sorted([*labels, ("alertstate", "firing" if firing else "pending")])
                inside = ",".join(f"{k}={yaml_quoted(v)}" for k, v in pairs)
                there[at].append(f"ALERTS{{{inside}}}")
    for number in range(history.count):
        at = number * history.step
        yield {
            "expr": "ALERTS",
            "eval_time": format_duration(at / 1000),
            "exp_samples": [{"labels": labels, "value": 1} for labels in there[at]],
        }


def yaml_quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
