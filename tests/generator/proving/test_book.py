"""Tests that were made before are not made again, and never differ from those made anew."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.generator.proving.book import CaseBook, Cases
from sothat.generator.proving.cases import Case, Look, Purpose
from sothat.generator.proving.shelf import cache_folder, read_book, write_book

CASE = Case(
    alert="First",
    name="threshold > 0.85",
    purpose=Purpose.BOUNDARY,
    interval=60.0,
    every=15.5,
    series=(('a{b="→\\"\n"}', "1x3 _ 0.1+0.2x5"),),
    looks=(Look(60.0), Look(75.5, ({"b": "x"}, {}))),
)


def never() -> Cases:
    raise AssertionError("it is known")


def test_what_is_known_is_not_made_and_bears_the_name_that_is_asked_for() -> None:
    book = CaseBook()
    assert book.cases("key", "First", lambda: (CASE,)) == (CASE,)
    (found,) = book.cases("key", "Second", never)
    assert found.alert == "Second"
    assert found.series == CASE.series
    assert book.lacking(["key", "other", "other"]) == ["other"]


def test_a_book_comes_back_as_it_was(tmp_path: Path) -> None:
    book = read_book(tmp_path)
    book.cases("key", "First", lambda: (CASE,))
    book.cases("nothing", "Second", lambda: ())
    write_book(tmp_path, book)
    again = read_book(tmp_path)
    assert again.cases("key", "First", never) == (CASE,)
    assert again.cases("nothing", "Second", never) == ()
    assert not again.changed


def test_what_nobody_asks_for_is_dropped_after_some_builds(tmp_path: Path) -> None:
    first = read_book(tmp_path)
    first.cases("old", "First", lambda: (CASE,))
    write_book(tmp_path, first)
    for build in range(9):
        book = read_book(tmp_path)
        assert bool(book.lacking(["old"])) == (build > 7)
        book.cases(f"new {build}", "First", lambda: (CASE,))
        write_book(tmp_path, book)


def test_what_another_version_has_made_is_made_again(tmp_path: Path) -> None:
    book = read_book(tmp_path)
    book.cases("key", "First", lambda: (CASE,))
    write_book(tmp_path, book)
    file = tmp_path / "cases.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "made_by": "another"}))
    assert read_book(tmp_path).lacking(["key"]) == ["key"]


WRONG = [
    "",
    "null",
    "[]",
    '{"made_by": 1}',
    "[" * 100_000,
    '{"cases": [["key", 0, [[1]]]]}',
]


@pytest.mark.parametrize("text", WRONG)
def test_a_file_that_is_none_of_ours_is_no_book(tmp_path: Path, text: str) -> None:
    (tmp_path / "cases.json").write_text(text)
    assert read_book(tmp_path).lacking(["key"]) == ["key"]


@given(st.integers(0, 2000), st.binary(max_size=3))
def test_a_damaged_file_ends_no_build(
    tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    book = read_book(folder)
    book.cases("key", "First", lambda: (CASE,))
    write_book(folder, book)
    file = folder / "cases.json"
    whole = file.read_bytes()
    file.write_bytes(whole[:place] + damage)
    assert read_book(folder).lacking(["other"]) == ["other"]


def test_where_nothing_can_be_kept_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (None, tmp_path / "file" / "below"):
        book = read_book(folder)
        book.cases("key", "First", lambda: (CASE,))
        write_book(folder, book)
        assert read_book(folder).lacking(["key"]) == ["key"]


def test_the_folder_is_that_of_the_base_directories() -> None:
    assert cache_folder({"XDG_CACHE_HOME": "/c", "HOME": "/h"}) == Path("/c/sothat")
    assert cache_folder({"XDG_CACHE_HOME": "relative", "HOME": "/h"}) == Path("/h/.cache/sothat")
    assert cache_folder({}) is None
