"""500 targets of all types, a fixed list in one process, all servers on this machine."""

import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import dns.message
import psutil
import pytest

from tests.exporters.strangers import certified, serving

from .sections import tell

_TARGETS = 500
_ROUNDS = 5
_INTERVAL = 5
_RSS = 120e6
_SHARES = ("tcp", "http", "tls", "dns")
_PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"


@pytest.fixture(scope="module")
def rows() -> Iterator[list[str]]:
    """Collect the rows of one table."""
    found: list[str] = []
    yield found
    tell("A list of 500 targets", _SAID, "\n".join([*_HEAD, *found]))


_SAID = f"""\
TCP, HTTP, TLS and DNS in equal parts, probed every {_INTERVAL} s by one process; all up, then all
down. Asserted: all are told right, in {_RSS / 1e6:.0f} MB."""
_HEAD = (
    "| targets | up | a poll takes | CPU a poll | CPU a probe | resident | threads |",
    "|--:|--:|--:|--:|--:|--:|--:|",
)


@pytest.mark.parametrize("down", [False, True], ids=["up", "down"])
def test_500_targets_in_a_list(
    tmp_path: Path,
    down: bool,  # noqa: FBT001
    rows: list[str],
) -> None:
    """Each poll probes all of them."""
    with ExitStack() as stack:
        ports = (
            {}
            if down
            else {kind: stack.enter_context(_SERVERS[kind](tmp_path)) for kind in _SHARES}
        )
        (tmp_path / "exporter.yaml").write_text(_config(ports))
        process, url = stack.enter_context(_exporter(tmp_path))
        watched = psutil.Process(process.pid)
        before, polls = watched.cpu_times(), 0
        until = time.monotonic() + _ROUNDS * _INTERVAL
        durations = []
        while time.monotonic() < until:
            time.sleep(_INTERVAL)
            text = _get(f"{url}/metrics")
            durations.append(_value(text, "sothat_exporter_collector_duration_seconds"))
            polls += 1
        spent = watched.cpu_times()
        cpu = (spent.user + spent.system - before.user - before.system) / polls
        succeeded = len(re.findall(r"^probe_success\{.*\} 1\.0$", text, re.MULTILINE))
        memory, threads = watched.memory_info().rss, watched.num_threads()
    rows.append(
        f"| {_TARGETS} | {succeeded} | {max(durations):.2f} s | {cpu:.2f} s |"
        f" {1000 * cpu / _TARGETS:.2f} ms | {memory / 1e6:.0f} MB | {threads} |"
    )
    assert succeeded == (0 if down else _TARGETS)
    assert memory < _RSS
    assert threads < 120


def _config(ports: dict[str, int]) -> str:
    lines = []
    for number in range(_TARGETS):
        kind = _SHARES[number % len(_SHARES)]
        # Each of them has an address of its own: all of 127.0.0.0/8 is this machine.
        place = f"127.1.{number // 250}.{number % 250 + 1}:{ports.get(kind, 9)}"
        target = f"http://{place}/" if kind == "http" else place
        lines.append(f"      - {{module: {kind}, target: '{target}'}}")
    return f"""apiVersion: sothat/v1
kind: Exporter
modules:
  - {{type: tcp}}
  - {{type: http, expect: {{matches: hello}}}}
  - {{type: tls, tls: {{verify: report}}}}
  - {{type: dns, query_name: example.org}}
collectors:
  - type: network
    interval: {_INTERVAL}s
    deadline: {_INTERVAL}s
    targets:
""" + "\n".join(lines)


@contextmanager
def _exporter(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    command = [Path(sys.executable).with_name("sothat"), "export", "--config", "exporter.yaml"]
    log = folder / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen([*command, "--listen", "127.0.0.1:0"], cwd=folder, stderr=stream)
    try:
        while not (found := re.search(r"address=(\S+)", log.read_text())):
            time.sleep(0.1)
        url = f"http://{found[1]}"
        while "probe_success" not in _get(f"{url}/metrics"):
            time.sleep(0.2)
        yield process, url
    finally:
        process.terminate()
        process.wait(60)


def _get(url: str) -> str:
    with urlopen(url, timeout=20) as answer:  # noqa: S310 – of our own making
        body: bytes = answer.read()
    return body.decode()


def _value(text: str, name: str) -> float:
    found = re.search(rf"^{name}\{{[^}}]*\}} (\S+)$", text, re.MULTILINE)
    assert found
    return float(found[1])


@contextmanager
def _answering(meet: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve in threads; yield the port."""
    listener = socket.create_server(("0.0.0.0", 0), backlog=1024)  # noqa: S104 – all of 127/8

    def one(conn: socket.socket) -> None:
        with suppress(OSError), closing(conn):
            conn.settimeout(10)
            meet(conn)

    def serve() -> None:
        with suppress(OSError):
            while True:
                conn, _ = listener.accept()
                threading.Thread(target=one, args=(conn,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@contextmanager
def _tcp(_folder: Path) -> Iterator[int]:
    with _answering(lambda _: None) as port:
        yield port


@contextmanager
def _http(_folder: Path) -> Iterator[int]:
    def meet(conn: socket.socket) -> None:
        conn.recv(65536)
        conn.sendall(_PAGE)

    with _answering(meet) as port:
        yield port


@contextmanager
def _tls(folder: Path) -> Iterator[int]:
    root = certified("root", ca=True)
    context = serving(folder, certified("a", root, sans=("a.example",)), root)

    def meet(conn: socket.socket) -> None:
        with suppress(ssl.SSLError), context.wrap_socket(conn, server_side=True) as secured:
            secured.recv(1)

    with _answering(meet) as port:
        yield port


@contextmanager
def _dns(_folder: Path) -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("0.0.0.0", 0))  # noqa: S104 – all of 127/8
        sock.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO: answer from where it was asked

        def serve() -> None:
            with suppress(OSError):
                while True:
                    wire, extra, _, peer = sock.recvmsg(4096, 256)
                    answer = dns.message.make_response(dns.message.from_wire(wire)).to_wire()
                    sock.sendmsg([answer], extra, 0, peer)

        threading.Thread(target=serve, daemon=True).start()
        yield sock.getsockname()[1]


_SERVERS = {"tcp": _tcp, "http": _http, "tls": _tls, "dns": _dns}
