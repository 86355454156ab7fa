"""Our replay of a real Prometheus' history and the real rule engine agree on each evaluation."""

import dataclasses
import math
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

import yaml
from sothat.live.backtest.asking import Asker
from sothat.live.backtest.labelling import LabelSet
from sothat.live.backtest.recorded import expanded
from sothat.live.backtest.replay import Replay, replay
from sothat.live.backtest.rulebook import of_files
from sothat.live.backtest.subject import Grid
from sothat.runtime.prometheus import Prometheus

from .history import Made, prometheus, tool, write

STEP = 60_000
RULES = """
groups:
  - name: g
    rules:
      - {record: "job:m:sum", expr: "sum by (job) (m)"}
      - {alert: Plain, expr: m > 5}
      - {alert: Pending, expr: m > 5, for: 3m}
      - {alert: Kept, expr: m > 5, for: 2m, keep_firing_for: 4m}
      - {alert: KeptAtOnce, expr: m < 2, keep_firing_for: 90s}
      - {alert: Odd, expr: m >= 4, for: 90s, keep_firing_for: 150s}
      - {alert: Gone, expr: 'absent(m{a="1"})', for: 5m}
      - {alert: Labelled, expr: m > 6, labels: {job: other, b: "", extra: "{{ $labels.job }}-x"}}
      - {alert: Both, expr: 'm > 5 and on (job) job:m:sum > 12', for: 1m}
      - {alert: Without, expr: 'm > 4 unless m > 7', for: 1m, keep_firing_for: 1m}
      - {alert: Window, expr: 'avg_over_time(m[5m]) < 3', for: 4m}
      - {alert: Alone, expr: 'm{a="2"} > 6', for: 2m, labels: {a: ""}}
      - {alert: Number, expr: 'm / 0 > 3', for: 2m}
      - {alert: Clock, expr: vector(time()) % 600 > 240}
"""


def test_each_evaluation_is_as_the_real_engine_has_it(tmp_path: Path) -> None:
    series = made_series(Random(13), 240)  # noqa: S311 – the same each time
    (tmp_path / "rules.yaml").write_text(RULES)
    with prometheus(tmp_path) as url:
        write(url, series)
        replays = replayed(Prometheus(url), tmp_path / "rules.yaml", 240, most=100)
    fired = {r.subject.name for r in replays if any(e.fired for _, e in r.episodes())}
    assert fired == {r.subject.name for r in replays}, "each alert has its trial"
    judge(tmp_path, series, replays, 240)


def made_series(random: Random, count: int) -> list[Made]:
    """Return series that come, go, flap, are marked stale or just end."""
    names = [("m", "1", "x"), ("m", "2", "x"), ("m", "3", "y"), ("n", "1", "x"), ("n", "9", "y")]
    return [
        Made({"__name__": name, "a": a, "job": job}, list(walk(random, count)))
        for name, a, job in names
    ]


def walk(random: Random, count: int) -> Iterator[tuple[int, float | None]]:
    value, silent = 4.0, 0
    for number in range(count):
        value = min(9.0, max(0.0, value + random.choice([-2, -1, 0, 0, 1, 2])))
        if silent:
            silent -= 1
        elif random.random() < 0.03:
            silent = random.choice([2, 7, 12])
            if random.random() < 0.5:
                yield number * STEP, None
        else:
            yield number * STEP, math.nan if random.random() < 0.01 else value


def replayed(client: Prometheus, rules: Path, count: int, *, most: int = 11_000) -> list[Replay]:
    grid = Grid(0, STEP, count)
    asker = Asker(client, lambda: 0.0, lambda _: None, most)
    book = of_files([rules])
    subjects = [
        dataclasses.replace(s, expr=expanded(s.expr, book.recordings, book.recordings))
        for s in book.subjects
    ]
    return [replay(subject, grid, asker) for subject in subjects]


def states(replays: Sequence[Replay], at: int) -> Iterator[tuple[LabelSet, str]]:
    for one in replays:
        for labels, episode in one.episodes():
            if episode.active <= at and (episode.ended is None or at < episode.ended):
                firing = episode.fired is not None and episode.fired <= at
                yield labels, "firing" if firing else "pending"


def judge(folder: Path, series: Sequence[Made], replays: Sequence[Replay], count: int) -> None:
    """Let promtool evaluate the rules, and hold its ALERTS against ours at each evaluation."""
    cases = [
        {
            "expr": "ALERTS",
            "eval_time": f"{number}m",
            "exp_samples": [
                {"labels": text("ALERTS", dict([*labels, ("alertstate", state)])), "value": 1}
                for labels, state in states(replays, number * STEP)
            ],
        }
        for number in range(count)
    ]
    test = {
        "interval": "1m",
        "input_series": [
            {"series": text(one.labels["__name__"], one.labels), "values": values(one, count)}
            for one in series
        ],
        "promql_expr_test": cases,
    }
    file = folder / "test.yaml"
    whole = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [test]}
    file.write_text(yaml.safe_dump(whole))
    done = subprocess.run(
        [tool("promtool"), "test", "rules", str(file)],
        check=False,
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]


def text(name: str, labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{k}="{v}"' for k, v in sorted(labels.items()) if k != "__name__")
    return f"{name}{{{inside}}}"


def values(one: Made, count: int) -> str:
    points = dict(one.points)
    return " ".join(word(points[n * STEP]) if n * STEP in points else "_" for n in range(count))


def word(value: float | None) -> str:
    return "stale" if value is None else repr(value)
