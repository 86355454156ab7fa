"""Runs real promtool over many test files at once, whatever it does.

``promtool test rules`` says for each file, in the order of its arguments, either ``SUCCESS`` or
``FAILED:`` with what was expected and what it got. Version 2.42 names the file besides, 3.x does
not; so it is the order that counts, and the number of answers that is checked.
"""

import contextlib
import json
import os
import selectors
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from sothat.model.problem import unusable

MAX_OUTPUT = 64 * 1024 * 1024
_POLL_SECONDS = 0.5
_PASSED, _FAILED, _HEADLINE = "  SUCCESS", "  FAILED:", "Unit Testing:"
# promtool's exit codes when it ran: all passed, or some failed.
_FINE = (0, 1)


@dataclass(frozen=True, slots=True)
class Job:
    """One test file with the rules that it needs.

    Attributes:
        rules: Content of the rule file.
        test: Content of the test file, without ``rule_files``.
    """

    rules: Mapping[str, Any]
    test: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What promtool said of a job: its words when it failed, and how long it took."""

    passed: bool
    words: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Promtool:
    """The program, and how it is run.

    Attributes:
        processes: How many run at once.
        patience: Seconds after which a program that says nothing is given up.
        most: Bytes after which one that does not stop talking is given up.
        clock: Seconds that only grow.
        told: Hears now and then how many of the files of a run are done, and how many there are.
    """

    program: Path
    processes: int = 2
    patience: float = 300.0
    most: int = MAX_OUTPUT
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    told: Callable[[int, int], None] = field(default=lambda _done, _all: None, repr=False)

    def run(self, jobs: Sequence[Job]) -> list[Answer]:
        """Return promtool's answers in the order of the jobs.

        Nothing is left behind: neither a process nor a file, whatever happens.

        Raises:
            Unusable: promtool cannot be started, hangs, crashes or says what cannot be read.
        """
        with tempfile.TemporaryDirectory(prefix="sothat-prove-") as folder:
            files = [_written(job, Path(folder), number) for number, job in enumerate(jobs)]
            with contextlib.ExitStack() as stack:
                return _Crew(self, Path(folder), files, stack).work()


def _written(job: Job, folder: Path, number: int) -> Path:
    rules = folder / f"{number}-rules.yaml"
    rules.write_text(json.dumps(job.rules, ensure_ascii=False), encoding="utf-8")
    test = folder / f"{number}.yaml"
    content = {"rule_files": [rules.name], **job.test}
    test.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return test


class _Crew:
    """Several processes at work on one list of files."""

    def __init__(
        self, tool: Promtool, folder: Path, files: Sequence[Path], stack: contextlib.ExitStack
    ) -> None:
        self._tool = tool
        self._folder = folder
        self._stack = stack
        self._answers: list[Answer | None] = [None] * len(files)
        self._shares = list(_shares(files, tool.processes))
        self._selector = stack.enter_context(selectors.DefaultSelector())

    def work(self) -> list[Answer]:
        for _ in range(self._tool.processes):
            self._start()
        while self._selector.get_map():
            for key, _ in self._selector.select(_POLL_SECONDS):
                if not key.data.read():
                    self._finish(key.data)
            for worker in [key.data for key in self._selector.get_map().values()]:
                worker.hold_to_account()
        return [answer for answer in self._answers if answer is not None]

    def _start(self) -> None:
        if self._shares:
            share = self._shares.pop()
            worker = _Worker(self._tool, self._folder, share)
            self._stack.callback(worker.stop)
            self._selector.register(worker.output, selectors.EVENT_READ, worker)

    def _finish(self, worker: "_Worker") -> None:
        self._selector.unregister(worker.output)
        for number, answer in worker.answers():
            self._answers[number] = answer
        done = sum(answer is not None for answer in self._answers)
        self._tool.told(done, len(self._answers))
        self._start()


# Enough shares that no process idles for long, few enough that starting them costs nothing.
_SHARES_EACH = 4

_Share = tuple[tuple[int, Path], ...]


def _shares(files: Sequence[Path], processes: int) -> Iterator[_Share]:
    """Yield the files, numbered, dealt out like cards: neighbours take equally long."""
    hands = min(len(files), processes * _SHARES_EACH)
    numbered = tuple(enumerate(files))
    for hand in range(hands):
        yield numbered[hand::hands]


class _Worker:
    """One process and what it has said so far."""

    def __init__(self, tool: Promtool, folder: Path, share: _Share) -> None:
        self._tool = tool
        self._share = share
        self._said = bytearray()
        self._ends: list[float] = []
        self._began = self._heard = tool.clock()
        command = [str(tool.program), "test", "rules", *(str(file) for _, file in share)]
        # promtool keeps each test's series in a folder of its own, which it leaves when killed.
        environment = {**os.environ, "TMPDIR": str(folder)}
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder,
                bufsize=0,
            )
        except OSError as error:
            reason = error.strerror or str(error)
            raise _broken(tool, f"cannot be started: {reason}") from error

    @property
    def output(self) -> IO[bytes]:
        assert self._process.stdout is not None  # noqa: S101 – it was asked for
        return self._process.stdout

    def read(self) -> bool:
        """Take what there is to read; False at the end."""
        block = os.read(self.output.fileno(), 1 << 16)
        self._heard = self._tool.clock()
        self._said += block
        done = sum(block.count(f"{word}\n".encode()) for word in (_PASSED, _FAILED))
        self._ends += [self._heard] * done
        return bool(block)

    def hold_to_account(self) -> None:
        """Refuse a process that hangs or does not stop talking.

        Raises:
            Unusable: It does.
        """
        if self._tool.clock() - self._heard > self._tool.patience:
            raise _broken(self._tool, f"said nothing for {self._tool.patience:g} seconds")
        if len(self._said) > self._tool.most:
            raise _broken(self._tool, f"said more than {self._tool.most} bytes")

    def answers(self) -> Iterator[tuple[int, Answer]]:
        """Yield the answers with the numbers of their files.

        Raises:
            Unusable: It crashed, or there is not one answer a file.
        """
        code = self._process.wait(self._tool.patience)
        text = self._said.decode(errors="replace")
        verdicts = list(_verdicts(text))
        if code not in _FINE or len(verdicts) != len(self._share):
            last = text.strip().rpartition("\n")[2][:200]
            counted = f"{len(verdicts)} answers to {len(self._share)} files"
            raise _broken(self._tool, f"ended with {code} after {counted}; its last words: {last}")
        starts = [self._began, *self._ends]
        for at, ((number, _), words) in enumerate(zip(self._share, verdicts, strict=True)):
            took = self._ends[at] - starts[at] if at < len(self._ends) else 0.0
            yield number, Answer(words is None, words or "", took)

    def stop(self) -> None:
        """Stop the process if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self.output.close()
        self._process.wait()


def _verdicts(text: str) -> Iterator[str | None]:
    """Yield promtool's words for each failed file, None for each passed one."""
    words: list[str] | None = None
    for line in text.splitlines():
        if line in (_PASSED, _FAILED) or line.startswith(_HEADLINE):
            if words is not None:
                yield "\n".join(words).strip("\n")
            words = [] if line == _FAILED else None
            if line == _PASSED:
                yield None
        elif words is not None:
            words.append(line)
    if words is not None:
        yield "\n".join(words).strip("\n")


def _broken(tool: Promtool, what: str) -> Exception:
    hint = "try it by hand: promtool test rules compiled/prometheus/tests/*.yaml"
    return unusable("promtool-failed", f"{tool.program} {what}", hint=hint)
