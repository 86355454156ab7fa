"""Plan files: every problem at once, at its place; any text is a plan or refused."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.maintenance.plan import Plan, Side, Sort
from sothat.maintenance.reading import load_plan, moment
from sothat.model.problem import Unusable

from .conftest import PLAN

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_plan_is_read(plan: Plan) -> None:
    work = plan.works[0]
    assert work.sort is Sort.STANDARD
    assert work.interval.start == datetime(2026, 12, 6, 0, 0, tzinfo=UTC)
    assert work.affects == ({"team": ("database-sre",), "priority": ("P3", "P4")},)
    assert [(c.side, c.operator, c.value) for c in work.checks if c.query] == [
        (Side.BEFORE, "<", 10.0),
        (Side.AFTER, "==", 1.0),
    ]
    assert not plan.works[1].preventive
    assert plan.routines[0].items[1] == "read the night's incidents"


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("starts: 2026-12-06T01:00", "starts: 2026-13-06T01:00", "bad-time", 10),
        ("ends: 2026-12-06T03:00", "ends: 2026-12-05T03:00", "bad-time", 11),
        ("id: lift-gateway", "id: db-minor", "duplicate-name", 27),
        ("name: backup", "name: replica is near", "duplicate-name", 24),
        ("Europe/Berlin", "Europe/Atlantis", "unknown-time-zone", 3),
        ("since: 2026-11-01", "since: 2026-02-30", "impossible-date", 43),
        ('is: "< 10"', 'is: "about 10"', "bad-format", 23),
        ("sort: standard", "sort: usual", "unknown-value", 8),
        ("owner: database-sre", "owners: database-sre", "unknown-key", 12),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, code: str, line: int
) -> None:
    file = tmp_path / "plan.yaml"
    text = PLAN.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Unusable) as caught:
        load_plan(file)
    found = [(p.code, p.position.line) for p in caught.value.problems if p.position]
    assert (code, line) in found


def test_local_times_that_a_clock_skips_or_shows_twice() -> None:
    skipped = moment("2026-03-29T02:30", BERLIN)
    assert skipped == datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "the moment of the jump"
    twice = moment("2026-10-25T02:30", BERLIN)
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "the first of the two"
    assert moment("2026-10-25T02:30+01:00", BERLIN) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@given(text=st.text(max_size=200))
def test_no_text_is_a_surprise(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.mktemp("plan") / "plan.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(Unusable):
        load_plan(file)
