from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.times import SECOND, format_time, parse_time


def test_nanoseconds_survive() -> None:
    assert parse_time("2026-01-05T10:00:00.123456789Z") == 1_767_607_200_123_456_789


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z", "0001-01-01T01:00:00+01:00"]
)
def test_gos_zero_time_means_not_set(text: str) -> None:
    assert parse_time(text) is None


def test_a_time_beyond_the_column_is_its_end() -> None:
    assert parse_time("9999-12-31T23:59:59Z") == 2**63 - 1


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "２026-01-01T00:00:00Z"],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|month"):
        parse_time(text)


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)),  # noqa: DTZ001 – the zone is drawn
    st.integers(-14 * 60, 14 * 60),
)
def test_agrees_with_the_standard_library(moment: datetime, offset: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
    wanted = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
    assert parse_time(aware.isoformat()) == wanted


@given(st.integers(0, 2**62))
def test_shown_times_are_read_back_to_the_millisecond(moment: int) -> None:
    assert parse_time(format_time(moment)) == moment - moment % (SECOND // 1000)
