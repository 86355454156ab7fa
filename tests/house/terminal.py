"""A person's terminal: a shell that takes one line after the other, and what it answers."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_MARK = "--answered--"
# What differs from run to run, and what stands in its place; the first that fits.
_CHANGING = (
    (re.compile(r"127\.\d+\.\d+\.\d+:\d+"), "ADDRESS"),
    (re.compile(r"127\.\d+\.\d+\.\d+ *"), "ADDRESS  "),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( UTC|Z|\+00:00)?"), "TIME"),
    (re.compile(r"\b\d+(\.\d+)? ?(s|ms|min|seconds)\b"), "DURATION"),
    (re.compile(r"=+ (\d+ passed).* =+"), r"\1"),
    (re.compile(r"Python \d+\.\d+\.\d+"), "Python"),
    (re.compile(r"-\d+\.\d+\.\d+\b"), "-VERSION"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a line came to: its output, standard error included, exit code and seconds."""

    text: str
    code: int
    seconds: float


class Shell:
    """A bash whose commands are typed; what runs in its background ends with it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(environment),
            text=True,
            start_new_session=True,
        )

    def type(self, line: str, patience: float = 600.0) -> Answer:
        """Type a line and wait for its end.

        Raises:
            AssertionError: It took longer than it may.
        """
        assert self._process.stdin is not None
        begun = time.monotonic()
        self._process.stdin.write(f"{line}\n_code=$?; echo; echo {_MARK} $_code\n")
        self._process.stdin.flush()
        watch = threading.Timer(patience, self.end)
        watch.start()
        try:
            *said, last = self._until_answered()
        finally:
            watch.cancel()
        assert last.startswith(_MARK), f"{line}: no end after {patience:.0f} s"
        text = "".join(said)
        return Answer(text.removesuffix("\n"), int(last.split()[1]), time.monotonic() - begun)

    def _until_answered(self) -> Iterator[str]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield line
            if line.startswith(_MARK):
                return
        yield ""

    def end(self) -> None:
        """End the shell and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait()


@contextmanager
def opened(folder: Path, environment: Mapping[str, str]) -> Iterator[Shell]:
    """Open a shell in a folder."""
    shell = Shell(folder, environment)
    try:
        yield shell
    finally:
        shell.end()


def until(look: Callable[[], str], wanted: str, patience: float) -> str:
    """Look again and again until a text says what is wanted; return the text.

    Raises:
        AssertionError: It did not in time.
    """
    end = time.monotonic() + patience
    while wanted not in (seen := look()):
        assert time.monotonic() < end, f"{wanted!r} did not come:\n{seen}"
        time.sleep(0.5)
    return seen


def steadied(text: str, folder: Path) -> str:
    """Return a text without what differs from run to run."""
    text = text.replace(str(folder), "FOLDER")
    for pattern, word in _CHANGING:
        text = pattern.sub(word, text)
    lines = (line.rstrip() for line in text.splitlines())
    return "\n".join(line for line in lines if not line.startswith("ts="))
