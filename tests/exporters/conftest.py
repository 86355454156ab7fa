"""What the exporter's tests share: a clock to set, sources to script, a real process."""

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from sothat.exporters.clock import Deadline
from sothat.exporters.declare import gauge
from sothat.exporters.source import Sample
from sothat.model.metric import Contract, Label

SOTHAT = [sys.executable, "-c", "from sothat.commands import main; main()"]


class ManualClock:
    """Time that passes only when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def time(self) -> float:
        return 1_700_000_000 + self.now

    def monotonic(self) -> float:
        return self.now


class ScriptedSource:
    """Runs a function for each poll."""

    def __init__(self, collect: Callable[[Deadline], Iterator[Sample]]) -> None:
        families = (gauge("demo_up", "Up."), gauge("demo_value", "V.", [Label("name")], event=True))
        self.contract = Contract("demo", families)
        self.collect = collect
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Process:
    """A process of ours, its log, and its address once it serves."""

    def __init__(self, arguments: list[str], folder: Path, env: dict[str, str] | None) -> None:
        self.log_file = folder / f"{arguments[0]}-{time.monotonic_ns()}.log"
        self._stream = self.log_file.open("wb")
        self.process = subprocess.Popen(
            [*SOTHAT, *arguments], cwd=folder, env=env, stdout=self._stream, stderr=self._stream
        )

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    @property
    def url(self) -> str:
        found = poll_until(lambda: re.search(r"address=(\S+:\d+)", self.log) or self._died())
        return f"http://{found[1]}"

    def _died(self) -> None:
        assert self.process.poll() is None, self.log

    def get(self, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        request = Request(
            self.url + path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        try:
            with urlopen(request, timeout=10) as answer:
                return answer.status, answer.read(), dict(answer.headers)
        except HTTPError as error:
            with error:
                return error.code, error.read(), dict(error.headers)

    def metrics(self) -> str:
        return self.get("/metrics")[1].decode()

    def ready(self) -> "Process":
        poll_until(lambda: self.get("/-/ready")[0] == 200 or self._died())
        return self

    def stop(self, sig: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait(10)
            self._stream.close()


def poll_until(check: Callable[[], object], seconds: float = 40, every: float = 0.05):
    deadline = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < deadline, "not in time"
        time.sleep(every)


@pytest.fixture(name="until")
def until_fixture():
    return poll_until


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def scripted():
    return ScriptedSource


@pytest.fixture
def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture
def sothat(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start processes that end with the test."""
    running: list[Process] = []

    def start(*arguments: str, env: dict[str, str] | None = None) -> Process:
        running.append(Process(list(arguments), tmp_path, env))
        return running[-1]

    yield start
    for process in running:
        process.stop(signal.SIGKILL)


@pytest.fixture
def exporter(tmp_path: Path, sothat) -> Callable[..., Process]:
    """Start an exporter with the collectors of a YAML text."""

    def start(collectors: str, env: dict[str, str] | None = None) -> Process:
        text = f"apiVersion: sothat/v1\nkind: Exporter\ncollectors:\n{collectors}"
        (tmp_path / "exporter.yaml").write_text(text)
        return sothat("export", "--config", "exporter.yaml", "--listen", "127.0.0.1:0", env=env)

    return start


@pytest.fixture
def stranger():
    """Start servers that do as a function says, until the test ends."""
    from .strangers import Stranger  # noqa: PLC0415 – with it comes half of the exporter

    met: list[Stranger] = []

    def meet(*arguments) -> Stranger:
        met.append(Stranger(*arguments))
        return met[-1]

    yield meet
    for one in met:
        one.close()


@pytest.fixture
def same_threads() -> Iterator[None]:
    """Fail a test that leaves threads behind."""
    before = threading.active_count()
    yield
    poll_until(lambda: threading.active_count() <= before)
