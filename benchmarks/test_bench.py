"""Check and build of large catalogues, beside promtool; and the editor's loop."""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sothat.generator.checked import installed_checks
from sothat.generator.compile import all_problems, installed_inputs
from sothat.generator.values import Values

from .catalogues import make_catalogue
from .measuring import Measured, best
from .table import Line, as_table, write_page

_SOTHAT = Path(sys.executable).with_name("sothat")
_PEAK = 500e6
_LOOP = 0.5


@pytest.fixture(scope="module")
def lines() -> Iterator[list[Line]]:
    """Collect the lines of one table; print it, and write it where that is asked for."""
    found: list[Line] = []
    yield found
    print(f"\n{as_table(found)}")
    if os.environ.get("SOTHAT_WRITE_BENCHMARKS"):
        write_page(as_table(found))


@pytest.mark.parametrize(("alerts", "seconds", "times"), [(1_000, 3.0, 3), (10_000, 30.0, 1)])
def test_check_and_build(
    alerts: int, seconds: float, times: int, tmp_path: Path, lines: list[Line]
) -> None:
    """Build checks all that check does, and writes it."""
    catalogue, out = tmp_path / "alert_rules", tmp_path / "out"
    count = make_catalogue(catalogue, alerts)
    check = best([_SOTHAT, "check", "--catalogue", catalogue], tmp_path, times)
    build = best([_SOTHAT, "build", "--catalogue", catalogue, "-o", out], tmp_path, times)
    peer = _promtool(out, tmp_path, times)
    lines += [Line("sothat check", count, check, peer), Line("sothat build", count, build, peer)]
    lines += [Line("promtool check rules", count, peer, peer)] if peer else []
    assert (check.code, build.code) == (0, 0)
    assert build.wall < seconds
    assert max(check.peak, build.peak) < _PEAK


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
        found = all_problems(inputs, checks)
        walls.append((time.perf_counter() - start, time.process_time() - spent))
        assert "unknown-team" in {problem.code for problem in found}
    wall, cpu = min(walls)
    count = sum(
        f.read_text(encoding="utf-8").count("\n  - name:") for f in catalogue.glob("*.yaml")
    )
    lines.append(Line("one file changed, checked again (watch)", count, Measured(wall, cpu, 0, 0)))
    assert wall < _LOOP
