"""Files that are none: a pipe, a device, a folder."""

import os
import threading
from pathlib import Path

import pytest
from sothat.runtime.reading import open_regular, read_first


def test_a_file_is_read_up_to_a_size(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(b"x" * 3_000_000)
    assert len(read_first(file, 2_500_000)) == 2_500_000
    assert len(read_first(file, 4_000_000)) == 3_000_000


def test_a_device_without_end_is_read_up_to_a_size():
    assert read_first(Path("/dev/zero"), 5) == b"\0" * 5


def test_a_pipe_that_nobody_writes_to_is_empty(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert read_first(tmp_path / "pipe", 10) == b""


def test_a_pipe_is_read_to_its_end():
    reader, writer = os.pipe()
    found = []
    there = Path(f"/dev/fd/{reader}")
    thread = threading.Thread(target=lambda: found.append(read_first(there, 200_000, 30)))
    thread.start()
    for _ in range(100):
        os.write(writer, b"x" * 1000)
    os.close(writer)
    thread.join()
    os.close(reader)
    assert found == [b"x" * 100_000]


def test_a_pipe_that_does_not_end_is_given_up():
    reader, writer = os.pipe()
    os.write(writer, b"some")
    with pytest.raises(TimeoutError) as caught:
        read_first(Path(f"/dev/fd/{reader}"), 10, 0.01)
    assert caught.value.strerror == "it does not end in time"
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("name", [".", "missing", "a\0b"])
def test_what_cannot_be_read_says_why(tmp_path, name):
    with pytest.raises(OSError, match=r"."):
        read_first(tmp_path / name, 10)


def test_only_regular_files_are_regular(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    os.close(open_regular(tmp_path / "file"))
    for other in (tmp_path / "pipe", Path("/dev/null"), tmp_path):
        with pytest.raises(OSError, match="not a regular file"):
            open_regular(other)
