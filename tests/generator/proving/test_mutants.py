"""Each slip is made, once, and what it makes is PromQL."""

import pytest
from sothat.generator.promql import parse
from sothat.generator.proving.mutants import Slip, mutants_of

RULE = {
    "alert": "Slow",
    "expr": 'sum by (site, job) (rate(x{job="a"}[5m])) > 20 and on (site) up == 1',
    "for": "5m",
    "keep_firing_for": "1m",
}


def expressions(rule: dict, slip: Slip) -> list[str]:
    return [m.of(rule)["expr"] for m in mutants_of(rule, 60) if m.slip is slip]


def changes(rule: dict, slip: Slip, evaluation: float = 60) -> list[str]:
    return [m.change for m in mutants_of(rule, evaluation) if m.slip is slip]


@pytest.mark.parametrize(
    ("slip", "made"),
    [
        (
            Slip.THRESHOLD_STEP,
            ["> 20 → > 20.2", "> 20 → > 19.8", "== 1 → == 1.01", "== 1 → == 0.99"],
        ),
        (Slip.THRESHOLD_FACTOR, ["> 20 → > 40", "> 20 → > 10", "== 1 → == 2", "== 1 → == 0.5"]),
        (Slip.THRESHOLD_SIGN, ["> 20 → > -20", "== 1 → == -1"]),
        (Slip.BOUNDARY, ["> 20 → >= 20"]),
        (Slip.FOR, ["for 5m → none", "for 5m → 4m", "for 5m → 6m"]),
        (Slip.KEEP_FIRING, ["keep_firing_for 1m → none", "keep_firing_for 1m → 2m"]),
        (Slip.MATCHER_DROPPED, ['x{job="a"} dropped']),
        (Slip.MATCHER_NEGATED, ['x{job="a"} → job!="a"']),
        (Slip.GUARD, ["and up == 1 dropped"]),
        (Slip.LABEL, ["site dropped from sum (site, job)", "job dropped from sum (site, job)"]),
        (Slip.WINDOW, ['x{job="a"}[5m] → x{job="a"}[10m]', 'x{job="a"}[5m] → x{job="a"}[2m30s]']),
    ],
)
def test_slips(slip: Slip, made: list[str]) -> None:
    assert changes(RULE, slip) == made


def test_every_other_comparison() -> None:
    made = changes({"alert": "A", "expr": "x > 1"}, Slip.OPERATOR)
    assert made == ["> 1 → == 1", "> 1 → != 1", "> 1 → < 1", "> 1 → <= 1"]


def test_all_mutants_differ_and_are_promql() -> None:
    mutants = mutants_of(RULE, 60)
    texts = [str(m.fields) for m in mutants]
    assert len(set(texts)) == len(texts)
    assert len({m.change for m in mutants}) == len(mutants)
    for mutant in mutants:
        assert str(parse(mutant.of(RULE)["expr"]))


def test_the_threshold_may_stand_on_the_left_or_be_signed() -> None:
    left = {"alert": "A", "expr": "3 < x"}
    assert "x" in expressions(left, Slip.THRESHOLD_STEP)[0]
    assert changes({"alert": "A", "expr": "x < -82"}, Slip.THRESHOLD_SIGN) == ["< -82 → < 82"]


def test_changes_that_read_the_same_are_told_apart() -> None:
    made = changes({"alert": "A", "expr": "x > 1 or y > 1"}, Slip.BOUNDARY)
    assert made == ["> 1 → >= 1", "> 1 → >= 1 (2)"]


def test_no_patience_no_mutants_of_it() -> None:
    assert not changes({"alert": "A", "expr": "x > 1"}, Slip.FOR)
    assert changes({"alert": "A", "expr": "x > 1", "for": "30s"}, Slip.FOR) == [
        "for 30s → none",
        "for 30s → 1m30s",
    ]


def test_a_recording_rule_has_no_patience() -> None:
    mutants = mutants_of({"record": "a:b:c", "expr": 'sum by (a) (x{b="c"})'}, 60)
    assert {m.slip for m in mutants} == {Slip.LABEL, Slip.MATCHER_DROPPED, Slip.MATCHER_NEGATED}
