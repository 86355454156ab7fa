"""Groups: small, stable, and in an order in which every figure is fresh."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.generator.groups import (
    MOST_RULES,
    alert_groups,
    evaluations,
    metrics_of,
    recording_groups,
)
from sothat.model.alert import Action, Alert, Catalogue, Condition, Outcome, Recording
from sothat.model.policy import Policy, Priority
from sothat.model.problem import Position

HERE = Position("recordings.yaml", 1, 1)
NOTHING = MappingProxyType({})
NAMES = st.lists(st.text("abcdefgh", min_size=1, max_size=8), unique=True, max_size=120)


def alert(name: str, expr: str = "up == 0") -> Alert:
    condition = Condition("words", expr, expr, None, 0, 0, HERE)
    action, outcome = Action(Priority.P1, "act", ()), Outcome("who", "can", "kpi")
    return Alert(
        name, "iot", "team", "threshold", "s", "d", condition, action, outcome, (), (), HERE
    )


def rule(record: str, expr: str = "up", file: str = "recordings.yaml") -> Recording:
    return Recording(record, expr, "", "help", (), replace(HERE, file=file))


def catalogue(alerts: Sequence[Alert] = (), rules: Sequence[Recording] = ()) -> Catalogue:
    policy = Policy(NOTHING, NOTHING, ("alertname",))
    return Catalogue(tuple(alerts), tuple(rules), policy, NOTHING)


def homes(names: Sequence[str]) -> dict[str, str]:
    groups = alert_groups(catalogue([alert(name) for name in names]))
    return {one.name: group.name for group in groups for one in group.rules}


@given(NAMES)
def test_every_alert_is_in_one_small_group(names: list[str]) -> None:
    groups = alert_groups(catalogue([alert(name) for name in names]))
    assert sorted(one.name for group in groups for one in group.rules) == sorted(names)
    assert all(0 < len(group.rules) <= MOST_RULES for group in groups)
    assert len({group.name for group in groups}) == len(groups)


def test_rules_of_one_name_stay_together_however_many_they_are() -> None:
    # The check that refuses them is one of many that run over the same draft.
    (alerts,) = alert_groups(catalogue([alert("Same")] * (MOST_RULES + 1)))
    (records,) = recording_groups(catalogue(rules=[rule("same")] * (MOST_RULES + 1)))
    assert len(alerts.rules) == len(records.rules) == MOST_RULES + 1


@given(NAMES, st.text("xyz", min_size=1, max_size=8))
def test_one_more_alert_moves_none_but_those_of_a_group_that_it_fills(
    names: list[str], fresh: str
) -> None:
    before, after = homes(names), homes([*names, fresh])
    moved = [name for name in names if before[name] != after[name]]
    assert len({before[name] for name in moved}) <= 1
    assert len(moved) <= MOST_RULES


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_files_changes_no_home(random: object) -> None:
    names = [f"Alert{number}" for number in range(70)]
    shuffled = names.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert homes(names) == homes(shuffled)


def test_a_rule_stands_after_those_that_it_reads() -> None:
    rules = [rule("c:c:c", "b:b:b"), rule("a:a:a"), rule("b:b:b", "a:a:a + up")]
    (group,) = recording_groups(catalogue(rules=rules))
    assert [one.record for one in group.rules] == ["a:a:a", "b:b:b", "c:c:c"]


def test_rules_that_read_each_other_stay_together_however_many() -> None:
    chain = [rule("r:0:r")] + [rule(f"r:{n}:r", f"r:{n - 1}:r") for n in range(1, 50)]
    others = [rule(f"o:{number}:o") for number in range(30)]
    groups = recording_groups(catalogue(rules=[*others, *chain]))
    (home,) = [g for g in groups if any(one.record == "r:0:r" for one in g.rules)]
    assert [one.record for one in home.rules if one.record.startswith("r:")] == [
        one.record for one in chain
    ]
    for group in groups:
        assert len(group.rules) <= MOST_RULES or len(set(group.rules) & set(chain)) == len(chain)


def test_groups_stand_after_those_that_they_read() -> None:
    rules = [rule("z:z:z", "b:b:b", "a.yaml"), rule("b:b:b", "up", "z.yaml")]
    files = [group.file for group in recording_groups(catalogue(rules=rules))]
    assert files == ["recordings-z", "recordings-a"]
    evaluation = evaluations(catalogue([alert("A", "z:z:z > 1")], rules))["iot"]
    assert evaluation.files == ("recordings-z", "recordings-a", "iot")
    assert evaluation.order == ("sothat-recordings-z-1", "sothat-recordings-a-1", "sothat-iot-1")


@pytest.mark.parametrize(
    "rules",
    [
        [rule("a:a:a", "a:a:a offset 5m")],
        [rule("a:a:a", "b:b:b"), rule("b:b:b", "a:a:a"), rule("c:c:c", "up")],
        [rule("a:a:a", "b:b:b", "x.yaml"), rule("b:b:b", "a:a:a", "y.yaml")],
    ],
)
def test_rules_in_a_ring_are_kept(rules: list[Recording]) -> None:
    groups = recording_groups(catalogue(rules=rules))
    assert sorted(one.record for group in groups for one in group.rules) == sorted(
        one.record for one in rules
    )


def test_every_selector_counts() -> None:
    assert set(metrics_of("rate(a[5m]) / on () b + max_over_time((c > d)[1h:])")) == set("abcd")
