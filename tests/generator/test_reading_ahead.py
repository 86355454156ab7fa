"""Files that other processes read: the same as this one would have read, and only once."""

import os
from multiprocessing import active_children, get_context
from pathlib import Path

import pytest
from sothat.generator.loading.ahead import made_ahead, reading_ahead
from sothat.generator.loading.files import ReadFile, read_file
from sothat.generator.loading.folder import read_folder
from sothat.generator.shipped import shipped_catalogue
from sothat.model.problem import Unusable, unusable


def shown(found: ReadFile) -> tuple[object, ...]:
    document = found.document
    if document is None:
        return (found.unreadable,)
    places = [document.position([key]) for key in document.data]
    return (document.file, document.data, document.lines, places, found.shape)


def test_what_others_read_is_what_this_process_would_read() -> None:
    folder = shipped_catalogue()
    with reading_ahead(folder, 3) as read:
        ahead = read_folder(folder, read)
    plain = read_folder(folder)
    assert list(map(shown, map(ReadFile, ahead.documents))) == list(
        map(shown, map(ReadFile, plain.documents))
    )
    assert (ahead.shape, ahead.unreadable, ahead.notes) == (
        plain.shape,
        plain.unreadable,
        plain.notes,
    )


def test_problems_come_along_with_their_places(tmp_path: Path) -> None:
    bad, odd = tmp_path / "bad.yaml", tmp_path / "odd.yaml"
    bad.write_text("kind: [")
    odd.write_text("kind: Alerts\nalerts: 3\n")
    with reading_ahead(tmp_path, 2) as read:
        found = [read(file) for file in (bad, odd)]
    assert list(map(shown, found)) == [shown(read_file(file)) for file in (bad, odd)]
    assert [problem.code for problem in found[0].unreadable] == ["yaml-syntax"]
    assert found[1].shape


def test_a_file_that_is_asked_for_again_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("kind: First\n")
    with reading_ahead(tmp_path, 2) as read:
        first = read(file)
        file.write_text("kind: Second\n")
        second = read(file)
    assert first.document is not None
    assert second.document is not None
    assert (first.document.data["kind"], second.document.data["kind"]) == ("First", "Second")


def test_a_folder_that_is_not_there_is_reported_as_ever(tmp_path: Path) -> None:
    with reading_ahead(tmp_path / "none", 2) as read, pytest.raises(Unusable) as error:
        read_folder(tmp_path / "none", read)
    assert [problem.code for problem in error.value.problems] == ["no-catalogue"]


def test_what_is_made_ahead_was_begun_by_another_process() -> None:
    begins = get_context("fork").Event()

    def make() -> int:
        begins.set()
        return os.getpid()

    with made_ahead(make, 2) as made:
        assert begins.wait(60)
        assert made() != os.getpid()
    assert not active_children()


def test_what_fails_ahead_fails_where_it_is_asked_for() -> None:
    def make() -> None:
        raise unusable("broken", "it cannot be loaded")

    with made_ahead(make, 2) as made, pytest.raises(Unusable):
        made()
