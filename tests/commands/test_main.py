"""The front door: what the exit code says when nobody reads any more."""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest
from sothat.commands._main import run
from sothat.commands._refusals import of_the_system

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


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--catalogue"],
        ["check", "--rules"],
        ["init", "--name", "shop"],
        ["site", "-o"],
        ["prove", "--catalogue"],
    ],
    ids=" ".join,
)
def test_a_path_that_the_system_refuses_is_told_in_words(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "a" * 300]) == 2
    told = capsys.readouterr().err
    assert f"{'a' * 300}: error: the system refuses: File name too long [system-refused]" in told


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_full_disk_is_told_on_standard_error(form: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*SOTHAT, "contract", "list", *form], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: the system refuses: No space left on device")
    assert done.stderr.count(b"\n") == 2


def test_an_error_about_no_path_is_not_taken_for_one() -> None:
    with pytest.raises(ConnectionResetError):
        of_the_system(ConnectionResetError(104, "Connection reset by peer"))


def test_an_interrupt_while_we_are_being_loaded_is_as_quiet_as_later(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([*SOTHAT, "check"], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_a_command_of_a_pack_that_fails_is_told_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "their_words.py").write_text(
        "import click\n@click.command()\ndef command():\n    {}['word']\n"
    )
    about = tmp_path / "their_words-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: their-words\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[sothat.commands]\nspeak = their_words\n")
    done = subprocess.run(
        [*SOTHAT, "speak"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(
        f"{tmp_path / 'their_words.py'}:4:5: error: the extension their-words fails: KeyError"
    )


def _into_a_closed_pipe(
    arguments: list[str], stderr: int | IO[bytes]
) -> subprocess.CompletedProcess[bytes]:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return subprocess.run([*SOTHAT, *arguments], stdout=writing, stderr=stderr, check=False)
    finally:
        os.close(writing)
