"""A transition under way: the incident as it has become so far, what is told, and to whom."""

from dataclasses import dataclass, field, replace
from typing import Any

from sothat.incidents.copying import changed
from sothat.incidents.incident import (
    SERVICE,
    Entry,
    Incident,
    Note,
    Page,
    Reason,
    Rules,
    Step,
)
from sothat.incidents.recipients import pages


@dataclass(slots=True)
class Draft:
    """What a transition makes of an incident; local to it, so that the whole stays pure."""

    incident: Incident
    now: int
    rules: Rules
    notes: list[Note] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    def change(self, **values: Any) -> None:
        """Change fields of the incident."""
        self.incident = changed(self.incident, **values)

    def change_clocks(self, **values: Any) -> None:
        """Change what the deadlines depend on; whoever does so counts them anew."""
        self.change(clocks=replace(self.incident.clocks, **values))

    def note(self, kind: Entry, actor: str, text: str) -> None:
        """Add an entry to the timeline."""
        self.notes.append(Note(self.incident.id, self.now, kind, actor, text))

    def tell(self, reason: Reason, occasion: str = "") -> None:
        """Page whom it concerns, once for each occasion of a reason, or keep it for later."""
        told = f"{reason}:{occasion}" if occasion else str(reason)
        incident = self.incident
        if told in incident.paged or told in incident.held:
            return
        if incident.holds:
            self.change(held=(*incident.held, told))
            cause = f"#{incident.cause}" if incident.cause else "another incident"
            text = f"nobody is paged ({told}): this follows from {cause}"
            self.note(Entry.HELD, SERVICE, text)
            return
        self.change(told=True, paged=(*incident.paged, told))
        self._page(reason)

    def let_go(self) -> None:
        """Page what was kept, in one page: the first of the reasons."""
        held = self.incident.held
        self.change(cause=None, held=(), held_until=None)
        if held:
            self.change(told=True, paged=(*self.incident.paged, *held))
            self._page(Reason(held[0].partition(":")[0]))

    def _page(self, reason: Reason) -> None:
        sent, warnings = pages(self.incident, reason, self.now, self.rules)
        self.notes += warnings
        self.pages += sent

    def step(self) -> Step:
        """Return the outcome."""
        return Step(self.incident, tuple(self.notes), tuple(self.pages))
