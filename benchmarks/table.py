"""The figures side by side, printed and written."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .measuring import Measured

_PAGE = Path("docs/quality/benchmarks.md")


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement; ``peer`` marks that with which those of the same work are compared."""

    what: str
    alerts: int
    measured: Measured
    peer: Measured | None = None


def as_table(lines: Sequence[Line]) -> str:
    """Return the lines as Markdown."""
    head = "| what | alerts | wall | CPU | peak | wall, promtool = 1 |"
    return "\n".join([head, "|---|--:|--:|--:|--:|--:|", *map(_row, lines)])


def _row(line: Line) -> str:
    found = line.measured
    ratio = f"{found.wall / line.peer.wall:.1f}" if line.peer else "–"
    times = f"{found.wall:.2f} s | {found.cpu:.2f} s | {found.peak / 1e6:.0f} MB"
    return f"| {line.what} | {line.alerts:,} | {times} | {ratio} |"


def write_page(table: str) -> None:
    """Write the table into the documentation, with date and machine."""
    when = datetime.now(UTC).date().isoformat()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    text = f"""# Benchmarks

Measured on {when} with `SOTHAT_WRITE_BENCHMARKS=1 make bench` ({machine}). Catalogues are made from
the shipped one under further names, examples included; each figure is the quickest of its runs, of
a process started for it. `promtool check rules` reads the compiled rules of the same catalogue: it
parses PromQL and templates, and knows nothing of metrics, labels, units or examples.

{table}

A build checks as well. The first one makes the tests of all alerts, by all processors; what they
are made of tells later builds which they can take as they are, also into another folder. Peak is
that of the largest process.

The benchmark asserts wall time (check and later builds: 1,000 alerts in 3 s, 10,000 in 30 s; a
changed file in 0.5 s; the first build: 6 s and 30 s, 10 s with thresholds that all differ) and peak
memory (500 MB). The first build of 1,000 alerts is over the 3 s that we aim at: a quarter of its
processor time goes into trying what the tests of each different condition come to, in the
arithmetic of both major versions of Prometheus. Run it on a quiet machine.

Of the exporters, beside node_exporter, postgres_exporter and others: [their page](exporters.md).
"""
    _PAGE.parent.mkdir(parents=True, exist_ok=True)
    _PAGE.write_text(text, encoding="utf-8")
