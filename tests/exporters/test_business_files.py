"""CSV files and workbooks, also those that somebody made to do harm."""

import os
import resource
import subprocess
import sys
import zipfile
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from sothat.exporters.business.source import Tables
from sothat.exporters.business.tables import files
from sothat.exporters.business.tables.files import FileFailed, rows_of
from sothat.exporters.business.tables.table_file import load_tables
from sothat.exporters.clock import Deadline, SystemClock

from .desk import HEAD, NOW, Clock, kpi, open_source, poll

SEATS = """apiVersion: sothat/v1
kind: Tables
tables:
  occupancy:
    every: 1s
    file: FILE
    columns:
      site: {from: Site}
      area: {from: Area, default: all}
      at: {from: Time, as: time}
      seats: {from: Seats, as: number}
      taken: {from: Taken, as: number}
"""
HEADER = "Site,Area,Time,Seats,Taken\n"
TIME = "2026-09-21T12:00:00Z"


def space(folder, file="{path: seats.csv}", clock=None, **more):
    (folder / "tables.yaml").write_text(SEATS.replace("FILE", file))
    return open_source(folder, clock, packs=["space"], tables="tables.yaml", **more)


def test_a_csv_file_becomes_figures_with_its_age(tmp_path):
    text = HEADER + f"north,a,{TIME},10,5\nnorth,a,{TIME},10,\nnorth,,{TIME},20,20\n,,,,\n"
    (tmp_path / "seats.csv").write_text("\ufeff" + text)
    found, failure = poll(space(tmp_path))
    assert failure is None
    assert found["space_utilisation_ratio", "north", "a"] == 0.25  # of 20 seats; nobody knows of 10
    assert found["space_peak_ratio", "north", "all"] == 1
    newest = datetime.fromisoformat(TIME).timestamp()
    assert found["kpi_data_timestamp_seconds", "space_utilisation_ratio"] == newest
    assert found["kpi_value", "space_utilisation_ratio", "north"] == 0.625  # the mean of the areas


def test_a_workbook_does_as_well(tmp_path):
    book = Workbook()
    sheet = book.create_sheet("Use")
    sheet.append(["Site", "Area", "Time", "Seats", "Taken"])
    sheet.append(["north", 7, datetime(2026, 9, 21, 12), 10, 4])  # noqa: DTZ001 – as workbooks are
    sheet.append(["north", 7, None, None, None])
    book.save(tmp_path / "seats.xlsx")
    found, failure = poll(space(tmp_path, "{path: seats.xlsx, sheet: Use}"))
    assert failure is None
    assert found["space_utilisation_ratio", "north", "7"] == 0.4


def test_other_ways_to_write_numbers(tmp_path):
    text = "Site;Area;Time;Seats;Taken\nnörd;a;21.09.2026;1.000,0;250,5\n"
    (tmp_path / "seats.csv").write_bytes(text.replace("21.09.2026", TIME).encode("latin-1"))
    way = "{path: seats.csv, delimiter: ';', encoding: latin-1, decimal: ','}"
    found, failure = poll(space(tmp_path, way))
    assert failure is None
    assert found["space_utilisation_ratio", "nörd", "a"] == 0.2505


def test_a_file_that_changes_is_read_again_and_one_that_goes_leaves_nothing(tmp_path):
    clock = Clock()
    file = tmp_path / "seats.csv"
    file.write_text(HEADER + f"north,a,{TIME},10,5\n")
    source = space(tmp_path, clock=clock)
    assert poll(source)[0]["space_utilisation_ratio", "north", "a"] == 0.5
    clock.past = 2
    file.write_text(HEADER + f"north,a,{TIME},10,10\n")
    os.utime(file, (NOW, NOW))
    assert poll(source)[0]["space_utilisation_ratio", "north", "a"] == 1
    file.unlink()
    clock.past = 6
    found, failure = poll(source)
    assert failure.reason == "file"
    assert ("space_utilisation_ratio", "north", "a") not in found
    assert found["kpi_last_success_timestamp_seconds", "space_utilisation_ratio"] == NOW + 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is no column 'Seats'"),
        ("Site,Site\n", "the column 'Site' is there twice"),
        (HEADER + "north,a,yesterday,1,1\n", "row 2: at: 'yesterday' is no time"),
        (HEADER + f"north,a,{TIME},many,1\n", "row 2: seats: 'many' is no number"),
        (HEADER + f"north,a,{TIME},inf,1\n", "row 2: seats: 'inf' is no number"),
        (HEADER + f"north,a,{TIME},9e999,1\n", "is no number"),
        (HEADER + 'north,"a\n', "unexpected end of data"),
        (HEADER + "x" * 200_000 + "\n", "field larger than field limit"),
        (HEADER + "," * 2_000 + "\n", "more than 1000 columns"),
    ],
)
def test_a_file_that_is_not_as_agreed_is_no_figure(tmp_path, text, says):
    (tmp_path / "seats.csv").write_text(text)
    found, failure = poll(space(tmp_path))
    assert failure.reason == "file"
    assert says in str(failure)
    assert not [key for key in found if key[0].startswith("space_")]


def test_bytes_that_are_no_text_and_pipes_are_refused(tmp_path):
    (tmp_path / "seats.csv").write_bytes(HEADER.encode() + b"\xff\xfe\x00,a,b,c,d\n")
    assert poll(space(tmp_path))[1].reason == "file"
    (tmp_path / "seats.csv").unlink()
    os.mkfifo(tmp_path / "seats.csv")
    assert poll(space(tmp_path))[1].reason == "file"


def test_workbooks_that_are_none_or_bombs_are_refused(tmp_path):
    file = tmp_path / "seats.xlsx"
    file.write_bytes(b"PK\x03\x04 no zip")
    assert poll(space(tmp_path, "{path: seats.xlsx}"))[1].reason == "file"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * (files.MAX_UNPACKED_BYTES + 1))
    assert file.stat().st_size < 1_000_000
    _, failure = poll(space(tmp_path, "{path: seats.xlsx}"))
    assert "when unpacked" in str(failure)
    Workbook().save(file)
    assert "no sheet" in str(poll(space(tmp_path, "{path: seats.xlsx, sheet: Nope}"))[1])


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    file = tmp_path_factory.mktemp("layout") / "tables.yaml"
    file.write_text(SEATS.replace("FILE", "{path: seats.csv}"))
    (table,) = load_tables(file).tables
    return file.with_name("seats.csv"), table


@given(st.binary(max_size=200), st.booleans())
@settings(max_examples=150, deadline=None)
def test_whatever_stands_in_a_file_is_rows_or_one_failure(layout, noise, headed):
    path, table = layout
    path.write_bytes((HEADER.encode() if headed else b"") + noise)
    try:
        rows = list(rows_of(path, table, table.source))
    except FileFailed:
        return
    assert all(len(row) == len(table.columns) for row in rows)


HOSTILE = """
import sys
from pathlib import Path
from tests.exporters.desk import open_source, poll
import resource
folder = Path(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found, failure = poll(
    open_source(folder, packs=["space"], tables="tables.yaml", max_table_rows=2_000_000), 3.0
)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
figures = [key for key in found if key[0].startswith("space_")]
print(failure.reason, (after - before) // 1024, len(figures))
"""


def test_a_file_of_a_million_rows_stays_within_time_and_memory(tmp_path):
    (tmp_path / "tables.yaml").write_text(SEATS.replace("FILE", "{path: seats.csv}"))
    line = f"north,{'a' * 12},{TIME},10,5\n"
    with (tmp_path / "seats.csv").open("w") as file:
        file.write(HEADER)
        file.writelines(line * 1000 for _ in range(1000))
    begun = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", HOSTILE, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=os.getcwd(),  # noqa: PTH109 – where the tests are
        timeout=120,
    )
    reason, grown, figures = done.stdout.split()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert reason in ("timeout", "budget", "file")
    assert int(grown) < 150  # MB: 64 of them the tables'
    assert figures == "0"
    assert ended.ru_utime - begun.ru_utime < 20  # seconds of a processor, its start included


def test_one_hostile_file_leaves_other_tables_alone(tmp_path):
    tables = SEATS.replace("FILE", "{path: seats.csv}") + (
        "  good:\n    file: {path: good.csv}\n    columns: {n: {from: n, as: number}}\n"
    )
    (tmp_path / "tables.yaml").write_text(tables)
    (tmp_path / "seats.csv").write_text(HEADER + '"' * 99_999)
    (tmp_path / "good.csv").write_text("n\n4\n")
    (tmp_path / "kpis.yaml").write_text(
        HEAD
        + kpi("good", "SELECT n FROM good")
        + kpi("bad", "SELECT sum(taken) AS n FROM occupancy")
    )
    found, failure = poll(open_source(tmp_path, kpis="kpis.yaml", tables="tables.yaml"))
    assert found["good",] == 4
    assert failure.reason == "file"
    assert ("bad",) not in found


def test_a_query_over_tables_that_never_ends_is_ended(tmp_path):
    numbers = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
    endless = f"{numbers} SELECT max(n) AS n FROM c"  # noqa: S608 – the test's own
    (tmp_path / "tables.yaml").write_text(
        "apiVersion: sothat/v1\nkind: Tables\ntables:\n"
        "  good: {file: {path: good.csv}, columns: {n: {from: n, as: number}}}\n"
    )
    (tmp_path / "good.csv").write_text("n\n4\n")
    (tmp_path / "kpis.yaml").write_text(
        HEAD + kpi("endless", endless) + kpi("good", "SELECT n FROM good")
    )
    found, failure = poll(open_source(tmp_path, kpis="kpis.yaml", tables="tables.yaml"), 2.0)
    assert found["good",] == 4
    assert "endless: interrupted" in str(failure)


def test_a_load_that_takes_all_the_time_it_is_given_leaves_the_others_theirs():
    class Hanging:
        loaded_at = None

        def __init__(self):
            self.given = 0.0

        def advance(self, deadline):
            self.given = deadline.remaining()
            while deadline.remaining() > 0:
                pass

    loads = [Hanging(), Hanging(), Hanging()]
    clock = SystemClock()
    Tables(None, loads, {}, None, clock).advance(Deadline(clock.monotonic() + 0.9, clock))
    assert all(load.given > 0.1 for load in loads)
