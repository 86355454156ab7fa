"""Real promtool's answers, and programs that behave badly in its place."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sothat.generator.proving.running import Job, Promtool
from sothat.generator.proving.subjects import Subject, subjects_of
from sothat.generator.proving.trials import plain_job
from sothat.model.problem import Unusable

from .conftest import ALERT, artefacts

Make = Callable[..., Promtool]


def jobs_of(subject: Subject) -> list[Job]:
    return [plain_job(subject, case) for case in subject.cases]


def test_answers_come_in_the_order_of_the_jobs(release: Promtool, subject: Subject) -> None:
    impatient = subjects_of(artefacts({**ALERT, "for": "1m"}))[0]
    answers = release.run([*jobs_of(subject), *jobs_of(impatient), *jobs_of(subject)])
    assert [answer.passed for answer in answers] == [True, True, True, False, True, True]
    assert 'got: {__name__="ALERTS", alertname="PumpsDown"' in answers[3].words
    assert not answers[0].words


def test_a_rule_that_cannot_be_read_is_a_failure(release: Promtool, subject: Subject) -> None:
    broken = subjects_of(artefacts({**ALERT, "for": "soon"}))[0]
    answers = release.run([*jobs_of(broken)[:1], *jobs_of(subject)])
    assert [answer.passed for answer in answers] == [False, True, True]
    assert "soon" in answers[0].words


def test_no_jobs_no_answers(tool: Promtool) -> None:
    assert tool.run([]) == []


def refusal(tool: Promtool, subject: Subject) -> str:
    with pytest.raises(Unusable) as refused:
        tool.run(jobs_of(subject))
    (problem,) = refused.value.problems
    assert problem.code == "promtool-failed"
    return problem.message


def test_one_that_hangs_is_given_up(stand_in: Make, subject: Subject, scratch: Path) -> None:
    started = time.monotonic()
    message = refusal(stand_in("exec sleep 600", patience=1.0), subject)
    assert "said nothing for 1 seconds" in message
    assert time.monotonic() - started < 120
    assert not list(scratch.iterdir())


def test_one_that_does_not_stop_talking_is_given_up(
    stand_in: Make, subject: Subject, scratch: Path
) -> None:
    message = refusal(stand_in("exec yes  SUCCESSES"), subject)
    assert "said more than 1000000 bytes" in message
    assert not list(scratch.iterdir())


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo panic: index out of range; exit 2", "ended with 2 after 0 answers to"),
        ("kill -SEGV $$", "ended with -11"),
        ("echo '  SUCCESS'", "ended with 0 after 1 answers to"),
        ("exit 0", "ended with 0 after 0 answers"),
        (r"printf '\377\376'; exit 3", "ended with 3"),
    ],
)
def test_one_that_crashes_is_told_of(
    stand_in: Make, subject: Subject, scratch: Path, script: str, words: str
) -> None:
    tool = stand_in(script)
    with pytest.raises(Unusable) as refused:
        tool.run(jobs_of(subject) * 10)
    assert words in refused.value.problems[0].message
    assert not list(scratch.iterdir())


def test_one_that_is_no_program_is_told_of(tmp_path: Path, subject: Subject) -> None:
    text = tmp_path / "text"
    text.write_text("no program")
    assert "cannot be started" in refusal(Promtool(text), subject)


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


# Who starts the tests in the background may have them ignore SIGINT, which children inherit.
INTERRUPTED = """\
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from sothat.generator.proving.running import Job, Promtool
Promtool(Path(sys.argv[1]), 2).run([Job({}, {}), Job({}, {})])
"""


def test_an_interrupt_leaves_neither_process_nor_file(stand_in: Make, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    pids = tmp_path / "pids"
    tool = stand_in(f"echo $$ >> {pids}; exec sleep 600")
    child = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(tool.program)],
        env={**os.environ, "TMPDIR": str(scratch)},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not (pids.exists() and len(pids.read_text().split()) == 2):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=120)
    assert child.returncode != 0
    for pid in pids.read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)
    assert not list(scratch.iterdir())
