"""What counts as a change, and what it means to people."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sothat.live.change import How, Plan
from sothat.live.planning.amounts import amount
from sothat.live.planning.expressions import canonical, numbers_apart
from sothat.live.planning.planning import make_plan
from sothat.live.planning.wording import as_data, as_markdown, as_text, summary
from sothat.live.reading.compiled import routing_of
from sothat.live.state import BoardState, Group, Routing, Rule, State

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = {
    "priorities": {
        "P1": {"clocks": {"acknowledge": {"hours": "", "seconds": 900.0, "days": 0}}},
        "P3": {"clocks": {"acknowledge": {"hours": "business", "seconds": 900.0, "days": 0}}},
    },
    "hours": {"business": {"days": ["monday"], "start": "08:00", "end": "18:00"}},
    "calendar": "office",
    "calendars": {"office": {"time_zone": "Europe/Berlin"}},
}


def rule(name: str = "Full", expr: str = "disk:used:ratio > 0.8", **changes: Any) -> Rule:
    labels = {"priority": "P1", "team": "a"}
    plain = Rule(
        name,
        alert=True,
        expr=expr,
        hold=300.0,
        keep=0.0,
        labels=labels,
        annotations={},
        group="sothat-x-1",
    )
    return replace(plain, **changes)


def routing(text: str = "", **route: Any) -> Routing:
    data = {
        "route": {"receiver": "all", **route},
        "receivers": [{"name": "all", "webhook_configs": [{"url": "http://h/"}]}, {"name": "none"}],
    }
    return routing_of(text or yaml.safe_dump(data), "alertmanager.yml")


def state(*rules: Rule, routed: Routing | None = None, **more: Any) -> State:
    groups = (Group("sothat-x-1", None, rules),)
    return State(groups, routed or routing(), policy=POLICY, **more)


def plan(old: State, new: State) -> Plan:
    return make_plan(old, new, NOW)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sum(a) by (x,y)", "sum by (y, x) (a)"),
        ('a{b="c",d="e"}', "a{d='e', b='c'}"),
        ("rate(a[90s])", "rate( a[1m30s] )"),
        ("a and on() b", "a and on () b"),
        ('new_function(a, "x  y")', 'new_function( a,"x  y" )'),
        ("a > 1e3", "a > 1000"),
    ],
)
def test_the_same_query(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('a{b="x  y"}', 'a{b="x y"}'),
        ('a{b="by (y, x)"}', 'a{b="by (x, y)"}'),
        ('a{b="( x"}', 'a{b="(x"}'),
        ('unknown(a, "x  y")', 'unknown(a, "x y")'),
        ("sum by (a) (x)", "sum without (a) (x)"),
        ("a offset 5m", "a"),
        ("(a + b) * c", "a + b * c"),
    ],
)
def test_another_query(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@given(st.text(alphabet=" abc(){}[]=\"'\\,0123456789m>byon", max_size=40))
def test_any_text_has_a_canonical_form_that_stays(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


def test_only_a_number_apart() -> None:
    assert numbers_apart("a > 0.8", "a > 0.85") == ((0.8, 0.85),)
    assert numbers_apart("a > 0.8", "a > 0.8") is None
    assert numbers_apart("a > 0.8", "a >= 0.85") is None
    assert numbers_apart("rate(a[5m]) > 1", "rate(a[6m]) > 2") is None
    assert numbers_apart('a{b="x"} > 1', 'a{b="y"} > 1') is None


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.85, "ratio", "85 %"),
        (0.25, "seconds", "250 ms"),
        (5400.0, "seconds", "1h30m"),
        (2.0**31, "bytes", "2 GiB"),
        (-82.0, "", "-82"),
        (3.0, "celsius", "3 celsius"),
        (0.0, "seconds", "0 s"),
    ],
)
def test_amounts_as_one_says_them(value: float, unit: str, words: str) -> None:
    assert amount(value, unit) == words


def test_a_threshold_that_moves_is_said_in_its_unit() -> None:
    new = rule(expr="disk:used:ratio > 0.85", unit="ratio")
    found = plan(state(rule()), state(new))
    assert summary(found) == "1 threshold 80 % → 85 %"


def test_a_number_that_is_no_threshold_is_not_called_one() -> None:
    old, new = rule(expr="rate(x[5m]) * 60 > 1"), rule(expr="rate(x[5m]) * 3600 > 1")
    details = [change.details for change in plan(state(old), state(new)).changes]
    assert details == [("a number in the expression 60 → 3600",)]


def test_what_a_server_adds_is_no_change() -> None:
    cluster = {"cluster": "one"}
    loaded = [
        rule(name, labels={**rule().labels, **cluster}, expr="( disk:used:ratio )>0.80")
        for name in ("A", "B")
    ]
    wanted = [rule(name, expr="(disk:used:ratio) > 0.8") for name in ("A", "B")]
    old = replace(state(*reversed(loaded)), groups=(Group("sothat-x-1", 60.0, tuple(loaded)),))
    assert plan(old, state(*wanted)).empty


def test_a_label_that_one_rule_has_more_is_a_change() -> None:
    odd = rule("B", labels={**rule().labels, "cluster": "one"})
    found = plan(state(rule("A"), odd), state(rule("A"), rule("B")))
    assert [change.details for change in found.changes] == [("cluster: one → –",)]


def test_effects_on_people() -> None:
    old = state(rule("Old"))
    new = state(
        rule("New"), rule("Newer"), rule("Tomorrow", labels={"priority": "P3", "team": "b"})
    )
    words = [effect.words for effect in plan(old, new).effects]
    assert "2 alerts more page the night shift" in words
    assert "1 alert fewer pages the night shift" in words
    assert "1 alert more waits for the day" in words
    assert "b answers for 1 alert instead of 0" in words
    assert "a answers for 2 alerts instead of 1" in words


def test_what_becomes_more_urgent_pages_the_night_shift() -> None:
    day = rule(labels={"priority": "P3", "team": "a"})
    found = plan(state(day), state(rule()))
    assert "1 alert more pages the night shift" in summary(found)


def test_a_night_that_is_muted_pages_nobody() -> None:
    nights = {
        "name": "nights",
        "time_intervals": [{"times": [{"start_time": "00:00", "end_time": "05:00"}]}],
    }
    data = {
        "route": {
            "receiver": "all",
            "routes": [{"matchers": ['team="a"'], "mute_time_intervals": ["nights"]}],
        },
        "receivers": [{"name": "all", "webhook_configs": [{"url": "http://h/"}]}],
        "time_intervals": [nights],
    }
    muted = routing(yaml.safe_dump(data))
    words = summary(plan(state(rule()), state(rule(), routed=muted)))
    assert "1 alert fewer pages the night shift" in words
    assert "nobody" not in words


def test_nobody_hears_any_more() -> None:
    found = plan(state(rule()), state(rule(), routed=routing(receiver="none")))
    grave = [effect for effect in found.effects if effect.grave]
    assert [effect.words for effect in grave] == ["nobody hears of 1 alert any more"]
    assert grave[0].names == ("Full",)


def test_alerts_of_others_count_for_what_a_routing_does() -> None:
    theirs = Group("theirs", None, (rule("Theirs", labels={"team": "z"}, group="theirs"),))
    old = replace(state(rule()), groups=(*(state(rule()).groups or ()), theirs))
    silent = routing(routes=[{"matchers": ['team="z"'], "receiver": "none"}])
    found = plan(old, state(rule(), routed=silent))
    assert [e.names for e in found.effects if e.grave] == [("Theirs",)]
    assert "1 group of others left alone" in found.notes


@pytest.mark.parametrize(
    "route",
    [
        {"group_wait": "30s", "group_by": []},
        {"repeat_interval": "4h"},
        {"matchers": []},
    ],
)
def test_defaults_of_alertmanager_are_no_change(route: Mapping[str, Any]) -> None:
    assert plan(state(rule()), state(rule(), routed=routing(**route))).empty


def test_another_order_of_routes_is_a_change() -> None:
    one = {"matchers": ['team="a"'], "receiver": "none"}
    other = {"matchers": ['priority="P1"'], "receiver": "all"}
    old, new = routing(routes=[one, other]), routing(routes=[other, one])
    found = plan(state(rule(), routed=old), state(rule(), routed=new))
    assert [change.details for change in found.changes] == [("routes are tried in another order",)]


def board(*titles: str, **more: Any) -> BoardState:
    panels = [{"id": n, "title": title, "type": "stat"} for n, title in enumerate(titles, 1)]
    content = {"uid": "sothat-executive", "title": "Executive: promises", "panels": panels, **more}
    return BoardState("sothat-executive", "Executive: promises", "", content)


def test_a_board_that_loses_a_panel() -> None:
    old = state(rule(), boards={"sothat-executive": board("One", "Two")})
    new = state(rule(), boards={"sothat-executive": board("One")})
    assert summary(plan(old, new)) == "board Executive loses a panel (Two)"


def test_what_grafana_fills_in_is_no_change() -> None:
    builtin = {"list": [{"builtIn": 1, "name": "Annotations & Alerts"}]}
    server = board(
        "One", id=7, version=3, annotations=builtin, links=[], style=None, schemaVersion=42
    )
    old = state(rule(), boards={"sothat-executive": server})
    new = state(rule(), boards={"sothat-executive": board("One", annotations={"list": []})})
    assert plan(old, new).empty


def test_panels_in_folded_rows_are_seen() -> None:
    row = {
        "id": 9,
        "type": "row",
        "title": "More",
        "panels": [{"id": 10, "title": "In", "type": "stat"}],
    }
    old = state(rule(), boards={"sothat-executive": board(panels=[row])})
    new = state(rule(), boards={"sothat-executive": board(panels=[{**row, "panels": []}])})
    assert "loses a panel (In)" in summary(plan(old, new))


def test_boards_of_others_are_left_alone() -> None:
    theirs = replace(board("One"), uid="theirs")
    assert plan(state(rule(), boards={"theirs": theirs}), state(rule(), boards={})).empty


def test_the_same_plan_in_three_forms() -> None:
    found = plan(state(rule("Old|`x`")), state(rule("New")))
    text, comment = "\n".join(as_text(found)), "\n".join(as_markdown(found, "Changes"))
    assert "+ alert New" in text
    assert "### Changes" in comment
    assert "| removed | alert `Old\\| x ` |" in comment
    assert as_data(found)["summary"] == summary(found)
    assert {change.how for change in found.changes} == {How.ADDED, How.REMOVED}


def test_no_changes_in_three_forms() -> None:
    same = plan(state(rule()), state(rule()))
    assert list(as_text(same)) == ["no changes"]
    assert "No effect" in "\n".join(as_markdown(same, "Changes"))
    assert as_data(same)["empty"]


@given(st.lists(st.sampled_from(["A", "B", "C"]), max_size=6), st.randoms())
def test_order_never_matters(names: list[str], random: Any) -> None:
    rules = [rule(name, expr=f"x > {n}") for n, name in enumerate(names)]
    shuffled = random.sample(rules, len(rules))
    assert plan(state(*rules), state(*shuffled)).empty
