"""At least 97 % of the slips are reported, and nothing is on the rules as they are."""

from dataclasses import replace
from pathlib import Path

import pytest

from .promtool import refused, version
from .run import Score, false_alarms, subjects
from .scoring import missed
from .table import table

_ENOUGH = 0.97
_KINDS = 14


def test_no_false_alarm_on_the_originals() -> None:
    assert [f"{p.rule}: {p.code}: {p.message}" for p in false_alarms()] == []


def test_slips_are_caught(score: Score, promtool: str, tmp_path: Path) -> None:
    theirs = refused(promtool, [mutant.rule for mutant in score.mutants], tmp_path / "files")
    rows = score.rows(theirs)
    print(table(rows, version(promtool)))
    lost = {kind: [m.text for m in found] for kind, found in missed(score.mutants).items()}
    assert rows[-1].share >= _ENOUGH, lost
    assert len(rows) - 1 >= _KINDS
    assert rows[-1].promtool < rows[-1].caught


@pytest.mark.parametrize("number", [0, 1])
def test_both_subjects_are_large_enough_to_say_something(number: int) -> None:
    assert len(subjects()[number].rules) >= 60


def test_promtool_is_asked_properly(promtool: str, tmp_path: Path) -> None:
    rule = next(rule for rule in subjects()[1].rules if rule.alert)
    broken = replace(rule, expr="sum(")
    assert refused(promtool, [rule, broken], tmp_path / "files") == [False, True]
