"""A real Prometheus with a history that a test has made up."""

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

# What Prometheus writes where a series ends.
STALE = struct.unpack("<d", bytes.fromhex("020000000000f07f"))[0]
_STALE_BYTES = bytes.fromhex("020000000000f07f")
_HALF_HOUR = 1_800_000

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Made:
    """One series: pairs of milliseconds and value; None for a stale marker."""

    labels: Labels
    points: Sequence[tuple[int, float | None]]


def tool(name: str, folder: str | None = None) -> str:
    found = shutil.which(
        name, path=folder or f"{os.environ.get('SOTHAT_TOOLS', '')}:{os.environ['PATH']}"
    )
    assert found, f"{name} is missing"
    return found


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@contextlib.contextmanager
def prometheus(
    folder: Path, *, tools: str | None = None, rules: str = "", more: Sequence[str] = ()
) -> Iterator[str]:
    """Start a server over ``folder/data``; yield its address."""
    config = folder / "prometheus.yaml"
    config.write_text(rules or "scrape_configs: []\n")
    url = f"http://127.0.0.1:{free_port()}"
    command = [
        tool("prometheus", tools),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=10y",
        f"--web.listen-address={url.removeprefix('http://')}",
        "--web.enable-remote-write-receiver",
        *more,
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _await_ready(url, process, folder / "prometheus.log")
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _await_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{url}/-/ready", timeout=5).ok:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text()[-3000:])


def write(url: str, series: Sequence[Made]) -> None:
    """Write series by remote write, half an hour at a time, as the head wants it."""
    windows: dict[int, list[bytes]] = defaultdict(list)
    for one in series:
        parts: dict[int, list[tuple[int, float | None]]] = defaultdict(list)
        for point in one.points:
            parts[point[0] // _HALF_HOUR].append(point)
        for window, points in parts.items():
            windows[window].append(_field(1, _series(one.labels, points)))
    headers = {"X-Prometheus-Remote-Write-Version": "0.1.0", "Content-Encoding": "snappy"}
    with requests.Session() as session:
        for window in sorted(windows):
            body = _snappy(b"".join(windows[window]))
            answer = session.post(f"{url}/api/v1/write", body, headers=headers, timeout=60)
            assert answer.ok, answer.text


def _series(labels: Labels, points: Sequence[tuple[int, float | None]]) -> bytes:
    named = b"".join(
        _field(1, _field(1, name.encode()) + _field(2, value.encode()))
        for name, value in sorted(labels.items())
    )
    return named + b"".join(_field(2, _sample(at, value)) for at, value in points)


def _sample(at: int, value: float | None) -> bytes:
    raw = _STALE_BYTES if value is None else struct.pack("<d", value)
    return b"\x09" + raw + b"\x10" + _varint(at)


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _snappy(raw: bytes) -> bytes:
    """Return bytes in snappy's form, nothing compressed."""
    parts = [raw[i : i + 65536] for i in range(0, len(raw), 65536)]
    return _varint(len(raw)) + b"".join(
        b"\xf4" + struct.pack("<H", len(part) - 1) + part for part in parts
    )
