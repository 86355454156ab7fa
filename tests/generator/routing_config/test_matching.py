"""Label sets, and matchers that every parser of Alertmanager reads as they are meant."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.generator.notifying.matching import both, implies, matcher, matchers
from sothat.generator.routing.classic_syntax import parse_matchers as classic
from sothat.generator.routing.matcher import all_match
from sothat.generator.routing.utf8_syntax import parse_matchers as utf8

from .policies import LABELS, label_sets, unhurried, values

labels = st.fixed_dictionaries({k: st.sampled_from(v) for k, v in LABELS.items()})
Sets = dict[str, list[str]]


def matches(wanted: Mapping[str, object], carried: Mapping[str, str]) -> bool:
    return all(carried[name] in allowed for name, allowed in wanted.items())  # type: ignore[operator]


@unhurried
@given(st.lists(values, min_size=1, max_size=3), values)
def test_both_parsers_read_any_value_as_it_is(wanted: list[str], other: str) -> None:
    text = str(matcher("site", wanted))
    for parse in (classic, utf8):
        found = parse(text)
        assert all(all_match(found, {"site": value}) for value in wanted)
        assert all_match(found, {"site": other}) is (other in wanted)


def test_characters_that_mean_something_stand_for_themselves() -> None:
    assert str(matcher("a", ['say "hi"\\n\n'])) == 'a="say \\"hi\\"\\\\n\\n"'
    assert str(matcher("a", ["x.y", "x|y"])) == 'a=~"x\\\\.y|x\\\\|y"'


def test_labels_stand_in_order() -> None:
    found = matchers({"team": ("b", "a"), "domain": ("iot",)})
    assert [str(each) for each in found] == ['domain="iot"', 'team=~"a|b"']


@unhurried
@given(label_sets(), label_sets(), labels)
def test_both_is_what_matches_both(one: Sets, other: Sets, carried: dict[str, str]) -> None:
    first, second = ({k: tuple(v) for k, v in each.items()} for each in (one, other))
    combined = both(first, second)
    wanted = matches(first, carried) and matches(second, carried)
    assert (combined is not None and matches(combined, carried)) is wanted


@unhurried
@given(label_sets(), label_sets(), labels)
def test_what_is_implied_matches_too(one: Sets, other: Sets, carried: dict[str, str]) -> None:
    first, second = ({k: tuple(v) for k, v in each.items()} for each in (one, other))
    if implies(first, second) and matches(first, carried):
        assert matches(second, carried)


@pytest.mark.parametrize(
    ("narrow", "wide", "verdict"),
    [
        ({"a": ("x",)}, {"a": ("x", "y")}, True),
        ({"a": ("x", "y")}, {"a": ("x",)}, False),
        ({"a": ("x",), "b": ("z",)}, {"a": ("x",)}, True),
        ({"a": ("x",)}, {"b": ("z",)}, False),
    ],
)
def test_implies(
    narrow: dict[str, tuple[str, ...]], wide: dict[str, tuple[str, ...]], *, verdict: bool
) -> None:
    assert implies(narrow, wide) is verdict
