"""What people see of a running stack: a live table in a terminal, plain lines elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text
from sothat.runtime.terminal import colours, redraws
from sothat.stack.lifecycle import State
from sothat.stack.status import PartStatus, Status

COLOURS: Mapping[State, str] = {
    State.WAITING: "dim",
    State.STARTING: "yellow",
    State.UP: "green",
    State.NOT_READY: "yellow",
    State.DOWN: "bold red",
    State.STOPPED: "dim",
}
# Narrower than this, the table's columns break into pieces that nobody can read.
MIN_WIDTH = 60


class Screen(Protocol):
    """Shows a stack's status and what is to be said beside it."""

    def show(self, status: Status) -> None:
        """Show the status as it is now."""

    def say(self, text: str) -> None:
        """Say something that stays."""

    def close(self) -> None:
        """Leave the screen in order."""


@dataclass(slots=True)
class Lines:
    """Plain lines: one for each change of a part."""

    stream: TextIO
    _seen: dict[str, tuple[State, int]] = field(default_factory=dict)

    def show(self, status: Status) -> None:
        """Write a line for each part whose state or restarts changed."""
        for part in status:
            now = (part.state, part.restarts)
            if self._seen.get(part.name) != now and part.state is not State.WAITING:
                self.say(line(part))
            self._seen[part.name] = now

    def say(self, text: str) -> None:
        """Write the text."""
        print(text, file=self.stream, flush=True)

    def close(self) -> None:
        """Do nothing: every line is out already."""


def line(part: PartStatus) -> str:
    """Return a part's status as one line."""
    address = part.address.url if part.state is State.UP else ""
    remarks = [address, part.detail, f"restarts {part.restarts}" if part.restarts else ""]
    return f"{part.name:13}{part.state:10} {', '.join(filter(None, remarks))}".rstrip()


class LiveTable:
    """A table that is kept up to date in place, from the first status on."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False)

    def show(self, status: Status) -> None:
        """Redraw the table."""
        if not self._live.is_started:
            self._live.start()
        self._live.update(table(status), refresh=True)

    def say(self, text: str) -> None:
        """Print the text above the table."""
        self._live.console.print(Text(text))

    def close(self) -> None:
        """Leave the last table standing."""
        self._live.stop()


def table(status: Status) -> Table:
    """Return the status as a table: part, state, since, address, restarts."""
    shown = Table("part", "state", "since", "address", "restarts", "remark", box=SIMPLE_HEAD)
    for part in status:
        state = Text(part.state, COLOURS[part.state])
        restarts = str(part.restarts) if part.restarts else ""
        remark = Text(part.detail)
        shown.add_row(part.name, state, age(part.seconds), part.address.url, restarts, remark)
    return shown


def age(seconds: float) -> str:
    """Return a duration in its two largest units."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {whole % 60:02} s" if minutes else f"{whole} s"


def open_screen(stream: TextIO, environment: Mapping[str, str]) -> Screen:
    """Return the screen that suits a stream: a table only where it can be redrawn and has room."""
    if not redraws(stream, environment):
        return Lines(stream)
    console = Console(file=stream, no_color=not colours(stream, environment))
    return LiveTable(console) if console.width >= MIN_WIDTH else Lines(stream)
