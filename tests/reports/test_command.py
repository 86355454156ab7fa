"""``sothat report`` from a real Prometheus, looked at in a real browser, and as a PDF."""

import json
import shutil
import socket
import subprocess
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result
from sothat.commands.report import command
from sothat.model.problem import Unusable

from tests.incidents import chromium

START = int(datetime(2026, 9, 30, 22, tzinfo=UTC).timestamp())
END = int(datetime(2026, 10, 31, 23, tzinfo=UTC).timestamp())
LINES = (
    'site:tuya_devices:count{site="harbour"} 100',
    'site:tuya_devices_up:sum{site="harbour"} 98',
    'site:tuya_devices_up:ratio{site="harbour"} 0.98',
    'service_level_availability_ratio{client="shop",contract="standard",period="month"} 0.9989',
    'service_level_availability_objective_ratio{client="shop",contract="standard"} 0.999',
    'up{job="exporter"} 1',
)


def history(file: Path, start: int, end: int, step: int) -> None:
    """Write what was measured, the same each time."""
    with file.open("w", encoding="utf-8") as out:
        for line in LINES:
            out.writelines(f"{line} {at}\n" for at in range(start, end, step))
        out.write("# EOF\n")


def serve(folder: Path, start: int, end: int, step: int) -> Iterator[str]:
    """Run Prometheus on a history."""
    history(folder / "history.txt", start, end, step)
    blocks = ["promtool", "tsdb", "create-blocks-from", "--max-block-duration=744h", "openmetrics"]
    files = [str(folder / "history.txt"), str(folder / "data")]
    subprocess.run([*blocks, *files], check=True, capture_output=True, timeout=250)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    (folder / "p.yml").write_text("global: {}\n", encoding="utf-8")
    options = ["--storage.tsdb.path=data", "--storage.tsdb.retention.time=10y"]
    program = ["prometheus", "--config.file=p.yml", f"--web.listen-address={address}", *options]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(program, cwd=folder, stdout=quiet, stderr=quiet) as process:
        _ready(f"http://{address}/-/ready")
        yield f"http://{address}"
        process.terminate()


def _ready(url: str) -> None:
    for _ in range(1200):
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.1)
    raise AssertionError("Prometheus does not start")


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from serve(tmp_path_factory.mktemp("prometheus"), START, END, 300)


def run(prometheus: str, *arguments: str) -> Result:
    options = ("--month", "2026-10", "--time-zone", "Europe/Berlin", "--prometheus", prometheus)
    return CliRunner().invoke(command, [*options, *arguments], standalone_mode=False)


@pytest.mark.real
def test_as_data(prometheus: str, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    found = run(prometheus, "--format", "json", "-o", str(file))
    assert found.return_value == 0, found.output
    report = json.loads(file.read_text(encoding="utf-8"))
    assert report["headline"].startswith("In October 2026, 0 of 2 promises")
    assert report["gaps"] == []
    (devices, *_) = report["sections"][0]["figures"]
    assert (devices["value"], devices["verdict"]) == (0.98, "missed")
    assert report["sections"][1]["tables"][0]["rows"] == [
        {"cells": ["shop", "standard"], "value": 0.9989, "target": 0.999, "verdict": "missed"}
    ]


@pytest.mark.real
@pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium on PATH")
@pytest.mark.parametrize("width", [390, 1280])
def test_as_a_page_in_a_browser(prometheus: str, tmp_path: Path, width: int) -> None:
    file = tmp_path / "r.html"
    assert run(prometheus, "-o", str(file)).return_value == 0
    with chromium.browser(tmp_path / "browser") as tab:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        tab.call("Emulation.setDeviceMetricsOverride", **size)
        tab.open(file.as_uri())
        assert tab.complaints == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.evaluate("document.querySelectorAll('svg[role=img] > title').length") == 1
        headline = tab.evaluate("document.querySelector('.headline').textContent")
        assert headline == "In October 2026, 0 of 2 promises that were measured were kept."


@pytest.mark.real
def test_as_a_pdf_that_is_tagged(prometheus: str, tmp_path: Path) -> None:
    file = tmp_path / "r.pdf"
    found = run(prometheus, "--format", "pdf", "-o", str(file))
    assert found.return_value == 0, found.output
    raw = file.read_bytes()
    assert raw.startswith(b"%PDF-")
    texts = raw + b"".join(_streams(raw))
    for sign in (b"/StructTreeRoot", b"pdfuaid", b"/Lang"):
        assert sign in texts


def _streams(raw: bytes) -> Iterator[bytes]:
    for part in raw.split(b"stream\n")[1:]:
        try:
            yield zlib.decompress(part.split(b"\nendstream")[0])
        except zlib.error:
            continue


def test_nobody_there_is_a_report_of_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "r.html"
    found = run("http://127.0.0.1:9", "-o", str(file))
    assert found.return_value == 1
    assert "not answered: Availability of devices: no answer" in found.output
    assert "Questions that could not be answered" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--month", "2026-13"),
        ("--time-zone", "Europe/Atlantis"),
        ("--outline", "NOWHERE/outline.yaml"),
        ("-o", "NOWHERE/r.html"),
    ],
)
def test_bad_input_is_told_in_words(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    # A folder of the test's own that lacks the file: any other place may come to be meanwhile.
    words = (word.replace("NOWHERE", str(tmp_path / "none")) for word in arguments)
    assert isinstance(run("http://127.0.0.1:9", *words).exception, Unusable)


@pytest.mark.slow
@pytest.mark.real
def test_a_report_over_a_year_of_history_is_quick(tmp_path: Path) -> None:
    year = 366 * 86_400
    for url in serve(tmp_path, END - year, END, 60):
        begun = time.monotonic()
        assert run(url, "-o", str(tmp_path / "r.html")).return_value == 0
        took = time.monotonic() - begun
        print(f"report over a year at one sample a minute: {took:.1f} s")
        assert took < 30
        shutil.rmtree(tmp_path / "data", ignore_errors=True)
