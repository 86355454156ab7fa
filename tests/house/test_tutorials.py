"""The tutorials work: every command of them, in order, shows what the page shows."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from .blocks import ROOT
from .walking import AstrayError, Reader, environment

PORTS = (9090, 9093, 9780, 9781, 9782, 3000)
TUTORIALS = ROOT / "docs" / "tutorials"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    folder = tmp_path / "reader"
    folder.mkdir()
    made = Reader(folder, environment(tmp_path))
    try:
        yield made
    finally:
        made.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["first-alert", "first-exporter", "first-board"])
def test_a_tutorial(name: str, reader: Reader) -> None:
    reader.walk(TUTORIALS / f"{name}.md")


@pytest.mark.slow
@pytest.mark.real
def test_the_first_loop(reader: Reader) -> None:
    if not all(map(free, PORTS)):
        pytest.skip("a port of the demo is taken: the page names them all")
    reader.walk(TUTORIALS / "first-loop.md", elsewhere=False)


def free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


def page_of(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("```console\n$ echo one\none\n```", ""),
        ("```console\n$ printf 'one\\ntwo\\nthree'\none\n…\n```", ""),
        ("```console\n$ printf 'one\\ntwo\\nthree'\n…\nt…ee\n```", ""),
        ("```console\n$ echo one\ntwo\n```", "The page shows:\ntwo"),
        ("```console\n$ printf 'one\\ntwo'\none\n```", "The page shows:\none"),
        ("```sh\nfalse\n```", "exit code 1, not 0"),
        ("```sh\nfalse   # exit 1\n```", ""),
        ("`a/b.txt`:\n\n```text\nhere\n```\n\n```console\n$ cat a/b.txt\nhere\n```", ""),
        ("```sh\nx=1; cd /\n```\n\n```console\n$ echo $x $PWD\n1 /\n```", ""),
        ("<!-- not run: it would fail -->\n\n```sh\nfalse\n```", ""),
    ],
)
def test_a_page_is_walked_as_it_says(text: str, fault: str, reader: Reader, tmp_path: Path) -> None:
    page = page_of(tmp_path, text)
    if not fault:
        reader.walk(page)
        return
    with pytest.raises(AstrayError) as found:
        reader.walk(page)
    assert fault in str(found.value)
