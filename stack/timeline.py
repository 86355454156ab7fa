"""The timeline of a demo: what happened, in seconds since the fault."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """One event."""

    name: str
    seconds: float
    note: str = ""


@dataclass(slots=True)
class Timeline:
    """Events in the order in which they were noticed, never running backwards.

    Attributes:
        clock: The wall clock, for it is compared with what servers tell.
        told: Called with each event as it is noticed.
    """

    clock: Callable[[], float]
    told: Callable[[Event], None]
    events: list[Event] = field(default_factory=list)
    start: float = 0.0

    def begin(self, name: str, note: str = "") -> None:
        """Note the first event, from which all times count."""
        self.start = self.clock()
        self.note(name, self.start, note)

    def note(self, name: str, at: float | None = None, note: str = "") -> None:
        """Note an event.

        Args:
            name: What happened.
            at: When, in epoch seconds; default: now.
            note: More for people.
        """
        earliest = self.events[-1].seconds if self.events else 0.0
        seconds = (self.clock() if at is None else at) - self.start
        event = Event(name, round(max(earliest, seconds), 3), note)
        self.events.append(event)
        self.told(event)
