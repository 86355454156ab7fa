"""Only what follows from the contracts is called equivalent."""

from collections.abc import Mapping

import pytest
from sothat.generator.promql import parse
from sothat.generator.proving.equivalence import Judge
from sothat.generator.proving.mutants import Mutant, mutants_of
from sothat.generator.typecheck.world import World
from sothat.model.metric import Contract, Label, MetricFamily, MetricType, index

PHASE = Label("phase", values=("1", "2"))
CONTRACT = Contract(
    "plant",
    (
        MetricFamily("pump_up", MetricType.GAUGE, "", "boolean", (Label("site"), PHASE)),
        MetricFamily("pump_heat", MetricType.GAUGE, "", "celsius", (Label("site"),)),
        MetricFamily("pump_stops_total", MetricType.COUNTER, "", "", (Label("site"),)),
        MetricFamily("pump_run_seconds_total", MetricType.COUNTER, "", "seconds", ()),
    ),
)
RECORDS: Mapping[str, str] = {"site:pumps_up:sum": "sum by (site) (pump_up)"}


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(World(index([CONTRACT]), closed=False), RECORDS)


def same(judge: Judge, expression: str) -> set[str]:
    rule = {"alert": "A", "expr": expression}
    made: list[Mutant] = mutants_of(rule, 60, judge.step)
    return {mutant.change for mutant in made if judge.reason(expression, mutant)}


@pytest.mark.parametrize(
    ("expression", "changes"),
    [
        ("pump_up == 0", {"== 0 → <= 0"}),
        ("max_over_time(pump_up[5m]) == 1", {"== 1 → >= 1"}),
        ("pump_up != 1", {"!= 1 → < 1"}),
        ("pump_up < 1", {"< 1 → != 1", "< 1 → < 0.5"}),
        ("changes(pump_heat[5m]) > 0", {"> 0 → != 0"}),
        ("pump_heat == 0", set()),
        ("pump_heat > 85", set()),
        ("rate(pump_stops_total[5m]) == 0", {"== 0 → <= 0"}),
        ("rate(pump_stops_total[5m]) > 0", {"> 0 → != 0"}),
        ("sum(increase(pump_run_seconds_total[5m])) + pump_stops_total > 0", {"> 0 → != 0"}),
        ("rate(pump_stops_total[5m]) / rate(pump_stops_total[1h]) > 0", set()),
        ("clamp_min(pump_heat, 0) > 0", set()),
        ("pump_stops_total > 0", {"> 0 → != 0"}),
        ("0 == pump_up", {"== pump_up → >= pump_up"}),
        ('pump_up{phase=~"1|2"} == bool 1 and pump_heat', {
            "== 1 → >= 1", 'pump_up{phase=~"1|2"} dropped'
        }),
        ('pump_up{phase="1"} > pump_heat', set()),
        ('pump_up{phase!="3"} > pump_heat', {'pump_up{phase!="3"} dropped'}),
        ('pump_up{site!="3"} > pump_heat', set()),
    ],
)  # fmt: skip
def test_what_is_the_same(judge: Judge, expression: str, changes: set[str]) -> None:
    assert same(judge, expression) == changes


@pytest.mark.parametrize(
    ("figure", "step"),
    [
        ("pump_up", 1),
        ("pump_stops_total", 1),
        ("site:pumps_up:sum", 1),
        ("count(pump_heat) - changes(pump_heat[5m])", 1),
        ('-label_replace(pump_up, "a", "b", "c", "d")', 1),
        ("max_over_time((pump_up and pump_heat)[5m:1m])", 1),
        ("pump_heat", 0.2),
        ("avg(pump_up)", 0.2),
        ("increase(pump_stops_total[5m])", 0.2),
        ("pump_run_seconds_total", 0.2),
        ("pump_up / 2", 0.2),
        ("pump_up * 0.5", 0.2),
        ("unheard_of", 0.2),
    ],
)
def test_counted_figures_are_moved_by_one(judge: Judge, figure: str, step: float) -> None:
    assert judge.step(parse(figure), 20) == pytest.approx(step)
