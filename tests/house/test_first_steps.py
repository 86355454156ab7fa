"""What the README promises a newcomer, in a clone of its own and an environment with nothing in it.

Every command and file is read from the README. ``SOTHAT_WRITE_TRANSCRIPT=1`` writes the transcript
and the page with the times anew.
"""

import os
import platform
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from .blocks import ROOT, Block, blocks, commands
from .terminal import Answer, Shell, opened, steadied, until

README = ROOT / "README.md"
TRANSCRIPT = Path(__file__).parent / "transcripts" / "first-steps.txt"
PAGE = ROOT / "docs" / "quality" / "first-steps.md"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# How this machine reaches packages and where its tools are is no part of what is tried.
MACHINE = ("PIP_", "SOTHAT_TOOLS", "HTTP_PROXY", "HTTPS_PROXY", "SSL_CERT_FILE")
ADDRESS = re.compile(r"^  \S*sothat (building|incidents) list (--\w+ \S+)$", re.MULTILINE)

pytestmark = [pytest.mark.slow, pytest.mark.real, pytest.mark.timeout(1800)]


@dataclass(slots=True)
class Newcomer:
    """Somebody at a terminal, who reads and types; what was seen and how long it took."""

    home: Path
    shell: Shell
    added: Mapping[str, str]
    seen: list[str] = field(default_factory=list)
    steps: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Take the time of a step."""
        self.seen.append(f"## {name}\n")
        begun = time.monotonic()
        yield
        self.steps.append((name, time.monotonic() - begun))
        self.seen.append("")

    def types(self, line: str) -> Answer:
        """Type a line of the page; with free ports some need an address, as the page says."""
        whole = self.addressed(line)
        found = self.shell.type(whole)
        self.told(line, found.text)
        assert found.code == 0, f"{whole}\n{found.text}"
        return found

    def addressed(self, line: str) -> str:
        words, _, comment = line.partition("  #")
        for command, option in self.added.items():
            if words.startswith(f"sothat {command} "):
                return f"{words.rstrip()} {option}  # {comment}"
        return line

    def told(self, line: str, text: str) -> None:
        """Keep what was typed and seen."""
        self.seen += [f"$ {line}", *_shown(line, steadied(text, self.home)), ""]


def _shown(line: str, text: str) -> Sequence[str]:
    """Return the lines that are kept: of pip the last one, of counts not the number."""
    text = re.sub(r"\b\d+ (files|boards|changed|items|passed)\b", r"N \1", text)
    text = re.sub(r"\.+ +\[ *\d+%\]", "[N%]", text)
    text = re.sub(r"(for queries that would stay empty in this one): .*\[", r"\1: … [", text)
    lines = [line for line in text.splitlines() if line.strip()]
    if "pip install" in line:
        lines = [one for one in lines if one.startswith(("N files", "warning"))]
    return [one for one in lines if not one.startswith(("platform ", "plugins:", "cachedir"))]


def block_with(text: str) -> Block:
    (found,) = [one for one in blocks(README) if text in one.text]
    return found


def lines_of(text: str) -> list[str]:
    return [command.text for command in commands(block_with(text))]


def environment(home: Path) -> dict[str, str]:
    """Nothing but a home, a path, and how this machine reaches the outside."""
    own = {name: value for name, value in os.environ.items() if name.startswith(MACHINE)}
    return {"HOME": str(home), "PATH": PATH, "LANG": "C.UTF-8", **own}


@contextmanager
def loop(clone: Path, home: Path) -> Iterator[str]:
    """Run the first of the two commands in a terminal of its own, until Ctrl-C; give its words."""
    (line,) = re.findall(r"`(make run ARGS=[^`]+)`", README.read_text("utf-8"))
    words = home / "loop.txt"
    with words.open("w") as output:
        process = subprocess.Popen(
            ["bash", "-c", line],
            cwd=clone,
            env=environment(home),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield until(lambda: words.read_text() + _end(process), "all parts are up", 900)
            os.killpg(process.pid, signal.SIGINT)
            process.wait(120)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert "all stopped" in words.read_text()


def _end(process: subprocess.Popen[bytes]) -> str:
    assert process.poll() is None, "the loop has ended by itself"
    return ""


def first_fault(reader: Newcomer) -> None:
    """Break a device and see it through, as the page shows it."""
    activate, listing, fault, incidents, ack, heal, show = lines_of("sothat building fault")
    reader.types(activate)
    assert "harbour-lobby-plug" in reader.types(listing).text
    reader.types(fault)
    ask = reader.addressed(incidents)
    found = until(lambda: reader.shell.type(ask).text, "harbour-lobby-plug", 120)
    assert "so that" in found
    reader.told(incidents, found)
    reader.types(ack)
    reader.types(heal)
    ask = reader.addressed(show)
    shown = until(lambda: reader.shell.type(ask).text, "#1 P3 resolved", 180)
    reader.told(show, "\n".join(_without_clocks(shown)))


def _without_clocks(shown: str) -> Iterator[str]:
    """Yield what does not hang on the hour of the day, as deadlines do, nor on who was quicker."""
    for line in shown.splitlines():
        kind = line.split()[1] if line[:4].isdigit() else ""
        if kind in ("opened", "acknowledged", "resolved") or not (
            kind or line.startswith(("acknowledge ", "update ", "resolve ", "panel "))
        ):
            yield line


def first_board(reader: Newcomer) -> None:
    for line in lines_of("compiled/dashboards/operational"):
        found = reader.types(line)
    assert "first.json" in found.text


def first_exporter(reader: Newcomer) -> None:
    touch, export, look = lines_of("sothat export --config exporter.yaml --listen")
    reader.types(touch)
    reader.types(export)
    found = until(lambda: reader.shell.type(look).text, "shop_orders_waiting 3", 60)
    reader.told(look, found)


def save(reader: Newcomer, file: str) -> None:
    """Write a file that the page shows, as an editor would."""
    (block,) = [one for one in blocks(README) if one.file == file]
    (reader.home / "our-alerts" / file).write_text(block.text, encoding="utf-8")
    reader.seen += [f"[{file} is saved as the page shows it]", ""]


def page(steps: Sequence[tuple[str, float]]) -> str:
    rows = "\n".join(f"| {name} | {seconds:.0f} s |" for name, seconds in steps)
    day = datetime.now(UTC).date().isoformat()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}"
    return f"""# The first steps, timed

A test clones the repository into an empty folder, with an empty environment and a home of its own,
and does what [the README](../../README.md) says: its commands and its files, nothing else.
Prometheus and Alertmanager were installed before; Python packages came from the machine's usual
source. Measured on {day}: {machine}.

| step | took |
|---|--:|
{rows}
| all of it | {sum(seconds for _, seconds in steps):.0f} s |

These are the machine's times: a person reads besides. The transcript is kept in
`tests/house/transcripts/first-steps.txt`, without what differs from run to run.

```sh
pytest -m slow tests/house/test_first_steps.py                             # the same again
SOTHAT_WRITE_TRANSCRIPT=1 pytest -m slow tests/house/test_first_steps.py   # and this page anew
```
"""


def test_the_readme_leads_to_a_loop_an_alert_a_board_and_an_exporter(tmp_path: Path) -> None:
    clone, begun = tmp_path / "sothat", time.monotonic()
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    with opened(clone, environment(tmp_path)) as shell, loop(clone, tmp_path) as welcome:
        reader = Newcomer(tmp_path, shell, dict(ADDRESS.findall(welcome)))
        assert set(reader.added) == {"building", "incidents"}
        reader.steps.append(("Clone, set up, first loop", time.monotonic() - begun))
        shown = welcome[welcome.index("all parts are up") :]
        reader.seen.append("## Clone, set up, first loop\n")
        reader.told('make run ARGS="--ports auto"', shown)
        with reader.step("First fault, incident, recovery"):
            first_fault(reader)
        with reader.step("A pack of one's own"):
            for line in lines_of("sothat init ../our-alerts"):
                reader.types(line)
        with reader.step("First own alert, proven"):
            save(reader, "alert_rules/first.yaml")
            (line,) = lines_of("--alert ShopOrdersPileUp")
            assert "0 failed" in reader.types(line).text
        with reader.step("First own board"):
            save(reader, "our_alerts/boards/first.py")
            first_board(reader)
        with reader.step("First own exporter"):
            first_exporter(reader)
    transcript = "\n".join(reader.seen).rstrip() + "\n"
    if os.environ.get("SOTHAT_WRITE_TRANSCRIPT"):
        TRANSCRIPT.parent.mkdir(exist_ok=True)
        TRANSCRIPT.write_text(transcript, encoding="utf-8")
        PAGE.write_text(page(reader.steps), encoding="utf-8")
    assert transcript == TRANSCRIPT.read_text(encoding="utf-8")
