"""A real Prometheus evaluates rules for a while; our replay of that while says the same."""

import os
import time

import pytest
from sothat.live.backtest.asking import Asker
from sothat.live.backtest.lifecycle import Life
from sothat.live.backtest.offset import offset_of, xxh64
from sothat.live.backtest.replay import replay
from sothat.live.backtest.rulebook import of_files
from sothat.live.backtest.subject import Grid, grid_of
from sothat.live.noise.reading import firings
from sothat.runtime.prometheus import Prometheus
from sothat.runtime.prometheus_answers import RuleGroup

from .history import prometheus

RULES = """
groups:
  - name: quick
    interval: 1s
    rules:
      - {alert: Beat, expr: vector(time()) % 6 > 2.5, for: 1s}
      - {alert: Kept, expr: vector(time()) % 5 > 3.2, keep_firing_for: 1s}
"""
CONFIG = "rule_files: [rules.yaml]\n"


CURRENT = os.environ.get("SOTHAT_CURRENT_TOOLS", "")


@pytest.mark.real
@pytest.mark.parametrize(
    "tools", [None, pytest.param(CURRENT, marks=pytest.mark.slow)], ids=["oldest", "current"]
)
def test_the_server_and_we_say_the_same_of_the_same_moments(tmp_path, tools):
    if tools == "":
        pytest.skip("no current release (make tools)")
    (tmp_path / "rules.yaml").write_text(RULES)
    with prometheus(tmp_path, rules=CONFIG, tools=tools) as url:
        client = Prometheus(url)
        group = awaited(client)
        offset = offset_of(group)
        assert offset is not None
        (at, _) = client.range("timestamp(ALERTS)", time.time() - 10, time.time(), 0.25)[0].points[
            -1
        ]
        stamps = client.instant("timestamp(ALERTS)", at)
        assert {round(s.value * 1000) % 1000 for s in stamps} == {offset}
        begun = round(time.time() * 1000)
        time.sleep(9)  # what is awaited is time itself
        grid = grid_of(begun, begun + 7000, 1000, offset=offset, warm=3000)
        asker = Asker(client, time.monotonic, time.sleep)
        kept = firings(asker, Grid(grid.at(grid.shown), 1000, 7))
        evaluated = evaluations(client, grid)
        for subject in of_files([tmp_path / "rules.yaml"]).subjects:
            ours = replay(subject, grid, asker)
            for number in range(grid.shown, grid.shown + 7):
                if grid.at(number) in evaluated:
                    assert fires(ours.episodes(), grid.at(number)) == fires(
                        kept.lives.get(subject.name, ()), grid.at(number)
                    ), (subject.name, number)
        assert len(evaluated) >= 3


def evaluations(client, grid):
    """Return the moments at which the server did evaluate: a busy machine misses some."""
    (series,) = client.range("max(timestamp(ALERTS))", grid.start / 1000, grid.end / 1000, 1)
    return {
        round(at * 1000) for at, value in series.points if round(value * 1000) == round(at * 1000)
    }


def fires(lives, at):
    return any(
        e.fired is not None and e.fired <= at and (e.ended is None or at < e.ended)
        for _, e in lives
    )


def awaited(client):
    until = time.monotonic() + 120
    while time.monotonic() < until:
        groups = client.rules()
        if groups and offset_of(groups[0]) is not None and client.instant("ALERTS"):
            return groups[0]
        time.sleep(0.2)
    raise AssertionError("no evaluation")


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", 0xEF46DB3751D8E999),
        (b"a", 0xD24EC4F1A98C6E5B),
        (b"Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1),
    ],
)
def test_the_hash_is_the_published_one(data, digest):
    assert xxh64(data) == digest


def test_a_moment_that_no_layout_explains_is_not_believed():
    group = RuleGroup("g", "f", 3600.0, (), 0.0, "2026-01-01T00:00:00Z")
    hits = sum(
        offset_of(RuleGroup(f"g{n}", "f", 3600.0, (), 0.0, "2026-01-01T00:00:00Z")) is not None
        for n in range(200)
    )
    assert hits < 10
    assert offset_of(RuleGroup("g", "f", 60.0, (), 0.0, "0001-01-01T00:00:00Z")) is None
    assert offset_of(RuleGroup("g", "f", 0.0, (), 0.0, group.last_evaluation)) is None


def test_a_life_needs_an_evaluation():
    assert list(Life(0, 0).episodes([], Grid(0, 1000, 0))) == []
