"""The front door: what the exit code says when nobody reads any more."""

import os
import subprocess
import sys
from typing import IO

import pytest

SOTHAT = [sys.executable, "-P", "-m", "sothat.commands"]


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["check", "--help"], ["schema", "Alerts"]],
    ids=" ".join,
)
def test_a_reader_that_has_gone_is_neither_a_problem_nor_a_success(arguments: list[str]) -> None:
    done = _into_a_closed_pipe(arguments, stderr=subprocess.PIPE)
    assert done.returncode == 141
    assert done.stderr == b""


def test_problems_that_nobody_reads_end_the_same_way() -> None:
    arguments = ["check", "--catalogue", "no-such-folder"]
    assert _into_a_closed_pipe(arguments, stderr=subprocess.STDOUT).returncode == 141


def test_a_reader_that_stays_gets_everything_and_the_exit_code() -> None:
    done = subprocess.run([*SOTHAT, "schema", "Alerts"], capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stdout


def _into_a_closed_pipe(
    arguments: list[str], stderr: int | IO[bytes]
) -> subprocess.CompletedProcess[bytes]:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return subprocess.run([*SOTHAT, *arguments], stdout=writing, stderr=stderr, check=False)
    finally:
        os.close(writing)
