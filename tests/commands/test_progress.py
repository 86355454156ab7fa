"""Progress: a line that is drawn over, on standard error, for a person at a terminal alone."""

import os
import pty
import subprocess
import sys
from pathlib import Path

SOTHAT = [sys.executable, "-P", "-m", "sothat.commands"]
# A program of little work that counts.
COUNTING = """
from sothat.commands._progress import Watched, counted, progress
for one in counted("ab", 2, "letters"):
    print(one)
class Server:
    name = "s"
    def ask(self, what): return what
with progress() as tell:
    watched = Watched(Server(), ["ask"], lambda number: tell(f"question {number}"))
    print(watched.name, watched.ask("x"), watched.ask("y"))
"""


def at_a_terminal(command: list[str], **environment: str) -> tuple[str, str]:
    """Return what stands on standard output, and what a person sees of standard error."""
    person, program = pty.openpty()
    env = {**os.environ, "TERM": "xterm", **environment}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=program, env=env, check=True)
    os.close(program)
    with os.fdopen(person, "rb", closefd=True) as stream:
        seen = b""
        try:
            while block := os.read(stream.fileno(), 1 << 16):
                seen += block
        except OSError:  # a terminal whose programs have gone
            pass
    return done.stdout.decode(), seen.decode()


def test_a_person_sees_how_far_it_is_and_nothing_of_it_stays() -> None:
    out, seen = at_a_terminal([sys.executable, "-P", "-c", COUNTING])
    assert out == "a\nb\ns x y\n"
    lines = seen.split("\r\x1b[2K")
    assert lines == [
        "", "letters: 0 of 2 …", "letters: 1 of 2 …", "letters: 2 of 2 …",
        "", "question 1 …", "question 2 …", "",
    ]  # fmt: skip


def test_a_dumb_terminal_and_a_pipe_see_nothing() -> None:
    command = [sys.executable, "-P", "-c", COUNTING]
    assert at_a_terminal(command, TERM="dumb")[1] == ""
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stderr == b""


def test_a_build_shows_its_stages_and_keeps_its_output_clean(tmp_path: Path) -> None:
    data = Path(__file__).parents[1] / "generator" / "data"
    own = ["--catalogue", str(data / "small" / "alert_rules")]
    own += ["--contract", str(data / "contracts" / "plant.yaml")]
    words = ["build", *own, "-o", str(tmp_path / "out"), "--json"]
    out, seen = at_a_terminal([*SOTHAT, *words])
    assert out.startswith("{")
    assert "compiling" in seen
    assert "writing" in seen
