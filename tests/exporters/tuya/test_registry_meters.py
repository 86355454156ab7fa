"""Counters of devices: never backwards, whatever is reset, swapped, wrapped or restarted."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.exporters.tuya.registry.meters import Meters


def test_a_meter_that_starts_again_goes_on_counting():
    meters = Meters()
    assert [meters.total("m", v) for v in (100, 150, 3, 10)] == [100, 150, 153, 160]


def test_a_number_that_trembles_is_no_reset():
    meters = Meters()
    assert [meters.total("m", v) for v in (1000, 999, 1000, 1001)] == [1000, 1000, 1000, 1001]


def test_counts_are_kept_over_a_restart(tmp_path):
    file = tmp_path / "meters.json"
    meters = Meters(file)
    for value in (100, 5):
        meters.total("m", value)
    meters.save()
    after = Meters(file)
    assert after.total("m", 6) == 106
    assert after.total("other", 7) == 7


def test_a_reset_while_nobody_looked_is_seen(tmp_path):
    file = tmp_path / "meters.json"
    before = Meters(file)
    before.total("m", 100)
    before.save()
    assert Meters(file).total("m", 2) == 102


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"form": 2}', '{"form": 1, "meters": {"m": [1]}}', "[" * 100_000, "null"],
)
def test_a_file_that_is_not_ours_is_begun_anew(tmp_path, text):
    file = tmp_path / "meters.json"
    file.write_text(text)
    assert Meters(file).total("m", 5) == 5


def test_what_cannot_be_written_costs_no_poll(tmp_path):
    meters = Meters(tmp_path / "missing" / "meters.json")
    assert meters.total("m", 5) == 5
    meters.save()


def test_it_is_written_now_and_then_only(tmp_path):
    file = tmp_path / "meters.json"
    meters = Meters(file)

    def kept(value: float, at: float) -> list[float]:
        meters.total("m", value)
        meters.save_if_due(at)
        found: list[float] = json.loads(file.read_text())["meters"]["m"]
        return found

    assert kept(1, 1000) == [0, 1]  # what changes is written at once, and not again for a while
    assert kept(2, 1001) == [0, 1]
    assert kept(3, 1031) == [0, 3]
    assert kept(1, 900) == [3, 1]  # a clock that was set back keeps nothing back


def test_counting_waits_for_no_disk(tmp_path, monkeypatch):
    """The engine's thread counts; only who saves may wait."""
    monkeypatch.setattr("sothat.exporters.tuya.registry.meters.replace_file", pytest.fail)
    meters = Meters(tmp_path / "meters.json")
    assert [meters.total("m", value) for value in (1, 2, 1)] == [1, 2, 3]


def test_what_is_counted_while_it_is_written_is_written_next(tmp_path, monkeypatch):
    file, written = tmp_path / "meters.json", []

    def write(_path: Path, text: str) -> None:
        written.append(json.loads(text)["meters"]["m"])
        if len(written) == 1:
            meters.total("m", 8)

    monkeypatch.setattr("sothat.exporters.tuya.registry.meters.replace_file", write)
    meters = Meters(file)
    meters.total("m", 5)
    meters.save_if_due(100)
    meters.save()
    assert written == [[0, 5], [0, 8]]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.floats(0, 1e12, allow_nan=False), st.booleans()), min_size=1, max_size=30)
)
def test_never_backwards_over_resets_and_restarts(steps):
    """Each step: what the device says, and whether the process restarts behind it."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "meters.json"
        meters = Meters(file)
        last = 0.0
        for value, restart in steps:
            total = meters.total("m", value)
            assert total >= last
            last = total
            if restart:
                meters.save()
                meters = Meters(file)
