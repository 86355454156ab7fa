"""The incident service beside alerta-server: the same messages, PostgreSQL and number of workers.

alerta-server is found through SOTHAT_BENCH_ALERTA: the Python of an environment that holds it,
psycopg2-binary and gunicorn. Without it only our own figures are taken.
"""

import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.exporters.servers import open_folder, postgresql_server

from .incident_messages import message
from .incident_receivers import ALERTA, Load, Receiver, alerta, ours

_PAGE = Path("docs/quality/incidents-figures.md")
_WORKERS = 2
_PHASES = ("new", "repeat", "resolve", "three at once")
# Messages of each phase, by the number of alerts in one: the peer gets fewer, for it takes longer.
_MESSAGES = {1: (6000, 720), 10: (960, 96), 100: (60, 16)}
# In how many turns, so that all meet the same machine, however it changes; eight fit into each.
_TURNS = {1: 12, 10: 6, 100: 2}
_LOG_FILES = 48


@dataclass(frozen=True, slots=True)
class Line:
    """One phase of one receiver."""

    receiver: str
    phase: str
    size: int
    load: Load


@pytest.fixture(scope="module")
def lines() -> Iterator[list[Line]]:
    """Collect the lines; print them, and write them where that is asked for."""
    found: list[Line] = []
    yield found
    print(f"\n{_table(found)}")
    if os.environ.get("SOTHAT_WRITE_BENCHMARKS"):
        _PAGE.write_text(_text(found), encoding="utf-8")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Any]:
    """Give a server that writes to the disk as a real one does, and has run for a while."""
    options = ("-c", "fsync=on", "-c", "min_wal_size=1GB")
    with open_folder() as folder, postgresql_server(folder, *options) as server:
        _run_in(server)
        yield server


def _run_in(server: Any) -> None:
    """Have the files of the server's log used once, so that they are used again from now on.

    A server that is new makes each of them, and half a percent of the commits waited for that, for
    12 to 43 ms: near enough to what p99 looks at.
    """
    with closing(server.connect()) as connection:
        for _ in range(_LOG_FILES):
            connection.execute("INSERT INTO t VALUES (0)")
            connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")


@pytest.mark.parametrize("size", [1, 10, 100])
@pytest.mark.timeout(1200)
def test_beside_alerta(size: int, postgresql: Any, tmp_path: Path, lines: list[Line]) -> None:
    """The receivers take turns within each phase, so that all meet the same machine.

    Each begins when the others have nothing left to do, such as pages of the turn before.
    """
    names = ["sothat", "sothat, pages"]
    python = os.environ.get(ALERTA)
    receivers = [
        ours(_folder(tmp_path, "a"), _database(postgresql, f"a{size}"), _WORKERS),
        ours(_folder(tmp_path, "b"), _database(postgresql, f"b{size}"), _WORKERS, pages=True),
    ]
    if python:
        names.append("alerta")
        url = _database(postgresql, f"c{size}")
        receivers.append(alerta(Path(python), _folder(tmp_path, "c"), url, _WORKERS))
    with ExitStack() as running:
        for receiver in receivers:
            _warm(running.enter_context(receiver), size)
        lines += _beside(dict(zip(names, receivers, strict=True)), size)


@pytest.mark.timeout(600)
def test_sqlite(tmp_path: Path, lines: list[Line]) -> None:
    """One process, ten alerts a message; each answer comes after its commit."""
    with ours(tmp_path, "sqlite:///incidents.db", 1) as receiver:
        _warm(receiver, 10)
        lines += _beside({"sothat, SQLite": receiver}, 10)


def _warm(receiver: Receiver, size: int) -> None:
    warm = max(16, 64 // size)
    receiver.take((message(10**6 + n, size, firing=True) for n in range(warm)), size)
    receiver.rest()


def _beside(receivers: Mapping[str, Receiver], size: int) -> Iterator[Line]:
    """Yield what becomes of each phase; several turns of a receiver are one load."""
    for phase in _PHASES:
        taken = dict.fromkeys(receivers, Load(0, 0.0, (), Counter(), 0.0, 0.0))
        for turn in range(_TURNS[size]):
            for name, receiver in receivers.items():
                taken[name] += _turn(receiver, phase, size, turn, _MESSAGES[size][name == "alerta"])
                receiver.rest()
        for name, load in taken.items():
            assert name == "alerta" or set(load.codes) == {"200"}
            yield Line(name, phase, size, load)


def _turn(receiver: Receiver, phase: str, size: int, turn: int, count: int) -> Load:
    if phase == "three at once":
        same = message(10**7 + turn, size, firing=True)
        return receiver.take([same] * 3, size, in_flight=3)
    each = count // _TURNS[size]
    numbers = range(turn * each, (turn + 1) * each)
    bodies = (message(n, size, firing=phase != "resolve") for n in numbers)
    return receiver.take(bodies, size)


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder


def _database(server: Any, name: str) -> str:
    with closing(server.connect()) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql://tester@127.0.0.1:{server.port}/{name}"


def _table(lines: list[Line]) -> str:
    peers = {(line.phase, line.size): line for line in lines if line.receiver == "alerta"}
    head = "| receiver | alerts a message | phase | alerts/s | p50 | p99 | CPU an alert | answers "
    head += "| rate, alerta = 1 | p99, alerta = 1 |"
    rows = [_row(line, peers.get((line.phase, line.size))) for line in lines]
    return "\n".join([head, "|---|--:|---|--:|--:|--:|--:|---|--:|--:|", *rows])


def _row(line: Line, peer: Line | None) -> str:
    found = line.load
    answers = ", ".join(f"{count} × {code}" for code, count in sorted(found.codes.items()))
    ratios = ("–", "–")
    if peer:
        ratios = (f"{found.rate / peer.load.rate:.1f}", f"{found.p99 / peer.load.p99:.2f}")
    times = f"{found.p50 * 1e3:.1f} ms | {found.p99 * 1e3:.1f} ms | {found.cpu:.0f} µs"
    return (
        f"| {line.receiver} | {line.size} | {line.phase} | {found.rate:,.0f} | {times} "
        f"| {answers} | {ratios[0]} | {ratios[1]} |"
    )


def _text(lines: list[Line]) -> str:
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    neighbours = subprocess.run(["uptime"], capture_output=True, text=True, check=False).stdout
    return (
        f"# Incident service: figures\n\nMeasured on {when} with "
        "`pytest benchmarks/test_incidents_beside.py -s` (part of `make bench`; "
        f"`SOTHAT_WRITE_BENCHMARKS=1`, `{ALERTA}` set); {os.cpu_count()} cores, "
        f"load at the end: {neighbours.rpartition('average:')[2].strip()} (1, 5, 15 minutes). "
        f"Eight requests in flight, {_WORKERS} workers each on PostgreSQL, `fsync` on, the files "
        "of its log made beforehand; each phase in several turns of each receiver. CPU is that "
        "of the receiver's processes, without PostgreSQL's. alerta-server pages nobody; with "
        f"*pages*, each incident of ours pages one channel.\n\n{_table(lines)}\n"
    )
