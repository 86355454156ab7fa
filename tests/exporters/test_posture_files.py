"""Reading what others write: nothing of it waits, loops, or takes more than it may."""

import os
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.exporters.posture import patterns, reading
from sothat.exporters.posture.patterns import Walk
from sothat.exporters.posture.reading import Malformed, parse_json, read
from sothat.exporters.posture.shapes import moment, number
from sothat.exporters.source import PollFailed

from .posture import soon, write


def found(folder, *asked):
    walk = Walk(folder, soon())
    return [str(path.relative_to(folder)) for path in walk.files(asked)], walk.closed


def test_patterns_name_files_in_order_and_once(tmp_path):
    write(tmp_path, dict.fromkeys(("b.pem", "a.pem", "c.key", ".hidden.pem", "sub/d.pem"), ""))
    write(tmp_path, dict.fromkeys(("sub/deep/e.pem", "sub.pem/x"), ""))
    assert found(tmp_path, "*.pem", "a.*") == (["a.pem", "b.pem"], [])
    assert found(tmp_path, ".*.pem")[0] == [".hidden.pem"]
    assert found(tmp_path, "s?b/*.pem")[0] == ["sub/d.pem"]
    assert found(tmp_path, "**/*.pem")[0] == ["a.pem", "b.pem", "sub/d.pem", "sub/deep/e.pem"]
    assert found(tmp_path, "sub/**")[0] == ["sub/d.pem", "sub/deep/e.pem"]
    assert found(tmp_path, str(tmp_path / "[ab].pem"))[0] == ["a.pem", "b.pem"]


def test_a_file_named_without_a_pattern_is_looked_for_even_where_there_is_none(tmp_path):
    assert found(tmp_path, "no/such.pem", "none/*.pem") == (["no/such.pem"], [])


def test_links_that_loop_end(tmp_path):
    write(tmp_path, {"real/a.pem": ""})
    (tmp_path / "real/up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    names, closed = found(tmp_path, "**/*")
    assert names == ["self", "real/a.pem"]
    assert not closed
    with pytest.raises(OSError, match="Too many levels"):
        read(tmp_path / "self", 10)


def test_a_folder_that_may_not_be_seen_is_named(tmp_path, monkeypatch):
    write(tmp_path, {"closed/a.pem": "", "open/b.pem": ""})
    scandir = os.scandir

    def refuse(folder):
        if str(folder).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(patterns.os, "scandir", refuse)
    assert found(tmp_path, "*/*.pem") == (["open/b.pem"], [tmp_path / "closed"])


def test_a_walk_is_bounded(tmp_path, monkeypatch):
    write(tmp_path, {f"{number}.pem": "" for number in range(20)})
    monkeypatch.setattr(patterns, "MOST_FILES", 10)
    with pytest.raises(PollFailed, match="more than 10 files"):
        found(tmp_path, "*.pem")
    monkeypatch.setattr(patterns, "MOST_ENTRIES", 15)
    with pytest.raises(PollFailed, match="more than 15 names"):
        found(tmp_path, "nothing*")
    with pytest.raises(PollFailed, match="no time"):
        list(Walk(tmp_path, soon(-1)).files(["*"]))


def test_only_regular_files_of_a_size_are_read_and_nothing_is_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    write(tmp_path, {"large": "x" * 11, "fits": "x" * 10})
    for name in ("pipe", "folder", "none", "nul\0"):
        with pytest.raises(OSError):  # noqa: PT011 – whichever it is
            read(tmp_path / name, 10)
    with pytest.raises(OSError, match="larger than 10 bytes"):
        read(tmp_path / "large", 10)
    assert read(tmp_path / "fits", 10).data == b"x" * 10


def test_a_file_that_calls_itself_empty_is_read_with_the_limit_too():
    if sys.platform != "linux":
        pytest.skip("the kernel's files")
    with pytest.raises(OSError, match="larger than"):
        read("/proc/self/status", 10)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\x00",
        b'{"a": "\xff"}',
        b"[" * 100_000,
        b"[" * 5000 + b"]" * 5000,
        b'{"a":NaN}',
        "{}".encode("utf-16"),
    ],
)
def test_what_is_not_json_is_said_to_be_malformed(data):
    with pytest.raises(Malformed):
        parse_json(data)


def test_json_of_too_many_values_is_not_held(monkeypatch):
    monkeypatch.setattr(reading, "MOST_VALUES", 100)
    assert parse_json(b"[" + b"1," * 98 + b"1]")
    with pytest.raises(Malformed, match="more than 100"):
        parse_json(b"[" + b"[],".join([b""] * 60) + b"1]")


def test_a_byte_order_mark_does_no_harm():
    assert parse_json(b"\xef\xbb\xbf{}") == {}


@given(st.binary(max_size=300))
def test_any_bytes_are_json_or_malformed(data):
    with suppress(Malformed):
        parse_json(data)


def test_moments_and_numbers():
    assert moment("2026-09-21T14:13:20.123456789+02:00") == 1789992800.123456
    assert moment("2026-09-21T12:13:20Z") == 1789992800
    for wrong in ("", "yesterday", None, 5, "0001-01-01", "99999-01-01"):
        assert moment(wrong) is None
    assert number(3) == 3
    for wrong in (True, "3", None, -1, float("inf")):
        assert number(wrong) is None
