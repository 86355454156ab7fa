"""A part that is one file and a server that reads it: the rules, or the routing."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from sothat.live.applying.part import Step
from sothat.live.applying.reloading import NotReached
from sothat.live.applying.slot import Slot
from sothat.live.applying.verifying import Live, Waiting, verify


@dataclass(frozen=True, slots=True)
class FilePart:
    """Rules or routing.

    Attributes:
        server: What people call the server.
        live: Tells what it runs.
        tell: Has it read its files again; raises `NotReached` or `Unusable`.
        waiting: How long it may take to run the new state.
        hint: What may be wrong where it runs something else.
    """

    name: str
    server: str
    slot: Slot
    live: Live
    tell: Callable[[], None]
    waiting: Waiting
    hint: str = ""

    def prepare(self) -> Iterator[Step]:
        """Yield what needs room and rights, before anything changes."""
        yield Step(f"{self.name}: lay both states beside {self.slot.file}", self.slot.stage)

    def forward(self) -> Iterator[Step]:
        """Yield the steps to the new state."""
        yield Step(f"{self.name}: put the new file in place", self.slot.put_new)
        yield Step(f"{self.name}: reload {self.server}", self._tell)
        yield Step(f"{self.name}: wait until {self.server} runs it", self._verify_new)

    def back(self) -> Iterator[Step]:
        """Yield the steps to the old state."""
        yield Step(f"{self.name}: put the old file in place", self.slot.put_old)
        yield Step(f"{self.name}: reload {self.server}", self._tell)
        yield Step(f"{self.name}: wait until {self.server} runs it", self._verify_old)

    def tidy(self) -> None:
        """Remove what waits beside the file."""
        self.slot.clear()

    def _tell(self) -> None:
        # A server that is down reads its file when it starts; whether it does is verified.
        with suppress(NotReached):
            self.tell()

    def _verify_new(self) -> None:
        verify(self.server, self.live, self.slot.new.decode(), self.waiting, self.hint)

    def _verify_old(self) -> None:
        """Verify the old state; whoever is not there is not waited for as long."""
        text = None if self.slot.old is None else self.slot.old.decode("utf-8", "replace")
        waiting = replace(self.waiting, seconds=min(self.waiting.seconds, _BACK_SECONDS))
        verify(self.server, self.live, text, waiting)


_BACK_SECONDS = 15.0
