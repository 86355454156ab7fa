"""The site is made beside the parts: nothing waits for it, and it ends with them."""

import sys
import time
from pathlib import Path
from threading import Event

import pytest
from sothat.stack.site import making_site


def script(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_what_makes_it_runs_beside_the_block(tmp_path: Path) -> None:
    done = tmp_path / "done"
    told: list[str] = []
    with making_site(script(f"open({str(done)!r}, 'w').close()"), told.append):
        deadline = time.monotonic() + 60
        while not done.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert told == []


def test_why_there_is_none_is_said() -> None:
    told: list[str] = []
    said = Event()

    def say(text: str) -> None:
        told.append(text)
        said.set()

    with making_site(script("import sys; sys.exit('no generator')"), say):
        assert said.wait(60)
    assert told == ["runbooks are shown without the site and its search: no generator"]


def test_it_ends_with_the_block_silently(tmp_path: Path) -> None:
    started, told = tmp_path / "started", list[str]()
    text = f"import time; open({str(started)!r}, 'w').close(); time.sleep(600)"
    begin = time.monotonic()
    with making_site(script(text), told.append):
        while not started.exists():
            assert time.monotonic() < begin + 60
            time.sleep(0.02)
    assert time.monotonic() < begin + 300
    assert told == []


def test_an_error_of_the_block_comes_through() -> None:
    with pytest.raises(KeyError), making_site(script(""), print):
        raise KeyError
