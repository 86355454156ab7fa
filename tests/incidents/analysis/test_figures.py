"""Figures, patterns and likeness over made-up incidents, each counted by hand."""

import math
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.analysis.figures import Case, between, figures, quantile, spread
from sothat.incidents.analysis.patterns import patterns, rhythm
from sothat.incidents.analysis.similarity import Index, Text, words_in

from ..bench import DAY, HOUR, MINUTE, T0  # noqa: TID252 – tests of one tree


def case(number: int, opened: int, **change: object) -> Case:
    given = {
        "key": "k",
        "acknowledged": None,
        "ended": None,
        "priority": "P2",
        "team": "t",
        "site": "a",
        "outcome": "comfort",
        "kind": "DeviceOffline",
        **change,
    }
    return Case(number, opened=opened, **given)  # type: ignore[arg-type]  # by name


def test_times_to_and_between() -> None:
    cases = [
        case(1, T0, acknowledged=T0 + 10 * MINUTE, ended=T0 + HOUR),
        case(2, T0 + 5 * HOUR, acknowledged=T0 + 5 * HOUR + 30 * MINUTE, ended=T0 + 7 * HOUR),
        case(3, T0 + 8 * HOUR),
        case(4, T0 + 9 * HOUR, key="another"),
    ]
    found = figures(cases, T0, T0 + 14 * DAY)
    assert (found.count, found.per_week) == (4, 2.0)
    assert found.to_acknowledge is not None
    assert (found.to_acknowledge.mean, found.to_acknowledge.count) == (20 * 60, 2)
    assert found.to_resolve is not None
    assert found.to_resolve.median == 90 * 60
    assert found.between is not None
    assert (found.between.mean, found.between.count) == (2.5 * 3600, 2), "4 h and 1 h of one key"


def test_nothing_has_no_figures() -> None:
    found = figures([], T0, T0)
    assert (found.count, found.per_week, found.between, found.to_resolve) == (0, 0.0, None, None)
    assert found.by["kind"] == {}
    assert sum(found.by["hour"].values()) == 0


def test_what_overlaps_has_no_time_between() -> None:
    assert between([case(1, T0, ended=T0 + HOUR), case(2, T0 + MINUTE)]) == []


def test_hours_and_weekdays_are_those_of_the_zone() -> None:
    # Monday 23:30 in UTC is Tuesday in Berlin.
    cases = [case(1, T0 + 13 * HOUR + 30 * MINUTE)]
    assert figures(cases, T0, T0 + DAY).by["weekday"]["Monday"] == 1
    there = figures(cases, T0, T0 + DAY, ZoneInfo("Europe/Berlin")).by
    assert (there["weekday"]["Tuesday"], there["hour"]["00"]) == (1, 1)


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=30))
def test_a_spread_is_in_order(values: list[float]) -> None:
    found = spread(values)
    assert found is not None
    assert min(values) <= found.median <= found.p90 <= max(values)
    assert min(values) <= found.mean * (1 + 1e-9)
    assert quantile(sorted(values), 0.0) == min(values)


def test_a_rhythm_and_its_habits_are_found() -> None:
    weekly = [case(n, T0 + n * 7 * DAY + n * MINUTE) for n in range(5)]
    others = [case(9, T0, site="b"), case(10, T0 + DAY, site="b")]
    (found,) = patterns([*weekly, *others])
    assert found.incidents == (0, 1, 2, 3, 4)
    assert found.every is not None
    assert math.isclose(found.every, 7 * 86_400 + 60)
    assert found.habits == ("Monday", "10:00 to 11:00")
    assert len(patterns([*weekly, *others], least=2)) == 2


def test_what_comes_at_random_has_no_rhythm() -> None:
    assert rhythm([1.0, 100.0, 3.0, 50.0]) is None
    assert rhythm([10.0, 10.0]) is None, "two intervals are no rhythm"
    assert rhythm([0.0, 0.0, 0.0]) is None


TEXTS = {
    "pump": "The pump of block B stood still, water was missing",
    "gateway": "GatewaySilent: the gateway lost its power supply",
    "door": "A door stood open, guards were called",
}


def index() -> Index:
    return Index([Text(name, tuple(words_in(text))) for name, text in TEXTS.items()])


@pytest.mark.parametrize(
    ("asked", "first", "words"),
    [
        ("gateways without power", "gateway", ("gateway", "power")),
        ("GatewayOffline", "gateway", ("gateway",)),
        ("no water from the pump", "pump", ("pump", "water")),
        ("guards", "door", ("guard",)),
    ],
)
def test_the_likest_text_comes_first_with_its_words(
    asked: str, first: str, words: tuple[str, ...]
) -> None:
    match = index().like(words_in(asked))[0]
    assert (match.name, match.words) == (first, words)


def test_nothing_is_like_nothing() -> None:
    assert index().like(words_in("the of and")) == ()
    assert index().like(words_in("elephants")) == ()
    assert Index([]).like(["pump"]) == ()


def reference(asked: list[str], texts: list[list[str]]) -> Iterator[float]:
    """Yield the scores as the formula has them, written out."""
    mean = sum(map(len, texts)) / len(texts)
    for text in texts:
        score = 0.0
        for word in set(asked):
            often, having = text.count(word), sum(word in other for other in texts)
            rare = math.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
            score += rare * often * 2.2 / (often + 1.2 * (0.25 + 0.75 * len(text) / mean))
        yield score


_WORDS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=12)


@given(_WORDS, st.lists(_WORDS, min_size=1, max_size=6))
def test_scores_are_those_of_the_formula(asked: list[str], texts: list[list[str]]) -> None:
    made = Index([Text(str(n), tuple(text)) for n, text in enumerate(texts)])
    found = {match.name: match.score for match in made.like(asked, 99)}
    for n, score in enumerate(reference(asked, texts)):
        assert math.isclose(found.get(str(n), 0.0), score, abs_tol=1e-9)
