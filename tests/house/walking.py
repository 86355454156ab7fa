"""Walks through a page as its reader does: writes its files, runs its commands, compares outputs.

Comments before a block say what a reader does without being told so::

    <!-- not run: what the test cannot have -->
    <!-- stays: http://127.0.0.1:9780/metrics -->   a terminal of its own; ready once this answers
    <!-- until: 2m -->                              done again until it shows what the page shows
    <!-- ends: stays -->                            what stays is interrupted
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from sothat.model.duration import parse_duration

from .blocks import Block, Command, blocks, commands

_ANY = "…"
_RUN = ("sh", "console")
_PATIENCE = 240.0
_PORT = re.compile(r"\b127\.0\.0\.1:\d+")
_END = "--- the command is over:"


class AstrayError(AssertionError):
    """The page says one thing, the program another."""


class Reader:
    """A reader with a shell that stays, and terminals beside it."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._environment = environment
        self._stays: list[subprocess.Popen[bytes]] = []
        self._log = folder / "stays.log"
        self._place = folder
        self._shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def walk(self, page: Path, *, elsewhere: bool = True) -> None:
        """Do all that a page says.

        Args:
            page: The page.
            elsewhere: Whether ports that are free stand for those that it names.
        """
        for block in blocks(self._elsewhere(page) if elsewhere else page):
            if "not run" in block.marks:
                continue
            if block.file:
                self._write(block)
            elif block.language in _RUN:
                self._do(block)
            if "ends" in block.marks:
                self.end_what_stays()

    def _elsewhere(self, page: Path) -> Path:
        """Return a copy of a page with free ports of loopback instead of its own."""
        text = page.read_text(encoding="utf-8")
        free: dict[str, str] = {}
        moved = _PORT.sub(lambda found: free.setdefault(found[0], _free_address()), text)
        copy = self._place.parent / page.name
        copy.write_text(moved, encoding="utf-8")
        return copy

    def _write(self, block: Block) -> None:
        file = self._folder() / block.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, encoding="utf-8")

    def _do(self, block: Block) -> None:
        for command in commands(block):
            if "stays" in block.marks:
                self._start(command, block.marks["stays"])
            elif "until" in block.marks:
                self._repeat(block, command, parse_duration(block.marks["until"]))
            else:
                self._check(block, command)

    def _check(self, block: Block, command: Command) -> None:
        code, output = self.run(command.text)
        if wrong := _difference(command, code, output):
            raise AstrayError(f"{block}: {command.text}\n{wrong}\n\nIt printed:\n{output}")

    def _repeat(self, block: Block, command: Command, patience: float) -> None:
        deadline = time.monotonic() + patience
        while True:
            try:
                return self._check(block, command)
            except AstrayError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def run(self, text: str) -> tuple[int, str]:
        """Run a command; return its exit code and all that it printed."""
        shell = self._shell
        assert shell.stdin is not None
        assert shell.stdout is not None
        shell.stdin.write(f"{text}\n__code=$?; echo; echo '{_END}' $__code\n")
        shell.stdin.flush()
        lines: list[str] = []
        for line in shell.stdout:
            if line.startswith(_END):
                # The line that ends what had no end of line is not the command's.
                return int(line.removeprefix(_END)), "".join(lines)[:-1]
            lines.append(line)
        raise AstrayError(f"the shell ended: {text}\n{''.join(lines)}")

    def _folder(self) -> Path:
        return Path(self.run("pwd")[1].strip())

    def _start(self, command: Command, ready: str) -> None:
        with self._log.open("ab") as log:
            self._stays.append(
                subprocess.Popen(
                    ["bash", "-c", f"exec {command.text}"],
                    cwd=self._folder(),
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )
        self._await(ready)

    def _await(self, ready: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not _answers(ready):
            ended = self._stays[-1].poll() is not None
            if ended or time.monotonic() > deadline:
                raise AstrayError(f"{ready} does not answer\n{self._log.read_text('utf-8')}")
            time.sleep(0.2)

    def end_what_stays(self) -> None:
        """Press Ctrl-C in every terminal in which something stays."""
        for process in reversed(self._stays):
            process.send_signal(signal.SIGINT)
            process.wait(60)
        self._stays.clear()

    def close(self) -> None:
        """Close the shell and whatever it or a terminal has left running."""
        for process in (*self._stays, self._shell):
            with _gone():
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(60)
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


@contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except ProcessLookupError:
        return


def _free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return f"127.0.0.1:{found.getsockname()[1]}"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _difference(command: Command, code: int, output: str) -> str:
    """Return what differs from what the page says; empty: nothing."""
    if code != command.code:
        return f"exit code {code}, not {command.code}"
    if any(line.strip() for line in command.output) and not _shows(command.output, output):
        wanted = "\n".join(command.output)
        return f"The page shows:\n{wanted}"
    return ""


def _shows(wanted: Sequence[str], output: str) -> bool:
    """Return whether an output is as shown: ``…`` stands for anything, alone for any lines."""
    parts = []
    for line in "\n".join(wanted).strip("\n").splitlines():
        whole = line.strip() == _ANY
        parts.append("(?:.*\n)*?" if whole else _pattern(line.rstrip()) + "[ \t]*\n")
    return re.fullmatch("".join(parts), output.rstrip("\n") + "\n") is not None


def _pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split(_ANY))


def environment(folder: Path) -> dict[str, str]:
    """Return a reader's environment: sothat, and a pip that installs packs beside it alone.

    Args:
        folder: For a virtual environment that sees what this one has installed.
    """
    home = folder / "environment"
    make = [sys.executable, "-m", "venv", "--without-pip", str(home)]
    subprocess.run(make, check=True, capture_output=True, timeout=120)
    (ours,) = (path for path in sys.path if path.endswith("site-packages"))
    (packages,) = home.glob("lib/*/site-packages")
    (packages / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    python = shlex.quote(str(home / "bin" / "python"))
    _script(home / "bin" / "sothat", f'exec {python} -P -m sothat.commands "$@"')
    _script(home / "bin" / "pytest", f'exec {python} -m pytest -p no:cacheprovider "$@"')
    # Offline: what a pack needs is there already.
    pip = 'shift; exec {} -m pip install -q --no-deps --no-build-isolation "$@"'
    _script(home / "bin" / "pip", pip.format(python))
    path = os.pathsep.join((str(home / "bin"), os.environ["PATH"]))
    return {**os.environ, "PATH": path, "COLUMNS": "120", "NO_COLOR": "1"}


def _script(file: Path, text: str) -> None:
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(0o755)
