"""Where expositions come from, and sources that fail, dawdle or never end."""

import gzip
import itertools
import zlib
from pathlib import Path

import pytest
import requests
import responses
from sothat.generator.contracting import fetching
from sothat.generator.contracting.fetching import read_exposition
from sothat.model.problem import Unusable

URL = "http://exporter.example:9100/metrics"


def refusal(origin: str) -> tuple[str, str]:
    with pytest.raises(Unusable) as caught:
        read_exposition(origin)
    problem = caught.value.problems[0]
    return problem.code, problem.message


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_file(tmp_path: Path, pack: type[bytes]) -> None:
    text = "a 1\n" * 100_000
    file = tmp_path / "saved.txt"
    file.write_bytes(pack(text.encode()))
    found = read_exposition(str(file))
    assert found.text == text
    assert not found.openmetrics


def test_a_file_in_openmetrics_ends_with_its_mark(tmp_path: Path) -> None:
    file = tmp_path / "saved.txt"
    file.write_text("# TYPE a counter\na_total 1\n# EOF\n")
    assert read_exposition(str(file)).openmetrics


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (gzip.compress(b"a 1\n")[:-6], "end too early"),
        (gzip.compress(b"a 1\n")[:-8] + bytes(8), "damaged gzip data"),
        (b"a\xff 1\n", "not UTF-8"),
    ],
)
def test_a_damaged_file(tmp_path: Path, raw: bytes, reason: str) -> None:
    file = tmp_path / "saved.txt"
    file.write_bytes(raw)
    code, message = refusal(str(file))
    assert code == "bad-exposition"
    assert reason in message


def test_a_gzip_bomb_stops_at_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 1024 * 1024)
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    blank = b" " * 1024 * 1024
    bomb = b"".join(packer.compress(blank) for _ in range(200)) + packer.flush()
    file = tmp_path / "bomb.gz"
    file.write_bytes(bomb)
    assert refusal(str(file)) == ("bad-exposition", "larger than 1 MiB")


def test_no_such_file(tmp_path: Path) -> None:
    code, message = refusal(str(tmp_path / "nothing"))
    assert code == "unreadable-file"
    assert "No such file" in message


@responses.activate
def test_a_url() -> None:
    headers = {"Content-Type": "application/openmetrics-text; version=1.0.0"}
    responses.get(URL, body="# EOF\n", headers=headers)
    found = read_exposition(URL)
    assert (found.text, found.openmetrics) == ("# EOF\n", True)
    # The names of the text format are those that Prometheus stores: it is asked for first.
    assert responses.calls[0].request.headers["Accept"].startswith("text/plain")


@responses.activate
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status": 404}, "it answered 404 Not Found"),
        ({"body": requests.ConnectTimeout("x")}, "no answer in time"),
        ({"body": requests.ReadTimeout("x")}, "no answer in time"),
        ({"body": requests.ConnectionError("x")}, "no connection"),
        ({"body": requests.TooManyRedirects("too many")}, "too many"),
    ],
)
def test_a_url_without_an_answer(answer: dict[str, object], reason: str) -> None:
    responses.get(URL, **answer)  # type: ignore[arg-type]
    assert refusal(URL) == ("unreachable-source", f"{URL}: {reason}")


@responses.activate
def test_a_source_that_trickles_ends_at_the_deadline() -> None:
    responses.get(URL, body="a 1\n" * 100_000)
    ticks = itertools.count()
    with pytest.raises(Unusable, match="not complete in time"):
        read_exposition(URL, deadline=3, clock=lambda: next(ticks))


@responses.activate
def test_an_answer_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 1024 * 1024)
    responses.get(URL, body=b"a" * 1024 * 1024 + b"b")
    assert refusal(URL) == ("bad-exposition", "larger than 1 MiB")


@pytest.mark.parametrize("url", ["http://", "http://[::1", "https://:0x/"])
def test_an_address_that_is_none(url: str) -> None:
    assert refusal(url)[0] == "unreachable-source"
