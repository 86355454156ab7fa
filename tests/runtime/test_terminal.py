"""What a stream can show is decided in one place, and nowhere else."""

import io
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from sothat.runtime.terminal import colours, redraws

ROOT = Path(__file__).parents[2]


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "drawn", "coloured"),
    [
        (Screen(), {"TERM": "xterm"}, True, True),
        (Screen(), {}, True, True),
        (Screen(), {"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        (Screen(), {"TERM": "xterm", "NO_COLOR": ""}, True, True),
        (Screen(), {"TERM": "dumb"}, False, False),
        (Screen(), {"TERM": "Unknown"}, False, False),
        (io.StringIO(), {"TERM": "xterm"}, False, False),
    ],
)
def test_what_is_shown(
    stream: io.StringIO, environment: Mapping[str, str], *, drawn: bool, coloured: bool
) -> None:
    assert redraws(stream, environment) is drawn
    assert colours(stream, environment) is coloured


def test_nobody_else_looks_at_the_terminal() -> None:
    """Who asks by themselves forgets one of NO_COLOR, TERM and pipes."""
    asks = re.compile(r"std(?:out|err)\.isatty|stream\.isatty|[\"']NO_COLOR[\"']|[\"']TERM[\"']")
    rooms = ("commands", "runtime", "stack", "incidents", "live", "exporters", "generator")
    found = [
        file.relative_to(ROOT).as_posix()
        for room in rooms
        for file in sorted((ROOT / room).rglob("*.py"))
        if asks.search(file.read_text(encoding="utf-8"))
    ]
    assert found == ["runtime/terminal.py"]
