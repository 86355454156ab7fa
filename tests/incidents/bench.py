"""A working set that lives on, and a clock that goes on: the machine without a store."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count

from sothat.incidents.events import CauseOver, Event, Merge, Split, Tick
from sothat.incidents.incident import Entry, Incident, Page, Rules
from sothat.incidents.intake import apply_message
from sothat.incidents.joining import merge, split
from sothat.incidents.payload import Message, Sighting
from sothat.incidents.times import SECOND
from sothat.incidents.transition import transition
from sothat.incidents.working_set import WorkingSet

# Monday, 5 January 2026, 10:00 UTC.
T0 = 1_767_607_200 * SECOND
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
TEAM = {"team": "building-operations", "priority": "P2"}


def sighting(
    device: str = "d",
    *,
    firing: bool = True,
    starts: int = T0,
    ends: int | None = None,
    **more: str,
) -> Sighting:
    """Return an alert as a message reports it."""
    labels = {"alertname": "DeviceOffline", "site": "a", "device": device, **TEAM, **more}
    print_ = f"{labels['alertname']}-{labels['site']}-{device}"
    return Sighting(print_, firing, starts, ends, labels, {"summary": "off"})


def over(device: str = "d", ends: int = T0 + SECOND, **more: str) -> Sighting:
    """Return an alert that has ended."""
    return sighting(device, firing=False, ends=ends, **more)


def message(
    *sightings: Sighting,
    truncated: int = 0,
    receiver: str = "receiver",
    group: Mapping[str, str] | None = None,
) -> Message:
    """Return a message."""
    return Message(receiver, "{}", "", truncated, sightings, (), group or {})


def working_set() -> WorkingSet:
    """Return what is known of nothing."""
    incidents, episodes = count(1), count(1)
    return WorkingSet({}, {}, {}, lambda: next(incidents), lambda: next(episodes))


class Bench:
    """Messages, commands and time, applied as the writer does it."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.work = working_set()
        self.now = T0
        self.number = 0

    def take(self, *sightings: Sighting, after: int = SECOND, truncated: int = 0) -> bool:
        """Take a message in; return whether it changed anything."""
        return self.take_message(message(*sightings, truncated=truncated), after)

    def take_message(self, told: Message, after: int = SECOND) -> bool:
        """Take a whole message in."""
        self.now += after
        self.number += 1
        changed = apply_message(self.work, told, self.number, self.now, self.rules)
        self._settle()
        return changed

    def command(self, number: int, event: Event, after: int = SECOND) -> Incident:
        """Give an event to an incident."""
        self.now += after
        before = self.work.incidents[number]
        self.work.take(before, transition(before, event, self.now, self.rules))
        self._settle()
        return self.incident(number)

    def wait(self, duration: int) -> None:
        """Let time go by; every incident is given its moment, as the writer does it."""
        end = self.now + duration
        while True:
            due = [i for i in self.work.incidents.values() if (i.attention_at or end + 1) <= end]
            if not due:
                break
            first = min(due, key=lambda incident: incident.attention_at or 0)
            self.now = max(self.now, first.attention_at or 0)
            self.command(first.id, Tick(), after=0)
        self.now = end

    def tick_all(self) -> None:
        """Give every incident its moment at once: the service was away."""
        for incident in list(self.work.incidents.values()):
            if incident.attention_at is not None and incident.attention_at <= self.now:
                self.command(incident.id, Tick(), after=0)

    def merge(self, one: int, into: int, after: int = SECOND) -> None:
        """Merge an incident into another."""
        self.now += after
        both = self.incident(one), self.incident(into)
        given, taking = merge(*both, Merge("somebody", into), self.now, self.rules)
        self.work.take(both[0], given)
        self.work.take(both[1], taking)
        self._rehome({e.id: into for e in self.work.episodes.values() if e.incident == one})
        self._settle()

    def split(self, whole: int, *devices: str, after: int = SECOND) -> int:
        """Split alerts off; return the new incident."""
        self.now += after
        parts = {
            name: (episode, self._sighting(name))
            for name, episode in self.work.episodes.items()
            if episode.incident == whole
        }
        prints = tuple(name for name in parts if name.rpartition("-")[2] in devices)
        number = self.work.new_incident()
        event = Split("somebody", prints or devices)
        before = self.incident(whole)
        left, taken = split(before, number, event, parts, self.now, self.rules)
        self.work.take(before, left)
        self.work.take(None, taken)
        self._rehome({parts[name][0].id: number for name in prints})
        self._settle()
        return number

    def _sighting(self, fingerprint: str) -> Sighting:
        known = [s for e, s in self.work.sightings.values() if e.fingerprint == fingerprint]
        return known[-1]

    def _rehome(self, moved: Mapping[int, int]) -> None:
        """Do what the store does."""
        for name, episode in self.work.episodes.items():
            if episode.id in moved:
                self.work.episodes[name] = replace(episode, incident=moved[episode.id])

    def _settle(self) -> None:
        ended = {n for n in self.work.reported if self.work.incidents[n].over}
        self.work.reported.clear()
        for incident in list(self.work.incidents.values()):
            if incident.cause in ended and not incident.over:
                step = transition(incident, CauseOver(), self.now, self.rules)
                self.work.take(incident, step)

    def incident(self, number: int = 1) -> Incident:
        """Return an incident."""
        return self.work.incidents[number]

    def kinds(self, number: int = 1) -> list[str]:
        """Return the kinds of an incident's entries, in order."""
        return [str(note.kind) for note in self.work.notes if note.incident == number]

    def texts(self, kind: Entry, number: int | None = None) -> list[str]:
        """Return the entries of a kind."""
        return [
            note.text
            for note in self.work.notes
            if note.kind is kind and number in (None, note.incident)
        ]

    def pages(self, number: int = 1) -> list[Page]:
        """Return what was told of an incident."""
        return [page for page in self.work.pages if page.incident == number]

    def reasons(self, number: int = 1) -> list[str]:
        """Return why an incident was told of, in order, each once."""
        return list(dict.fromkeys(str(page.reason) for page in self.pages(number)))
