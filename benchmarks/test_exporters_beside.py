"""Our collectors beside the exporters that everybody has: the same source, the same scrapes."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest

from tests.exporters.servers import open_folder, postgresql_server

from .sections import tell

_SOTHAT = [sys.executable, "-c", "from sothat.commands import main; main()"]
_SCRAPES = 100
_MOST_RATIO = 1.5
_MOST_BYTES = 60e6
_TABLES = 50


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process: processor seconds a scrape, resident bytes, series."""

    cpu: float
    resident: int
    series: int


@dataclass(frozen=True, slots=True)
class Row:
    """One source, measured by us and by a peer."""

    source: str
    ours: Cost
    peer: str
    theirs: Cost


@pytest.fixture(scope="module")
def rows() -> Iterator[list[Row]]:
    """Collect the rows of one table, and print it."""
    found: list[Row] = []
    yield found
    tell(_TITLE, _SAID, "\n".join([*_TABLE, *map(_line, found)]))


_SAID = f"""\
The distribution's packages, the same source; {_SCRAPES} scrapes of each in turn after as many
to warm up; processor time of the exporter alone. PostgreSQL has {_TABLES} tables; of ours, all
parts are on. Asserted: no more than {_MOST_RATIO} times their processor time, and
{_MOST_BYTES / 1e6:.0f} MB."""
_TITLE = "Beside node_exporter and postgres_exporter"
_TABLE = (
    (
        "| source | sothat: CPU a scrape | RSS | series "
        "| peer | CPU a scrape | RSS | series | CPU ratio |"
    ),
    "|---|--:|--:|--:|---|--:|--:|--:|--:|",
)


def _line(row: Row) -> str:
    ours, theirs = _shown(row.ours), _shown(row.theirs)
    ratio = row.ours.cpu / row.theirs.cpu
    return f"| {row.source} | {ours} | {row.peer} | {theirs} | {ratio:.2f} |"


def _shown(cost: Cost) -> str:
    return f"{1000 * cost.cpu:.1f} ms | {cost.resident / 1e6:.0f} MB | {cost.series}"


def test_host_beside_node_exporter(rows: list[Row], tmp_path: Path) -> None:
    """The machine's own figures."""
    program = _program("node_exporter", "prometheus-node-exporter")
    port = _free()
    with ExitStack() as stack:
        theirs = stack.enter_context(
            _process([program, f"--web.listen-address=127.0.0.1:{port}"], port)
        )
        ours = stack.enter_context(_ours("{type: host, mode: scrape}", tmp_path))
        _compare(rows, "host", "node_exporter", ours, theirs)


def test_postgresql_beside_postgres_exporter(rows: list[Row], tmp_path: Path) -> None:
    """A server with some tables, all parts of ours, all of theirs that are on."""
    program = _program("postgres_exporter", "prometheus-postgres-exporter")
    port = _free()
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder())
        options = ["-c", "shared_preload_libraries=pg_stat_statements"]
        server = stack.enter_context(postgresql_server(folder, *options))
        with closing(server.connect()) as admin:
            admin.execute("CREATE EXTENSION pg_stat_statements")
            admin.execute("CREATE ROLE monitor LOGIN IN ROLE pg_monitor")
            for number in range(_TABLES):
                admin.execute(f"CREATE TABLE b{number} (x int PRIMARY KEY)")
        address = f"127.0.0.1:{server.port}"
        source = f"postgresql://monitor@{address}/postgres?sslmode=disable"
        theirs = stack.enter_context(
            _process(
                [program, f"--web.listen-address=127.0.0.1:{port}"],
                port,
                {"DATA_SOURCE_NAME": source},
            )
        )
        text = f"{{type: postgresql, mode: scrape, user: monitor, targets: ['{address}']}}"
        ours = stack.enter_context(_ours(text, tmp_path))
        _compare(rows, "PostgreSQL", "postgres_exporter", ours, theirs)


class Running:
    """An exporter that answers."""

    def __init__(self, pid: int, port: int) -> None:
        self._process = psutil.Process(pid)
        self._url = f"http://127.0.0.1:{port}/metrics"
        self._spent = 0.0
        self._scrapes = 0
        self._series = 0

    def scrape(self) -> None:
        """Scrape it, and note what it spends on that."""
        before = self._seconds()
        with urlopen(self._url, timeout=20) as answer:  # noqa: S310 – our own address
            body = answer.read()
        self._spent += self._seconds() - before
        self._scrapes += 1
        self._series = sum(not line.startswith(b"#") for line in body.splitlines())

    def start_again(self) -> None:
        """Forget what was spent until now."""
        self._spent, self._scrapes = 0.0, 0

    @property
    def cost(self) -> Cost:
        """Return what the scrapes cost."""
        resident = self._process.memory_info().rss
        return Cost(self._spent / self._scrapes, resident, self._series)

    def _seconds(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system


def _compare(rows: list[Row], source: str, peer: str, ours: Running, theirs: Running) -> None:
    """Scrape the two in turn, so that both meet the same noise."""
    for warm in (True, False):
        for _ in range(_SCRAPES):
            ours.scrape()
            theirs.scrape()
        if warm:
            ours.start_again()
            theirs.start_again()
    row = Row(source, ours.cost, peer, theirs.cost)
    rows.append(row)
    assert row.ours.resident <= _MOST_BYTES
    assert row.ours.cpu <= _MOST_RATIO * row.theirs.cpu


@contextmanager
def _ours(collector: str, folder: Path) -> Iterator[Running]:
    port = _free()
    (folder / "exporter.yaml").write_text(
        f"apiVersion: sothat/v1\nkind: Exporter\nlisten: 127.0.0.1:{port}\n"
        f"collectors: [{collector}]\n"
    )
    command = [*_SOTHAT, "export", "--config", str(folder / "exporter.yaml")]
    with _process(command, port) as running:
        yield running


@contextmanager
def _process(
    command: Sequence[str], port: int, environment: dict[str, str] | None = None
) -> Iterator[Running]:
    child = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    try:
        _await(port, child)
        yield Running(child.pid, port)
    finally:
        child.terminate()
        child.wait(20)


def _await(port: int, child: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20).close()
        except URLError:
            assert child.poll() is None, "it has ended"
            assert time.monotonic() < end, "it does not answer"
            time.sleep(0.1)
        else:
            return


def _program(*names: str) -> str:
    found = next((path for name in names if (path := shutil.which(name))), None)
    if not found:
        pytest.skip(f"{names[0]} is missing: apt-get install {names[-1]}")
    return found


def _free() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
