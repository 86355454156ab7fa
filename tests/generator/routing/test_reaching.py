"""What is said of all hours holds at any hour that is looked at."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.generator.routing.combinations import combinations
from sothat.generator.routing.configuration import Configuration
from sothat.generator.routing.reaching import Reach
from sothat.generator.routing.reading import read_configuration
from sothat.generator.routing.timing import running_at, timing
from sothat.generator.routing.walking import receiving
from sothat.runtime.documents import Document

from .strategies import named_intervals

SINCE = 2026
START = datetime(SINCE, 1, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
# Where calendars are odd: changes of clocks, ends of months and years, a leap day.
ODD = [
    datetime(2026, 3, 28, 12, tzinfo=UTC),
    datetime(2026, 10, 3, 6, tzinfo=UTC),
    datetime(2026, 10, 24, 12, tzinfo=UTC),
    datetime(2026, 12, 31, tzinfo=UTC),
    datetime(2027, 3, 13, 12, tzinfo=UTC),
    datetime(2028, 2, 28, 12, tzinfo=UTC),
    datetime(2030, 3, 30, 12, tzinfo=UTC),
    datetime(2031, 12, 31, tzinfo=UTC),
]
starts = st.sampled_from(ODD) | st.integers(0, 24 * 365 * 24).map(
    lambda hours: START + timedelta(hours=hours)
)


def configured(time_intervals: list[dict[str, Any]], **route: Any) -> Configuration:
    data = {
        "route": {"receiver": "nobody", "routes": [{"receiver": "somebody", **route}]},
        "receivers": [
            {"name": "nobody"},
            {"name": "somebody", "webhook_configs": [{"url": "http://127.0.0.1:1"}]},
        ],
        "time_intervals": time_intervals,
    }
    return read_configuration(Document("alertmanager.yml", data, ()))


def span(start: datetime) -> list[datetime]:
    """Return every quarter of an hour of a day."""
    return [start + number * QUARTER for number in range(96)]


@settings(max_examples=60, deadline=None)
@given(named=named_intervals(3), start=starts)
def test_every_combination_is_known(named: list[dict[str, Any]], start: datetime) -> None:
    found = configured(named).intervals.values()
    known = combinations(found, SINCE)
    for at in span(start):
        assert running_at(found, at) in known, at
    for names, at in known.items():
        assert running_at(found, at) == names


@settings(max_examples=60, deadline=None)
@given(
    named=named_intervals(3),
    start=starts,
    mute=st.sets(st.sampled_from("abc")),
    active=st.sets(st.sampled_from("abc")),
)
def test_a_gap_is_found_where_there_is_one(
    named: list[dict[str, Any]], start: datetime, mute: set[str], active: set[str]
) -> None:
    config = configured(
        named, mute_time_intervals=sorted(mute), active_time_intervals=sorted(active)
    )
    routes = receiving(config.route, {})
    gap = Reach(config, SINCE).gap(routes)

    def silent(at: datetime) -> bool:
        return not timing(routes[0], running_at(config.intervals.values(), at)).speaks

    if gap:
        assert silent(gap.at)
    else:
        assert not any(map(silent, span(start)))


def test_a_gap_of_one_hour_in_years_is_found() -> None:
    leap_sunday = {
        "weekdays": ["sunday"],
        "months": ["february"],
        "days_of_month": ["29"],
        "times": [{"start_time": "03:00", "end_time": "04:00"}],
        "location": "America/New_York",
    }
    named = [{"name": "a", "time_intervals": [leap_sunday]}]
    config = configured(named, mute_time_intervals=["a"])
    gap = Reach(config, SINCE).gap(receiving(config.route, {}))
    assert gap is not None
    assert gap.at == datetime(2032, 2, 29, 8, tzinfo=UTC)


def test_an_hour_that_the_clocks_skip_is_no_gap() -> None:
    skipped = {
        "days_of_month": ["25:31"],
        "months": ["march"],
        "weekdays": ["sunday"],
        "times": [{"start_time": "02:00", "end_time": "03:00"}],
        "location": "Europe/Berlin",
    }
    named = [{"name": "a", "time_intervals": [skipped]}]
    config = configured(named, mute_time_intervals=["a"])
    assert Reach(config, SINCE).gap(receiving(config.route, {})) is None


def test_a_receiver_without_integration_is_nobody() -> None:
    config = configured([], matchers=["team=a"])
    reach = Reach(config, SINCE)
    assert reach.gap(receiving(config.route, {"team": "a"})) is None
    assert reach.gap(receiving(config.route, {"team": "b"})) is not None


def test_what_may_mute_is_no_gap() -> None:
    named = [{"name": "a", "time_intervals": [{"weekdays": ["sunday"]}]}]
    config = configured(named, mute_time_intervals=["a"])
    routes = receiving(config.route, {})
    assert Reach(config, SINCE).gap(routes) is not None
    assert Reach(config, SINCE, allowed=["a"]).gap(routes) is None
