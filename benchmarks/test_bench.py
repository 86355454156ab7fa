"""Check and build of large catalogues, beside promtool; and the editor's loop."""

import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from sothat.commands._catalogue import collector_paused
from sothat.generator.checked import installed_checks
from sothat.generator.compile import all_problems, installed_inputs
from sothat.generator.values import Values
from sothat.runtime.forks import processors

from .catalogues import make_catalogue
from .measuring import Measured, best, measure
from .table import Line, as_table, write_page

_SOTHAT = Path(sys.executable).with_name("sothat")
_PEAK = 500e6
_LOOP = 0.5
_DIFFERENT = 10.0


@pytest.fixture(scope="module")
def lines() -> Iterator[list[Line]]:
    """Collect the lines of one table; print it, and write it where that is asked for."""
    found: list[Line] = []
    yield found
    print(f"\n{as_table(found)}")
    if os.environ.get("SOTHAT_WRITE_BENCHMARKS"):
        write_page(as_table(found))


# The first build makes the tests of all alerts: of 1,000 it takes longer than the three seconds
# that check and every later build take.
@pytest.mark.parametrize(
    ("alerts", "seconds", "first_seconds", "times"),
    [(1_000, 3.0, 6.0, 3), (10_000, 30.0, 30.0, 1)],
)
def test_check_and_build(
    alerts: int,
    seconds: float,
    first_seconds: float,
    times: int,
    tmp_path: Path,
    lines: list[Line],
) -> None:
    """Build checks all that check does, and writes it; the first one makes the tests as well."""
    count = make_catalogue(tmp_path / "alert_rules", alerts)
    firsts = [_build(tmp_path, f"first-{n}", f"cache-{n}") for n in range(times)]
    again = _best(_build(tmp_path, f"again-{n}", "cache-0") for n in range(times))
    check = _best(_sothat(tmp_path, "cache-0", "check") for _ in range(times))
    peer = _promtool(tmp_path / "first-0", tmp_path, times)
    lines += [
        Line("sothat check", count, check, peer),
        Line("sothat build, the first", count, _best(firsts), peer),
        Line("sothat build, tests remembered", count, again, peer),
    ]
    lines += [Line("promtool check rules", count, peer, peer)] if peer else []
    assert [found.code for found in (*firsts, again, check)] == [0] * (times + 2)
    assert max(found.peak for found in (*firsts, again, check)) < _PEAK
    assert max(check.wall, again.wall) < seconds
    assert _best(firsts).wall < first_seconds


def test_a_first_build_of_many_different_conditions(tmp_path: Path, lines: list[Line]) -> None:
    """Tests are made once for each different condition: here most copies have their own."""
    count = make_catalogue(tmp_path / "alert_rules", 1_000, tuned=True)
    found = _best(_build(tmp_path, f"first-{n}", f"cache-{n}") for n in range(3))
    lines.append(Line("sothat build, the first, thresholds all different", count, found))
    assert found.code == 0
    assert found.peak < _PEAK
    assert found.wall < _DIFFERENT


def _build(folder: Path, output: str, cache: str) -> Measured:
    """Build into an output that is not there yet."""
    return _sothat(folder, cache, "build", "-o", output)


def _sothat(folder: Path, cache: str, *words: str) -> Measured:
    """Run a command on the catalogue of a folder, with a folder of what it remembers."""
    # As where it is installed, its modules are compiled once.
    bytecode = f"PYTHONPYCACHEPREFIX={folder / 'bytecode'}"
    around = ["env", "-u", "PYTHONDONTWRITEBYTECODE", bytecode, f"XDG_CACHE_HOME={folder / cache}"]
    return measure([*around, _SOTHAT, *words, "--catalogue", "alert_rules"], folder)


def _best(found: Iterable[Measured]) -> Measured:
    return min(found, key=lambda each: each.wall)


def _promtool(out: Path, folder: Path, times: int) -> Measured | None:
    tool = shutil.which("promtool")
    rules = sorted((out / "prometheus" / "rules").glob("*.yaml"))
    return best([tool, "check", "rules", *rules], folder, times) if tool else None


def test_a_change_of_one_file_is_checked_again_at_once(tmp_path: Path, lines: list[Line]) -> None:
    """What ``sothat check --watch`` does after a change in a catalogue of 1,000 alerts."""
    catalogue = tmp_path / "alert_rules"
    make_catalogue(catalogue, 1_000)
    inputs, checks = installed_inputs(catalogue, Values()), installed_checks()
    assert all_problems(inputs, checks) == []
    changed = next(f for f in sorted(catalogue.glob("*.yaml")) if "  - name:" in f.read_text())
    walls = []
    for owner in ("nobody-here", "nobody-there", "nobody-at-all"):
        text = changed.read_text(encoding="utf-8")
        lines_of = [f"owner: {owner}" if x.startswith("owner:") else x for x in text.splitlines()]
        changed.write_text("\n".join(lines_of), encoding="utf-8")
        start, spent = time.perf_counter(), time.process_time()
        with collector_paused():
            found = all_problems(inputs, checks, processors())
        walls.append((time.perf_counter() - start, time.process_time() - spent))
        assert "unknown-team" in {problem.code for problem in found}
    wall, cpu = min(walls)
    count = sum(
        f.read_text(encoding="utf-8").count("\n  - name:") for f in catalogue.glob("*.yaml")
    )
    lines.append(Line("one file changed, checked again (watch)", count, Measured(wall, cpu, 0, 0)))
    assert wall < _LOOP
