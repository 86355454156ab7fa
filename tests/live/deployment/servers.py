"""Real servers on loopback, from files that a test owns."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

PATIENCE = 60.0


def releases(*names: str) -> list[str]:
    """Return the distribution's program, and the current one where there is one."""
    kept = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sothat" / "tools"
    current = os.environ.get("SOTHAT_CURRENT_TOOLS") or str(kept)
    found = (shutil.which(name, path=folder) for folder in (None, current) for name in names)
    return list(dict.fromkeys(program for program in found if program))


PROMETHEUS = releases("prometheus")
ALERTMANAGER = releases("alertmanager", "prometheus-alertmanager")
AMTOOL = releases("amtool")


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds:g} s for: {what}"
        time.sleep(0.05)


@dataclass
class Running:
    """A process that can be killed and started again with the same files."""

    command: Sequence[str]
    url: str
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        assert not self.alive
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(self.ready, f"{self.command[0]} to be ready")

    def ready(self) -> bool:
        assert self.alive, f"{self.command[0]} has ended"
        try:
            return requests.get(f"{self.url}/-/ready", timeout=5).ok
        except requests.RequestException:
            return False

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def reload(self) -> None:
        requests.post(f"{self.url}/-/reload", timeout=30).raise_for_status()


def prometheus(program: str, folder: Path) -> Running:
    """Return a Prometheus that reads the rules in a folder."""
    url = f"http://127.0.0.1:{free_port()}"
    (folder / "rules").mkdir(exist_ok=True)
    config = folder / "prometheus.yml"
    config.write_text(f"rule_files: ['{folder}/rules/*.yaml']\n")
    words = [f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    words += [f"--web.listen-address={url.removeprefix('http://')}", "--web.enable-lifecycle"]
    return Running([program, *words], url)


def alertmanager(program: str, folder: Path) -> Running:
    """Return an Alertmanager that reads alertmanager.yml in a folder."""
    url = f"http://127.0.0.1:{free_port()}"
    words = [f"--config.file={folder / 'alertmanager.yml'}", f"--storage.path={folder / 'am'}"]
    words += [f"--web.listen-address={url.removeprefix('http://')}", "--cluster.listen-address="]
    return Running([program, *words], url)


@contextmanager
def run(*servers: Running) -> Iterator[None]:
    try:
        for server in servers:
            server.start()
        yield
    finally:
        for server in servers:
            server.kill()
