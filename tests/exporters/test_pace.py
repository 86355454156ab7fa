"""When a collector is asked next."""

from hypothesis import given
from hypothesis import strategies as st
from sothat.exporters.pace import MAX_BACK_OFF_SECONDS, pause
from sothat.exporters.web import scrape_seconds

seconds = st.floats(0.001, 1e5)


@given(st.floats(0, 1e6), seconds, st.floats(0, 0.999))
def test_without_failures_polls_keep_the_tick(since, interval, chance):
    found = pause(since, interval, 0, chance)
    assert 0 <= found <= interval * 1.001 + 1e-9 * since


def test_missed_ticks_are_skipped():
    assert pause(35.0, 10.0, 0, 0.5) == 5.0


@given(seconds, st.integers(2, 100), st.floats(0, 0.999))
def test_pauses_grow_within_bounds(interval, fruitless, chance):
    found = pause(0.0, interval, fruitless, chance)
    longest = min(interval * 8, max(interval, MAX_BACK_OFF_SECONDS))
    assert min(interval, longest * 0.75) <= found <= max(interval, longest)


def test_pauses_double_and_chance_shortens_them():
    assert [pause(0, 10, n, 0) for n in (1, 2, 3, 4, 5)] == [10, 20, 40, 80, 80]
    assert pause(0, 10, 3, 0.5) == 35
    assert pause(0, 100, 4, 0) == 300
    assert pause(0, 3600, 4, 0) == 3600


def test_the_time_of_a_scrape():
    assert scrape_seconds("10", 0.5) == 9.5
    assert scrape_seconds("0.8", 0.5) == 0.4
    for header in (None, "", "soon", "-1", "0", "nan"):
        assert scrape_seconds(header, 0.5) == float("inf")
