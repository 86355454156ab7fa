"""Panels judge as the alerts do."""

from collections.abc import Callable

import pytest
from sothat.dashboards.judgement import UNJUDGED, bands_of, limit_in_words
from sothat.dashboards.palette import ATTENTION, BAD, GOOD
from sothat.model.alert import Alert, Threshold
from sothat.model.policy import Priority

MakeAlert = Callable[..., Alert]


def test_high_is_bad(make_alert: MakeAlert) -> None:
    bands = bands_of([make_alert("Full", ">", 0.9, Priority.P1), make_alert("Filling", ">", 0.8)])
    assert (bands.base, bands.steps) == (GOOD, ((0.8, ATTENTION), (0.9, BAD)))


def test_low_is_bad(make_alert: MakeAlert) -> None:
    bands = bands_of([make_alert("Low", "<", 0.2), make_alert("Empty", "<", 0.05, Priority.P2)])
    assert (bands.base, bands.steps) == (BAD, ((0.05, ATTENTION), (0.2, GOOD)))


def test_an_urgent_alert_is_not_softened_by_a_later_one(make_alert: MakeAlert) -> None:
    bands = bands_of([make_alert("Soon", ">", 1, Priority.P1), make_alert("Late", ">", 2)])
    assert bands.steps == ((1, BAD), (2, BAD))


def test_the_most_urgent_wins_a_shared_limit(make_alert: MakeAlert) -> None:
    bands = bands_of([make_alert("A", ">", 1, Priority.P1), make_alert("B", ">", 1)])
    assert bands.steps == ((1, BAD),)


@pytest.mark.parametrize(
    ("operator", "value", "base", "steps"),
    [
        ("==", 0, ATTENTION, ((1, GOOD),)),
        ("==", 1, GOOD, ((1, ATTENTION),)),
        ("!=", 0, GOOD, ((1, ATTENTION),)),
        (">=", 3, GOOD, ((3, ATTENTION),)),
        ("<=", 3, ATTENTION, ((3, GOOD),)),
    ],
)
def test_operators(
    make_alert: MakeAlert, operator: str, value: float, base: str, steps: object
) -> None:
    bands = bands_of([make_alert("Any", operator, value)])
    assert (bands.base, bands.steps) == (base, steps)


def test_above_nothing_leaves_zero_good(make_alert: MakeAlert) -> None:
    ((limit, colour),) = bands_of([make_alert("Any", ">", 0)]).steps
    assert 0 < limit < 0.001
    assert colour == ATTENTION


def test_without_alerts_nothing_is_judged() -> None:
    assert bands_of([]) == UNJUDGED


def test_opposite_directions_cannot_share_a_panel(make_alert: MakeAlert) -> None:
    with pytest.raises(ValueError, match="High, Low fire in opposite directions"):
        bands_of([make_alert("High", ">", 9), make_alert("Low", "<", 1)])


def test_limits_in_words_keep_the_catalogues_text() -> None:
    assert limit_in_words(Threshold("<", 0.95, "ratio", "< 95%")) == "alert below 95%"
    assert limit_in_words(Threshold(">=", 0.25, "seconds", ">=250ms")) == "alert from 250ms"
