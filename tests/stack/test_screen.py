"""What people see of a running stack."""

import io
import os

import pytest
from rich.console import Console
from sothat.stack.lifecycle import State
from sothat.stack.part import Address
from sothat.stack.screen import Lines, LiveTable, age, open_screen
from sothat.stack.status import PartStatus

WHERE = Address("127.0.0.1", 9090)


def part(state: State, restarts: int = 0, detail: str = "", seconds: float = 1) -> PartStatus:
    return PartStatus("prometheus", state, seconds, WHERE, 7, restarts, detail)


def test_where_there_is_no_terminal_each_change_is_one_line() -> None:
    stream = io.StringIO()
    screen = open_screen(stream, os.environ)
    assert isinstance(screen, Lines)
    for status in (
        part(State.WAITING),
        part(State.STARTING),
        part(State.STARTING, seconds=2),
        part(State.UP),
        part(State.DOWN, 1, "killed by SIGKILL"),
    ):
        screen.show((status,))
    assert stream.getvalue().splitlines() == [
        "prometheus   starting",
        "prometheus   up         http://127.0.0.1:9090",
        "prometheus   down       killed by SIGKILL, restarts 1",
    ]


def test_in_a_terminal_the_table_says_what_is_down_and_since_when() -> None:
    stream = io.StringIO()
    environment = {"TERM": "xterm"}  # whatever the terminal is that runs the tests
    console = Console(
        file=stream, force_terminal=True, width=120, color_system=None, _environ=environment
    )
    screen = LiveTable(console)
    screen.show((part(State.DOWN, 2, "killed by SIGKILL [nine]", seconds=75),))
    screen.say("something [to] say")
    screen.close()
    shown = stream.getvalue()
    for text in ("prometheus", "down", "1 min 15 s", str(WHERE), "2", "killed by SIGKILL [nine]"):
        assert text in shown
    assert "something [to] say" in shown
    assert "[/]" not in shown


def test_a_table_that_never_showed_anything_closes() -> None:
    LiveTable(Console(file=io.StringIO())).close()


def test_ages_have_two_units_at_most() -> None:
    assert [age(s) for s in (0.4, 59.9, 60, 3599, 3600, 90_000)] == [
        "0 s",
        "59 s",
        "1 min 00 s",
        "59 min 59 s",
        "1 h 00 min",
        "25 h 00 min",
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("kind", "columns", "screen"),
    [
        ("xterm", "100", LiveTable),
        ("xterm", "20", Lines),
        ("dumb", "100", Lines),
    ],
)
def test_a_terminal_that_cannot_hold_the_table_gets_lines(
    monkeypatch: pytest.MonkeyPatch, kind: str, columns: str, screen: type
) -> None:
    monkeypatch.setenv("TERM", kind)
    monkeypatch.setenv("COLUMNS", columns)
    assert isinstance(open_screen(Terminal(), os.environ), screen)
