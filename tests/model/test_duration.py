"""Prometheus durations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.model.duration import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("5m", 300), ("1h30m", 5400), ("250ms", 0.25), ("0", 0), ("1w", 604800)]
)
def test_known_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "30m1h", "1h1h", "-5m", "1.5h", " 5m"])
def test_what_prometheus_refuses_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


@given(st.integers(0, 10**12))
def test_there_and_back(milliseconds: int) -> None:
    assert parse_duration(format_duration(milliseconds / 1000)) == milliseconds / 1000
