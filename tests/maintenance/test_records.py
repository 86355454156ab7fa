"""The record: what is confirmed stays, whatever happens to the process that writes."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.maintenance.records import Entry, Event, Outcome, Records
from sothat.model.problem import Unusable

NOW = datetime(2026, 12, 6, 0, 0, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(
    entries=st.lists(
        st.builds(
            Entry,
            at=st.integers(0, 10_000).map(lambda n: NOW + timedelta(seconds=n)),
            event=st.sampled_from(Event).filter(lambda event: event is not Event.CHECKED),
            subject=TEXT,
            who=TEXT,
            text=TEXT,
            outcome=st.sampled_from(["", *Outcome]).map(str),
            incident=st.integers(0, 99),
            cost=st.none() | st.floats(0, 1e6),
        ),
        max_size=8,
    )
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]
) -> None:
    records = Records(tmp_path_factory.mktemp("r") / "records.jsonl")
    for entry in entries:
        records.add(entry)
    assert list(records.all()) == sorted(entries, key=lambda entry: entry.at)


def test_there_is_nothing_before_the_first(tmp_path: Path) -> None:
    assert Records(tmp_path / "records.jsonl").all() == ()


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_line_that_a_crash_has_cut_off_is_left_out_and_swallows_nothing(
    tmp_path: Path, cut: int
) -> None:
    file = tmp_path / "records.jsonl"
    records = Records(file)
    records.add(Entry(NOW, Event.STARTED, "one", "me"))
    records.add(Entry(NOW, Event.STARTED, "two", "me"))
    file.write_bytes(file.read_bytes()[:-cut])
    records.add(Entry(NOW, Event.STARTED, "three", "me"))
    found = [entry.subject for entry in records.all()]
    assert found == (["one", "two", "three"] if cut == 1 else ["one", "three"])


def test_a_line_that_is_no_entry_is_told(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    Records(file).add(Entry(NOW, Event.STARTED, "one", "me"))
    with file.open("a") as more:
        more.write('{"at": "2026-12-06T00:00:00+00:00"}\n')
    with pytest.raises(Unusable) as caught:
        Records(file).all()
    (problem,) = caught.value.problems
    assert problem.code == "bad-record"
    assert str(problem.position) == f"{file}:2:1"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="cannot write"):
        Records(tmp_path / "no" / "records.jsonl").add(Entry(NOW, Event.NOTED, "a", "b"))


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from sothat.maintenance.records import Entry, Event, Records
records = Records(Path(sys.argv[1]))
for number in range(100_000):
    records.add(Entry(datetime.now(UTC), Event.NOTED, f"{sys.argv[2]}-{number}", "me"))
    print(number, flush=True)
"""


def test_what_was_confirmed_outlives_kill_9_of_several_writers(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    for turn in range(3):
        names = [f"{turn}{letter}" for letter in "ab"]
        writers = {name: _writer(file, name) for name in names}
        confirmed = {name: _lines(child, 20) for name, child in writers.items()}
        for name, child in writers.items():
            os.kill(child.pid, signal.SIGKILL)
            rest = child.communicate()[0].split()
            confirmed[name] += [int(number) for number in rest]
        found = {entry.subject for entry in Records(file).all()}
        told = {f"{name}-{n}" for name, numbers in confirmed.items() for n in numbers}
        assert told <= found


def _writer(file: Path, name: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(file), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _lines(child: "subprocess.Popen[str]", count: int) -> list[int]:
    assert child.stdout is not None
    return [int(child.stdout.readline()) for _ in range(count)]
